"""The weights of a TensorFlow.js model: the bytes beside ``model.json``, by layer and name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.saving.errors import ModelFileError

Arrays = dict[str, dict[str, np.ndarray]]
"""For each layer its arrays: their names without the layer's."""

DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1", "uint16": "<u2"}
QUANTIZED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}


def arrays_of(manifest: Any, folder: Path) -> Arrays:
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
    """Return the bytes of a file beside the model, each file once; browsers write ``./name``."""
    name = name.removeprefix("./") if isinstance(name, str) else name
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
