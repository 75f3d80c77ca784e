"""Models: what layers make together, and how they are kept in files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from numcnn.checks import flag, model_for, path_of, shown
from numcnn.frame import Frame
from numcnn.functional import Functional, Model
from numcnn.layers import Input, InputLayer, Layer
from numcnn.layers.operations import Operation
from numcnn.missing import missing
from numcnn.saving import formats
from numcnn.saving.architecture import MODELS
from numcnn.saving.errors import ModelFileError
from numcnn.sequential import Sequential
from numcnn.travel.importing import foreign_reader

__all__ = [
    "Functional",
    "Input",
    "Model",
    "ModelFileError",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Callable[..., Any]] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Return the model in a file, compiled and in the state in which it was saved.

    Nothing in a file is ever run: layers are made from a fixed table of classes, and everything is
    checked before there is a model.

    Parameters
    ----------
    filepath : str or path
        A file of `Sequential.save` or of Keras: ``.safetensors``, ``.keras`` or ``.h5``; ``.onnx``
        of any library (the extra ``onnx``), and ``model.json`` of TensorFlow.js.  A model of the
        last two is not compiled.
    custom_objects : dict of str to type, optional
        Layers, losses and metrics of your own by their names.
    compile : bool, default True
        Whether to compile the model as it was, and to load the optimizer's state.
    safe_mode : bool, default True
        As in Keras; there is no other mode here.

    Raises
    ------
    ModelFileError
        If the file is damaged, is no model file, or holds what numcnn does not have.
    OSError
        If there is no such file, or it can't be read.
    """
    if not flag(safe_mode, "safe_mode"):
        raise ValueError("numcnn runs nothing that stands in a file: leave safe_mode=False out.")
    read = foreign_reader(path_of(filepath, "filepath"))
    if read:
        return read()
    return formats.load_model(filepath, Functional, custom_objects, flag(compile, "compile"))


def save_model(
    model: Sequential,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
) -> None:
    """Write a model into a file, as `Sequential.save` does."""
    model_for(model, "save_model").save(filepath, overwrite, include_optimizer, save_format)


def model_from_json(
    json_string: str, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> Any:
    """Make a model, with new weights, from what `Sequential.to_json` or Keras's returned.

    Examples
    --------
    >>> from numcnn import layers
    >>> model = Sequential([layers.Dense(3, input_shape=(2,))])
    >>> model_from_json(model.to_json()).layers
    [<Dense dense (None, 2) -> (None, 3)>]
    """
    try:
        said = json.loads(json_string)
    except (TypeError, ValueError, RecursionError):
        said = None
    kind = MODELS.get(str(said.get("class_name"))) if isinstance(said, dict) else None
    if kind is None:
        raise ValueError(
            'the JSON of a model begins with {"class_name": "Sequential", "config": …}, got '
            f"{shown(json_string)}."
        )
    return kind.from_config(said.get("config"), custom_objects)


def clone_model(
    model: Any,
    clone_function: Callable[[Any], Any] | None = None,
    recursive: bool = False,
) -> Any:
    """Make a model of the same layers with new weights; it is not compiled.

    Layers of your own are made again from their configuration too.

    Parameters
    ----------
    model : Sequential or Model
    clone_function : function, optional
        Returns the new layer for a layer; it is called for every layer but inputs.  By default a
        new layer has the configuration of the old one.
    recursive : bool, default False
        Whether `clone_function` is called for the layers of an inner model, and not for the model.

    Raises
    ------
    TypeError
        If `clone_function` does not return a layer.
    """
    model = model_for(model, "clone_model")
    own = {kind.__name__: kind for kind in _classes_in(model)}
    if clone_function is None:
        return type(model).from_config(model.get_config(), own)
    if not callable(clone_function) or isinstance(clone_function, type):
        raise TypeError(
            f"clone_function must be a function of a layer, got {shown(clone_function)}."
        )
    into_models = flag(recursive, "recursive")

    def cloned(layer: Any) -> Any:
        if into_models and isinstance(layer, Frame):
            return clone_model(layer, clone_function, recursive=True)
        new = clone_function(layer)
        if isinstance(new, Layer | Frame):
            return new
        raise TypeError(f'clone_function must return a layer, got {shown(new)} for "{layer.name}".')

    def replace(skeleton: Any) -> None:
        """Put the new layers in the place of those that the configuration describes."""
        originals = getattr(model, "operations", model.layers)
        for place, layer in enumerate(originals, len(skeleton.parts) - len(originals)):
            if not isinstance(layer, InputLayer | Operation):
                skeleton.parts[place] = cloned(layer)

    return type(model).from_config(model.get_config(), own, replace)


def _classes_in(model: Any) -> Iterator[type]:
    """Yield the classes of a model's layers, of its inner models, and of their layers."""
    for layer in getattr(model, "operations", model.layers):
        yield type(layer)
        if isinstance(layer, Frame):
            yield from _classes_in(layer)


__getattr__ = missing(__name__)
