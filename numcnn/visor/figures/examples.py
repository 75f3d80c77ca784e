"""Samples, each with its label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.models import Div

from numcnn.checks import numeric_array, positive_int
from numcnn.data_checks import same_length
from numcnn.metrics import class_numbers
from numcnn.visor.figures.class_names import names_of
from numcnn.visor.figures.theme import html
from numcnn.visor.figures.tiles import as_images, gallery


def plot_examples(
    images: Any, labels: Any = None, class_names: Sequence[Any] | None = None, count: int = 20
) -> Div:
    """Show the first images, each with its label below.

    Parameters
    ----------
    images : array_like
        ``(N, H, W, C)``, ``(N, H, W)`` or ``(N, D)``.
    labels : array_like, optional
        ``(N,)`` class numbers or ``(N, classes)`` one-hot.
    class_names : sequence of str, optional
        By default the class numbers.
    count : int, default 20
        How many are shown.

    Examples
    --------
    >>> import numpy as np
    >>> picture = plot_examples(np.zeros((3, 8, 8)), [0, 1, 1], class_names=["cat", "dog"])
    >>> import numpy as np
    >>> picture.text.count("dog")
    2
    """
    every = numeric_array(images, "images")
    shown = as_images(every[: positive_int(count, "count")] if every.ndim else every)
    captions = [""] * len(shown)
    if labels is not None:
        numbers = class_numbers(labels, "labels")
        same_length(every, numbers, "images", "labels")
        names = names_of(class_names, numbers)
        captions = [names[n] for n in numbers[: len(shown)]]
    return html(gallery(shown, captions))
