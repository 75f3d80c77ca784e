"""A model of TensorFlow.js: ``model.json`` and the bytes beside it, as layers.

TensorFlow.js itself gives a model without a manifest random weights, and does not mind bytes that
are too many.  Here the manifest must be there, every byte must be used, and weights belong to the
layer whose name they have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.configuration import snake_case
from numcnn.saving.container import strict_json
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.parts import Parts

Arrays = dict[str, dict[str, np.ndarray]]
"""For each layer its arrays: their names without the layer's."""

DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1", "uint16": "<u2"}
QUANTIZED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}
WEIGHTS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")
"""The weights of a layer in numcnn's order."""

NOT_SAID = ("Initializer", "Constraint", "_initializer", "_constraint")
"""Arguments with these endings change no prediction, and are left out."""


def load_tfjs(path: Path) -> Any:
    """Return the model of a ``model.json``: a `Sequential`, or a `Model`; it is not compiled.

    Raises
    ------
    ModelFileError
        If it is damaged, or holds what numcnn does not have.
    OSError
        If it can't be read.
    """
    data = path.read_bytes()
    with refusing(path, "it is damaged, or no layers model of TensorFlow.js", RecursionError):
        said = strict_json(data)
        if not isinstance(said, dict) or "modelTopology" not in said:
            raise ModelFileError("it has no modelTopology, so it is no model of TensorFlow.js.")
        if said.get("format") == "graph-model":
            raise ModelFileError(
                "it is a graph model, of operators and not of layers: numcnn reads layers models."
            )
        if not said.get("weightsManifest"):
            raise ModelFileError("it has no weightsManifest, and so no weights.")
        arrays = _arrays(said["weightsManifest"], path.parent)
        topology = said["modelTopology"]
        topology = topology.get("model_config", topology.get("modelConfig", topology))
        if isinstance(topology, str):
            topology = strict_json(topology)
        parts = Parts()
        end = _row(parts, topology, arrays, -1)
        left = [f"{layer}/{name}" for layer, found in arrays.items() for name in found]
        if left:
            raise ModelFileError(f"no layer takes the weights {left[:5]}.")
        return parts.model([0], [end])


# --- the weights ---------------------------------------------------------------------------------


def _arrays(manifest: Any, folder: Path) -> Arrays:
    """Return all weights but the optimizer's, by layer and name."""
    arrays: Arrays = {}
    read: set[str] = set()
    for group in manifest:
        data = b"".join(_shard(folder, name, read) for name in group["paths"])
        specs = group["weights"]
        sizes = [_count(spec) * _stored(spec).itemsize for spec in specs]
        if sum(sizes) != len(data):
            raise ModelFileError(
                f"the weights need {sum(sizes):,} bytes, and {group['paths']} have {len(data):,}."
            )
        first = 0
        for spec, size in zip(specs, sizes, strict=True):
            if spec.get("group") != "optimizer":
                layer, _, name = str(spec["name"]).rpartition("/")
                layer = layer.rpartition("/")[2]
                found = arrays.setdefault(layer, {})
                if name in found:
                    raise ModelFileError(f"the weight {spec['name']!r} is there twice.")
                found[name] = _array(spec, data[first : first + size])
            first += size
    return arrays


def _shard(folder: Path, name: Any, read: set[str]) -> bytes:
    """Return the bytes of a file beside the model, each file once."""
    if not isinstance(name, str) or name in ("", ".", "..") or set("/\\:\0") & set(name):
        raise ModelFileError(f"weights are said to be in {name!r}, which is no file beside it.")
    file = folder / name
    if name in read or file.is_symlink() or not file.is_file():
        raise ModelFileError(f"the file {name!r} is not beside it, or is named twice.")
    read.add(name)
    return file.read_bytes()


def _count(spec: Mapping[str, Any]) -> int:
    shape = spec["shape"]
    if any(type(axis) is not int or axis < 0 for axis in shape):
        raise ModelFileError(f"the weight {spec['name']!r} has the shape {shape}.")
    return math.prod(shape)


def _stored(spec: Mapping[str, Any]) -> np.dtype[Any]:
    """Return the dtype in which a weight is stored."""
    said = spec.get("quantization")
    table, name = (QUANTIZED, said["dtype"]) if said else (DTYPES, spec["dtype"])
    if name not in table:
        raise ModelFileError(
            f"the weight {spec['name']!r} is of dtype {name!r}; known are {table}."
        )
    return np.dtype(table[name])


def _array(spec: Mapping[str, Any], data: bytes) -> np.ndarray:
    """Return a weight; what was quantised is ``stored · scale + min``."""
    stored = np.frombuffer(data, _stored(spec)).reshape(spec["shape"])
    said = spec.get("quantization")
    if said and said["dtype"] != "float16":
        return (stored * float(said["scale"]) + float(said["min"])).astype(np.float32)
    return stored.astype(np.float32)


# --- the layers ----------------------------------------------------------------------------------


def _row(parts: Parts, topology: Any, arrays: Arrays, before: int) -> int:
    """Add the layers of a Sequential behind a part, and return the last part's number."""
    kind = topology.get("class_name", topology.get("className"))
    config = topology["config"]
    rows = config if isinstance(config, list) else config["layers"]  # Keras 2.1 wrote a list
    if kind != "Sequential":
        raise ModelFileError(f"its model is a {kind}, and only a Sequential can be read.")
    for said in rows:
        name = said.get("class_name", said.get("className"))
        config = dict(_arguments(said["config"]))
        if name in ("Sequential", "Model", "Functional"):
            before = _row(parts, said, arrays, before)
            continue
        shape = config.pop("batch_input_shape", config.pop("batch_shape", None))
        if before < 0:
            if not shape or any(type(axis) is not int or axis < 1 for axis in shape[1:]):
                raise ModelFileError(f"its first layer must state the shape of a sample: {shape}.")
            before = parts.start(tuple(shape[1:]))
        if name == "InputLayer":
            continue
        weights = _take(arrays, str(config.pop("name", "")))
        name, config = _ours(name, config)
        before = parts.add(name, config, (before,), weights, str(said["config"].get("name", "")))
    return before


def _arguments(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a layer by Keras's names; TensorFlow.js may write kernelSize."""
    for key, value in config.items():
        if key.endswith(NOT_SAID) or value is None:
            continue
        if isinstance(value, str) and key in ("activation", "dataFormat", "padding"):
            value = snake_case(value)
        if key.endswith(("Regularizer", "_regularizer")) and isinstance(value, Mapping):
            value = {"class_name": value.get("class_name", value.get("className")), **value}
        yield snake_case(key), value


def _ours(name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a layer as numcnn says it."""
    config.pop("dtype", None)
    if name == "ThresholdedReLU":
        return "ReLU", {"threshold": config["theta"]}
    if name == "BatchNormalization" and isinstance(config.get("axis"), list):
        (config["axis"],) = config["axis"]
    if name == "Softmax" and config.get("axis", -1) == -1:
        config.pop("axis", None)
    if config.get("activation") == "hard_sigmoid" or name == "HardSigmoid":
        raise ModelFileError("its hard_sigmoid has the slope 0.2, and Keras's now has 1/6.")
    return name, config


def _take(arrays: Arrays, layer: str) -> list[np.ndarray]:
    """Return the weights of a layer in numcnn's order; names may end in ``_1``."""
    found = {re.sub(r"_\d+$", "", name): array for name, array in arrays.pop(layer, {}).items()}
    strange = set(found) - set(WEIGHTS)
    if strange:
        raise ModelFileError(
            f'the layer "{layer}" has weights that numcnn lacks: {sorted(strange)}.'
        )
    return [found[name] for name in WEIGHTS if name in found]
