"""The format of a file, chosen by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numcnn.checks import custom_objects_of, flag, one_or_none, path_of
from numcnn.saving import hdf5, keras_files, native
from numcnn.saving.compiling import CustomObjects

ENDINGS = """
    .safetensors   numcnn's own: all that a model is, to train on with the same bytes
    .keras         for Keras and from it
    .h5, .hdf5     for Keras and from it, the older form; model.save_weights: weights alone
    .weights.h5    for Keras and from it, weights alone (model.save_weights)"""


FORMATS = {"h5": (".h5", ".hdf5"), "keras": (".keras",), "safetensors": (".safetensors",)}
"""What `save_format` may say, and the endings that agree."""


def save_model(
    model: Any, filepath: Any, overwrite: bool, include_optimizer: bool, save_format: Any = None
) -> None:
    """Write a model into a file of the kind that its name asks for."""
    _agrees(path_of(filepath, "filepath"), save_format)
    path = _checked(filepath, overwrite)
    include_optimizer = flag(include_optimizer, "include_optimizer")
    if path.suffix == ".safetensors":
        native.save_model(path, model, include_optimizer)
        return
    model.need_built("save")
    if path.suffix == ".keras":
        keras_files.save_archive(path, model, include_optimizer)
    else:
        keras_files.save_h5(path, model, include_optimizer)


def load_model(filepath: Any, kind: Any, custom_objects: CustomObjects, compiled: bool) -> Any:
    """Return the model in a file, as one of the class `kind`."""
    path = _checked(filepath)
    custom_objects_of(custom_objects)
    if path.suffix == ".safetensors":
        return native.load_model(path, kind, custom_objects, compiled)
    if path.suffix == ".keras":
        return keras_files.load_archive(path, kind, custom_objects, compiled)
    return keras_files.load_h5(path, kind, custom_objects, compiled)


def save_weights(model: Any, filepath: Any, overwrite: bool) -> None:
    """Write a model's weights into a file of the kind that its name asks for."""
    path = _checked(filepath, overwrite)
    model.need_built("save_weights")
    if path.suffix == ".safetensors":
        native.save_weights(path, model)
    elif path.suffix != ".keras":
        keras_files.save_weights(path, model)
    else:
        raise ValueError(
            "weights go into a file that ends in .safetensors, .weights.h5 or, as in Keras 2, "
            f".h5, got {str(path)!r}."
        )


def load_weights(
    model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """Give a model the weights in a file; everything is checked before anything is changed."""
    path = _checked(filepath)
    skip_mismatch, by_name = flag(skip_mismatch, "skip_mismatch"), flag(by_name, "by_name")
    model.need_built("load_weights")
    format_ = native if path.suffix == ".safetensors" else keras_files
    for assign in format_.load_weights(path, model, skip_mismatch, by_name):
        assign()


def _agrees(path: Path, save_format: Any) -> None:
    """Check that a format given by its name is that of the file's ending."""
    if isinstance(save_format, str) and save_format == "tf":
        raise ValueError(
            "numcnn writes no SavedModel of TensorFlow: leave save_format out, and end the file's "
            "name in .keras."
        )
    name = one_or_none(save_format, FORMATS, "save_format")
    if name and path.suffix not in FORMATS[name]:
        raise ValueError(
            f"the ending of a file says what kind it is: save_format={save_format!r} needs "
            f"{' or '.join(FORMATS[name])}, got {str(path)!r}."
        )


def _checked(filepath: Any, overwrite: bool = True) -> Path:
    """Return the path of a file that numcnn can write and read here."""
    path = path_of(filepath, "filepath")
    if path.suffix not in (".safetensors", ".keras", ".h5", ".hdf5"):
        raise ValueError(
            f"the ending of a file says what kind it is, and {str(path)!r} has none that numcnn "
            f"knows. There are:{ENDINGS}"
        )
    if path.suffix != ".safetensors":
        hdf5.need_h5py(path)
    if not flag(overwrite, "overwrite") and path.exists():
        raise FileExistsError(f"{path} is there already; overwrite=True writes over it.")
    return path
