"""HDF5, read with care: the groups and arrays that Keras writes, and nothing else that HDF5 can do.

An HDF5 file can point into other files, can claim arrays that are larger than any memory, and can
name one array many times; such files are refused.  The format has no checksum of its own, so numcnn
puts one behind the end of each file, where HDF5 does not look.  It is verified before the file is
opened at all.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.files import new_file
from numcnn.saving.errors import ModelFileError

SEAL = b"\nnumcnn sha256 "
SEAL_LENGTH = len(SEAL) + 64


def need_h5py(path: str | os.PathLike[str]) -> Any:
    """Return the library that reads and writes HDF5.

    Raises
    ------
    ImportError
        If it is not installed: how to install it.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            f"{os.fspath(path)!r} is a file of Keras, for which numcnn needs h5py: "
            'pip install "numcnn[keras]". A file that ends in .safetensors needs nothing.'
        ) from error
    return h5py


def hdf5_bytes(path: Path, fill: Callable[[Any], None]) -> bytes:
    """Return the bytes of an HDF5 file that `fill` has filled."""
    buffer = io.BytesIO()
    with need_h5py(path).File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


def write_sealed(path: Path, data: bytes) -> None:
    """Write the bytes of an HDF5 file with their checksum behind them; whole, or not at all."""
    with new_file(path) as file:
        file.write(data + SEAL + hashlib.sha256(data).hexdigest().encode())


def read_unsealed(path: Path) -> bytes:
    """Return the bytes of an HDF5 file; verify their checksum if it is there."""
    data = path.read_bytes()
    body, seal = data[:-SEAL_LENGTH], data[-SEAL_LENGTH:]
    if not seal.startswith(SEAL):
        return data  # a file of Keras
    if seal[len(SEAL) :] != hashlib.sha256(body).hexdigest().encode():
        raise ModelFileError(f"{path} is damaged: its checksum is not that of its content.")
    return body


def open_bytes(path: Path, data: bytes) -> Any:
    """Return an HDF5 file, open to read, from its bytes; `path` is for messages."""
    return need_h5py(path).File(io.BytesIO(data), "r")


def group(parent: Any, name: str) -> Any:
    """Return a group that lies in this file."""
    return _inside(parent, name, "Group")


def dataset(parent: Any, name: str) -> Any:
    """Return an array that is not read yet: plain numbers in this file, as many as it claims."""
    found = _inside(parent, name, "Dataset")
    if found.is_virtual or found.external or found.shape is None:
        raise ModelFileError(f"{name!r} says that its numbers are elsewhere.")
    if found.id.get_create_plist().get_nfilters():
        raise ModelFileError(f"{name!r} is packed; Keras packs nothing.")
    stored = found.id.get_storage_size()
    if stored < found.size * found.dtype.itemsize:
        raise ModelFileError(
            f"{name!r} claims shape {found.shape}, but there are {stored:,} bytes of it."
        )
    if found.dtype.kind not in "iuf":
        raise ModelFileError(f"{name!r} holds no numbers but {found.dtype}.")
    return found


def arrays(several: list[list[Any]]) -> list[list[np.ndarray]]:
    """Return the numbers of what `dataset` has returned, list by list.

    One array can have many names, and each would be read: a small file would fill the memory.
    """
    every = [found for row in several for found in row]
    claimed = sum(found.size * found.dtype.itemsize for found in every)
    if every and claimed > every[0].file.id.get_filesize():
        raise ModelFileError("it names the same numbers several times.")
    return [[_read(found) for found in row] for row in several]


def _read(found: Any) -> np.ndarray:
    values = np.asarray(found)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def strings(holder: Any, name: str) -> list[str]:
    """Return a list of names, which Keras cuts into ``name0, name1, …`` where it is long."""
    attributes = holder.attrs
    if name in attributes:
        pieces = [attributes[name]]
    else:
        count = sum(other.removeprefix(name).isdecimal() for other in attributes)
        pieces = [attributes[f"{name}{number}"] for number in range(count)]
    return [text(item) for piece in pieces for item in np.ravel(piece)]


def text(value: Any) -> str:
    """Return a string, which HDF5 may give as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _inside(parent: Any, name: str, kind: str) -> Any:
    """Return what a plain link leads to, step by step."""
    here = parent
    for step in filter(None, name.split("/")):
        link = here.get(step, getlink=True)
        if type(link).__name__ != "HardLink":
            raise ModelFileError(f"{name!r} is missing, or leads out of the file.")
        here = here[step]
    if type(here).__name__ != kind:
        raise ModelFileError(f"{name!r} is no {kind.lower()}.")
    return here
