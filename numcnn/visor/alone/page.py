"""`page`: a model and a drawing pad in one file, which any browser opens from disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from numcnn.activations import Sigmoid, Softmax
from numcnn.checks import model_for, path_of
from numcnn.files import new_file
from numcnn.layers import InputLayer, Rescaling
from numcnn.picture_checks import class_names_for
from numcnn.visor.alone.plain import plain_model
from numcnn.visor.figures.assets import read

SCRIPTS = ("network.js", "images.js", "merging.js", "picture.js", "pad.js", "words.js")


def page(model: Any, filepath: Any = "draw.html", class_names: Sequence[Any] | None = None) -> Path:
    """Write a page on which one draws, and the model says what it is.

    The page needs neither Python nor the internet: the model is in it, and its layers are computed
    by a few loops in JavaScript, which one can read in the file.  Its numbers are this model's to
    about 1e-6.  It speaks English or Korean: the browser's language, or that of its button.

    Parameters
    ----------
    model : Sequential or Model
        Built, for square images of one or three channels, with one output a class.  It gets pixels
        from 0, paper, to 1, ink; or to 255 where its first layer is a `Rescaling`.
    filepath : str or path, default "draw.html"
    class_names : sequence, optional
        By default the numbers of the classes.

    Returns
    -------
    pathlib.Path
        Where the page is.

    Raises
    ------
    TypeError, ValueError
        If the model takes no such images, or has a layer of the user's own.
    OSError
        If the file can't be written.
    """
    model = model_for(model, "visor.page")
    path = path_of(filepath, "filepath")
    model.need_built("visor.page")
    single = len(model.inputs) == len(model.outputs) == 1
    shape: Any = model.input_shape[1:] if single else ()
    output: Any = model.output_shape[1:] if single else ()
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] not in (1, 3) or len(output) != 1:
        raise ValueError(
            "visor.page needs a model for square images of one channel or three, with one output "
            f"a class, but this one takes {model.input_shape} and gives {model.output_shape}."
        )
    names = class_names_for(class_names, output[0])
    first = next(layer for layer in model.flat if not isinstance(layer, InputLayer))
    said = {
        "name": model.name,
        "parameters": model.count_params(),
        "input": shape,
        "classes": [str(name) for name in names],
        "white": 255 if isinstance(first, Rescaling) else 1,
        "shares": isinstance(model.final_activation, Softmax | Sigmoid),
        "layers": plain_model(model),
    }
    text = Template(read(__package__, "page.html")).substitute(
        title=escape(f"Draw for “{model.name}”"),
        style=read(__package__, "page.css"),
        script="\n".join(read(__package__, name) for name in SCRIPTS),
        model=json.dumps(said).replace("<", "\\u003c"),  # no text can end the script
    )
    with new_file(path) as file:
        file.write(text.encode())
    return path
