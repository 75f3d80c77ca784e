"""A native file: named arrays and a text about them, in safetensors' format, with a checksum.

A safetensors file is a length, a table in JSON, and the bytes of the arrays one after another.  It
can contain only numbers, no code.  numcnn adds a text to the table's metadata: a line with the
format, a line with the checksum (SHA-256 of the rest of the text and of every array's name, dtype,
shape and bytes), and then plain values in JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.files import new_file
from numcnn.saving import plain_safetensors
from numcnn.saving.errors import ModelFileError, refusing

NOTE, FORMAT = "numcnn", "numcnn 1"
MOST_TEXT = 32_000_000
"""Maximum length of the text: no model needs more, and parsing more would take long."""

LENGTH = 8
"""Bytes of the first number in the file, the length of the table."""


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file that is there whole, or not at all.

    Raises
    ------
    TypeError
        If something in `about` can't be written in JSON; nothing is written then.
    OSError
        If the file can't be written; one that was there before stays.
    """
    text = json.dumps(about)
    little = little_endian(arrays)
    # one entry: of several, safetensors would shuffle the order at each save
    note = "\n".join([FORMAT, checksum(text, little), text])
    with new_file(path) as file:
        file.write(_as_bytes(little, {NOTE: note}))


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what `write` has written, after everything has been checked.

    Raises
    ------
    ModelFileError
        If it is not the file that was written.
    OSError
        If there is no such file, or it can't be read.
    """
    data = path.read_bytes()
    with refusing(path, "it is damaged, or no safetensors file", *_library_errors()):
        table = _table(data)
        note = table.get("__metadata__", {}).get(NOTE, "")
        if not note.startswith(f"{FORMAT}\n"):
            raise ModelFileError(
                f"{path} is a safetensors file, but none of numcnn's, or of a later numcnn."
            )
        _, stated, text = note.split("\n", 2)
        arrays = _arrays(data, table)
        if stated != checksum(text, arrays):
            raise ModelFileError(f"{path} is damaged: its checksum is not that of its content.")
        return strict_json(text), arrays


def little_endian(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays as safetensors stores them: in C order, the lowest byte first."""
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return {name: array.astype(array.dtype.newbyteorder("<")) for name, array in ordered.items()}


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file of arrays alone, for other libraries."""
    with new_file(path) as file:
        file.write(_as_bytes(little_endian(arrays), {"format": "pt"}))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a safetensors file of any library.

    Raises
    ------
    ModelFileError
        If it is damaged.
    OSError
        If there is no such file, or it can't be read.
    """
    data = path.read_bytes()
    with refusing(path, "it is damaged, or no safetensors file", *_library_errors()):
        return _arrays(data, _table(data))


def checksum(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Return the SHA-256 of a text and of arrays with their names, dtypes and shapes."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def strict_json(text: str | bytes) -> Any:
    """Return what a JSON text says; refuse one that says something twice.

    Raises
    ------
    ValueError
        If it is not JSON, too long, or a name is there twice.
    RecursionError
        If it is nested too deeply.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for name, value in pairs:
            if name in table:
                raise ValueError(f"{name!r} is there twice")
            table[name] = value
        return table

    if len(text) > MOST_TEXT:
        raise ValueError(f"a text of {len(text):,} characters is more than {MOST_TEXT:,}")
    return json.loads(text, object_pairs_hook=once)


def _table(data: bytes) -> dict[str, Any]:
    """Return the table of a safetensors file, whose names may each be there only once.

    Its arrays stand one behind the other: if they could lie over each other, a small file would
    fill the memory.
    """
    if len(data) < LENGTH:
        held = counted(len(data), "byte") if data else "nothing"
        raise ValueError(f"it holds {held}, and begins with no length of a table")
    length = int.from_bytes(data[:LENGTH], "little")
    if length > len(data) - LENGTH:
        raise ValueError(f"its table is said to have {length:,} bytes, but there are {len(data):,}")
    table = strict_json(data[LENGTH : LENGTH + length])
    entries = [entry for name, entry in table.items() if name != "__metadata__"]
    end = 0
    for first, last in sorted(entry["data_offsets"] for entry in entries):
        if first != end or last < first:
            raise ValueError("its arrays lie over each other, or have gaps between them")
        end = last
    if end != len(data) - LENGTH - length:
        raise ValueError(f"its arrays end after {end:,} bytes of {len(data) - LENGTH - length:,}")
    return table


def _as_bytes(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """Return the bytes of a file, by the library where there is one."""
    try:
        from safetensors.numpy import save
    except ModuleNotFoundError:
        return plain_safetensors.save(arrays, metadata)
    return save(dict(arrays), dict(metadata))


def _arrays(data: bytes, table: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of a file, by the library where there is one."""
    try:
        from safetensors import deserialize
    except ModuleNotFoundError:
        return plain_safetensors.arrays_of(data, table)
    return {name: _array(entry) for name, entry in deserialize(data)}


def _library_errors() -> tuple[type[Exception], ...]:
    """Return what the library raises for a damaged file."""
    try:
        from safetensors import SafetensorError
    except ModuleNotFoundError:
        return ()
    return (SafetensorError,)


def _array(entry: Mapping[str, Any]) -> np.ndarray:
    """Return an array as safetensors has found it in the file."""
    dtype = plain_safetensors.DTYPES[entry["dtype"]]
    return np.frombuffer(entry["data"], dtype).reshape(entry["shape"])
