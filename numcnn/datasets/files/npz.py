"""NPZ: the file in which Keras has MNIST, four NumPy arrays in a zip archive."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from numcnn.datasets.files.small_images import Arrays, checked_count, checked_labels, checked_pair

LONGEST_HEADER = 1_000
"""Characters; those of MNIST have 118."""


def read_npz(path: Path) -> tuple[Arrays, Arrays]:
    """Return ``(x_train, y_train), (x_test, y_test)`` of a file, all uint8.

    Each array's header is read and checked before its numbers are, and no object is ever unpickled.

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    ValueError
        If it is damaged; the message names it.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                train, test = (_pair(archive, part) for part in ("train", "test"))
                return train, test
        except Exception as error:  # damage makes zipfile raise errors of many kinds
            reason = str(error).strip("'\".") or type(error).__name__
            raise ValueError(f"{path} is not MNIST as Keras has it: {reason}.") from error


def _pair(archive: zipfile.ZipFile, part: str) -> Arrays:
    """Return the images and labels of one part."""
    images, labels = _array(archive, f"x_{part}", 3), _array(archive, f"y_{part}", 1)
    return checked_pair(images, checked_labels(labels), f"x_{part}", f"y_{part}")


def _array(archive: zipfile.ZipFile, name: str, ndim: int) -> np.ndarray:
    """Return an array of an archive, after its header has been found right."""
    if archive.namelist().count(f"{name}.npy") > 1:
        raise ValueError(f"it holds {name} twice")
    with archive.open(f"{name}.npy") as file:
        version = npy.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{name} is written in version {version} of the format, not (1, 0)")
        shape, by_columns, dtype = npy.read_array_header_1_0(file, max_header_size=LONGEST_HEADER)
        if dtype != np.uint8 or by_columns or len(shape) != ndim:
            raise ValueError(f"{name} is an array of {dtype} of shape {shape}")
        checked_count(*((shape[0], shape[1:]) if ndim == 3 else shape))
        size = math.prod(shape)
        content = file.read(size + 1)  # one more, to see the end; zip checks its sum there
    if len(content) != size:
        raise ValueError(f"{name} does not have the {size:,} numbers of its shape {shape}")
    return np.frombuffer(bytearray(content), np.uint8).reshape(shape)
