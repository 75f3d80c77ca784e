"""safetensors' format in a few lines, for machines that the library is not made for (WebAssembly).

A file is eight bytes (the length of the table, little-endian), a table in JSON, and the bytes of
the arrays one after another.  The bytes are those of the library: arrays with large numbers come
first, then by name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"},
}
"""The names of dtypes in a table, and in NumPy."""

RANKS = ("U64", "I64", "F64", "F32", "U32", "I32", "F16", "U16", "I16", "I8", "U8", "BOOL")
"""The order of the arrays in a file: the library's."""

NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


def save(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    r"""Return arrays and texts as the bytes of a file.

    Examples
    --------
    >>> save({"w": np.zeros(1, np.float32)}, {})[8:]
    b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  \x00\x00\x00\x00'
    """
    table: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    order = sorted(arrays, key=lambda name: (RANKS.index(NAMES[arrays[name].dtype]), name))
    parts, end = [], 0
    for name in order:
        array = arrays[name]
        start, end = end, end + array.nbytes
        table[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
        parts.append(array.tobytes())
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def arrays_of(data: bytes, table: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of a file, whose table has been read already.

    Raises
    ------
    ValueError
        If an array's bytes are not those of its dtype and shape.
    """
    first = 8 + int.from_bytes(data[:8], "little")
    arrays = {}
    for name, entry in table.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        dtype = np.dtype(DTYPES[entry["dtype"]])
        if math.prod(entry["shape"]) * dtype.itemsize != end - start:
            raise ValueError(f"the table gives {name!r} {end - start:,} bytes, not those it needs")
        values = np.frombuffer(data[first + start : first + end], dtype)
        arrays[name] = values.reshape(entry["shape"])
    return arrays
