"""Model files of Keras: ``.keras``, ``.weights.h5`` and the older ``.h5``, to write and to read.

A ``.keras`` file is a zip archive of three members, which are read by their names and never
unpacked: metadata.json, config.json (architecture and compilation) and model.weights.h5 (weights
and the optimizer's variables).  An ``.h5`` file has the same in HDF5, in attributes and groups.
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from numcnn.files import new_file
from numcnn.parameter import Parameter
from numcnn.saving import hdf5, keras_layout
from numcnn.saving.compiling import CustomObjects, compile_arguments, compile_config, long_name
from numcnn.saving.container import strict_json
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.saving.partly import Stored, by_place, parameters_by_layer, weights_to_some
from numcnn.saving.rebuild import OrderedWeights, class_to_build, rebuilt
from numcnn.saving.state import Assignment, named_parameters, optimizer_state_to, weights_to

KERAS = "3.15.1"
"""The version of Keras whose files these are."""

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
MOST_TIMES_LARGER = 100
"""No member of an archive is so many times larger than it is in the archive."""

DAMAGED = (OSError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What h5py and zipfile raise for damaged files, beside what `refusing` knows."""


# --- .keras --------------------------------------------------------------------------------------


def save_archive(path: Path, model: Any, include_optimizer: bool = True) -> None:
    """Write a ``.keras`` file."""
    config = {**model.serialized(), "build_config": {"input_shape": model.input_shape}}
    compilation = compile_config(model)
    if compilation:
        config["compile_config"] = compilation
    weights = hdf5.hdf5_bytes(
        path, lambda file: keras_layout.write_weights(file, model, include_optimizer)
    )
    now = datetime.datetime.now().astimezone().strftime("%Y-%m-%d@%H:%M:%S")
    with new_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, json.dumps({"keras_version": KERAS, "date_saved": now}))
        archive.writestr(CONFIG, json.dumps(config))
        archive.writestr(WEIGHTS, weights)


def load_archive(path: Path, kind: Any, custom_objects: CustomObjects, compiled: bool) -> Any:
    """Return the model in a ``.keras`` file."""
    data = path.read_bytes()
    with refusing(path, "it is damaged, or no .keras file", *DAMAGED):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            config = strict_json(_member(archive, CONFIG))
            weights = _member(archive, WEIGHTS)
        with hdf5.open_bytes(path, weights) as file:
            model = rebuilt(
                class_to_build(config, kind, custom_objects),
                config["config"],
                lambda model: OrderedWeights(keras_layout.read_weights(file, model)),
                custom_objects,
            )
            variables = keras_layout.read_optimizer(file)
        compilation = config.get("compile_config")
        if compiled and compilation:
            _compile(model, compilation, variables, custom_objects)
    return model


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member of an archive, if it is there once and of a credible size."""
    if [info.filename for info in archive.infolist()].count(name) != 1:
        raise ModelFileError(f"the archive must hold {name!r} once.")
    info = archive.getinfo(name)
    if info.file_size > MOST_TIMES_LARGER * (info.compress_size + 1_000):
        raise ModelFileError(
            f"{name!r} claims {info.file_size:,} bytes, packed into {info.compress_size:,}."
        )
    with archive.open(info) as member:
        return member.read(info.file_size)


# --- .h5 -----------------------------------------------------------------------------------------


def save_h5(path: Path, model: Any, include_optimizer: bool = True) -> None:
    """Write an ``.h5`` file."""

    def fill(file: Any) -> None:
        file.attrs["backend"] = b"numpy"
        file.attrs["keras_version"] = KERAS.encode()
        file.attrs["model_config"] = json.dumps(_older_config(model.serialized())).encode()
        compilation = compile_config(model)
        if compilation:
            optimizer = compilation.pop("optimizer")
            compilation["optimizer_config"] = _without_module(optimizer)
            if isinstance(compilation["loss"], str):
                first = getattr(model.loss, "losses", [model.loss])[0]  # of several outputs
                compilation["loss"] = long_name(compilation["loss"], first)
            file.attrs["training_config"] = json.dumps(compilation).encode()
        keras_layout.write_weights_by_name(file, model, KERAS, include_optimizer)

    hdf5.write_sealed(path, hdf5.hdf5_bytes(path, fill))


def _older_config(model: dict[str, Any]) -> dict[str, Any]:
    """Return a model's configuration as the older files have it."""
    config = model["config"]
    layers = [
        _older_config(layer) if "layers" in layer["config"] else _without_module(layer)
        for layer in config["layers"]
    ]
    return _without_module({**model, "config": {**config, "layers": layers}})


def _without_module(thing: dict[str, Any]) -> dict[str, Any]:
    kept = ("class_name", "config", "name", "inbound_nodes")
    return {name: thing[name] for name in kept if name in thing}


def load_h5(path: Path, kind: Any, custom_objects: CustomObjects, compiled: bool) -> Any:
    """Return the model in an ``.h5`` file."""
    data = hdf5.read_unsealed(path)
    with refusing(path, "it is damaged, or no .h5 file of a model", *DAMAGED):
        with hdf5.open_bytes(path, data) as file:
            if "model_config" not in file.attrs:
                raise ModelFileError(
                    f"{path} holds weights and no architecture: make the model, and then "
                    "model.load_weights(path)."
                )
            config = strict_json(hdf5.text(file.attrs["model_config"]))
            model = rebuilt(
                class_to_build(config, kind, custom_objects),
                config["config"],
                lambda model: OrderedWeights(keras_layout.read_weights_by_name(file)),
                custom_objects,
            )
            variables = keras_layout.read_optimizer_by_name(file)
            compilation = strict_json(hdf5.text(file.attrs.get("training_config", "null")))
        if compiled and compilation:
            compilation["optimizer"] = compilation["optimizer_config"]
            _compile(model, compilation, variables, custom_objects)
    return model


def _compile(model: Any, config: Any, variables: Any, custom_objects: CustomObjects) -> None:
    """Compile a model as it was, and give the optimizer its state."""
    model.compile(**compile_arguments(config, custom_objects))
    if variables:
        optimizer_state_to(model, *keras_layout.optimizer_state(model, variables))()


# --- weights alone -------------------------------------------------------------------------------


def save_weights(path: Path, model: Any) -> None:
    """Write a ``.weights.h5`` file, or an ``.h5`` file of Keras 2 with weights alone."""

    def fill(file: Any) -> None:
        if path.name.endswith(".weights.h5"):
            keras_layout.write_weights(file, model)
        else:
            keras_layout.write_layers_by_name(file, model, KERAS)

    hdf5.write_sealed(path, hdf5.hdf5_bytes(path, fill))


def load_weights(
    path: Path, model: Any, skip_mismatch: bool = False, by_name: bool = False
) -> list[Assignment]:
    """Check the weights in a file of Keras, and the optimizer's state if it fits."""
    data = path.read_bytes() if path.suffix == ".keras" else hdf5.read_unsealed(path)
    with refusing(path, "it is damaged, or no file of Keras", *DAMAGED):
        if path.suffix == ".keras":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = _member(archive, WEIGHTS)
        with hdf5.open_bytes(path, data) as file:
            is_older = "layer_names" in file.attrs or "model_weights" in file
            read_optimizer = (
                keras_layout.read_optimizer_by_name if is_older else keras_layout.read_optimizer
            )
            variables, complete = read_optimizer(file), True
            if skip_mismatch or by_name:
                found = _by_layer(file, model, is_older, by_name)
                assign, complete = weights_to_some(*found, skip_mismatch, by_name)
            else:
                assign = _all_weights(file, model, is_older)
        assignments = [assign]
        if complete and model.optimizer is not None and variables:
            state = keras_layout.optimizer_state(model, variables)
            assignments.append(optimizer_state_to(model, *state))
    return assignments


def _all_weights(file: Any, model: Any, is_older: bool) -> Assignment:
    """Check that a file has the weights of this model, one by one."""
    if is_older:
        stored = keras_layout.read_weights_by_name(file)
    else:
        stored = [arrays for arrays in keras_layout.read_weights(file, model) if arrays]
    wanted = [len(layer.parameters) for layer in model.flat if layer.parameters]
    if [len(arrays) for arrays in stored] != wanted:
        raise ModelFileError(
            f"the file is of another model: its layers have {[len(w) for w in stored]} "
            f'weights, and those of "{model.name}" have {wanted}.'
        )
    arrays = [array for layer in stored for array in layer]
    return weights_to(model, dict(zip(named_parameters(model), arrays, strict=True)))


def _by_layer(
    file: Any, model: Any, is_older: bool, by_name: bool
) -> tuple[dict[str, list[Parameter]], Stored]:
    """Return a model's parameters and a file's arrays, both by the names of the model's layers."""
    wanted = parameters_by_layer(model)
    if not is_older:
        read = keras_layout.read_named if by_name else keras_layout.read_places_of
        return wanted, read(file, model)
    if by_name:  # the older layout has one list for an inner model
        wanted = {layer.name: layer.parameters for layer in model.layers if layer.parameters}
        return wanted, keras_layout.read_weights_of_layers(file)
    return wanted, by_place(wanted, [*keras_layout.read_weights_by_name(file)])
