"""Pictures drawn with Pillow: samples, mistakes, filters, curves, and one image in all layers.

Each function returns a `PIL.Image.Image`, whose ``save("name.png")`` writes a file.  `save_all`
draws and saves all of them for a trained classifier.

May import: `checks`, `metrics`, `picture_checks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from numcnn.checks import counted, path_of
from numcnn.metrics import class_numbers
from numcnn.picture_checks import class_names_for, model_with_one_output
from numcnn.pictures.canvas import INK, NEGATIVE, PALE, PAPER, POSITIVE, font
from numcnn.pictures.charts import bars, curves
from numcnn.pictures.journey import journey
from numcnn.pictures.lines import lines
from numcnn.pictures.sheets import diverging, filters_sheet, mistakes_sheet, sheet

__all__ = [
    "INK",
    "NEGATIVE",
    "PALE",
    "PAPER",
    "POSITIVE",
    "bars",
    "curves",
    "diverging",
    "filters_sheet",
    "font",
    "journey",
    "lines",
    "mistakes_sheet",
    "save_all",
    "sheet",
]

SAMPLES = 20  # on a sheet


def save_all(
    folder: str | PathLike[str],
    model: Any,
    history: Any,
    images: Any,
    labels: Any,
    class_names: Sequence[str] | None = None,
) -> list[Path]:
    """Draw all pictures of a trained image classifier, save them, and return their paths.

    Parameters
    ----------
    folder : path
        Created if it does not exist.
    model : Sequential
    history : History
        The result of `Sequential.fit`.
    images : array_like
        ``(N, H, W, channels)`` from 0 to 1, such as the test data.
    labels : array_like
        ``(N,)`` class numbers or ``(N, classes)`` one-hot.
    class_names : sequence of str, optional
        By default the class numbers.

    Returns
    -------
    list of pathlib.Path
        ``curves.png``, ``examples.png``, ``filters.png`` (of the first convolution, if there is
        one), ``journey.png`` (of the first image) and ``mistakes.png``.
    """
    target = path_of(folder, "folder")
    truth = class_numbers(labels, "labels")
    probabilities = model_with_one_output(model, "save_all").predict(images, verbose=0)
    names = class_names_for(class_names, probabilities.shape[-1])
    columns = 10 if max(map(len, names)) <= 3 else 5
    captions = [names[number] for number in truth[:SAMPLES]]
    first = f"The first image, a {names[truth[0]]}, on its way through {model.name!r}"
    title = f"{counted(len(captions), 'image')} and their labels"
    drawn: dict[str, Image.Image] = {
        "curves.png": curves(history),
        "examples.png": sheet(np.asarray(images)[:SAMPLES], captions, title, columns),
        "journey.png": journey(model, images[0], names, first),
        "mistakes.png": mistakes_sheet(
            images, truth, probabilities, 4 * columns, columns, class_names
        ),
    }
    kernels = [layer.kernel.value for layer in model.layers if hasattr(layer, "kernel")]
    if kernels and kernels[0].ndim == 4:
        text = f"{kernels[0].shape[3]} learned filters of the first convolution"
        drawn["filters.png"] = filters_sheet(kernels[0], text, 16)
    target.mkdir(parents=True, exist_ok=True)
    files = [target / name for name in sorted(drawn)]
    for file in files:
        drawn[file.name].save(file)
    return files
