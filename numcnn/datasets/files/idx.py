"""IDX: the files in which MNIST and Fashion-MNIST were published, gzipped or plain.

A file begins with its header, numbers of four bytes, the most significant first; after it stands
one byte a pixel, or one byte a label, and nothing else [1]_::

    images   0x00000803   n   28   28   n * 784 bytes, each image row by row
    labels   0x00000801   n             n bytes

.. [1] http://yann.lecun.com/exdb/mnist, "File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.datasets.files.small_images import (
    CLASSES,
    MOST_IMAGES,
    Arrays,
    checked_count,
    checked_labels,
    checked_pair,
)

IMAGES_MAGIC, LABELS_MAGIC = 0x0803, 0x0801  # unsigned bytes (08), in three axes or in one
GZIP = b"\x1f\x8b"
PARTS = ("train", "t10k")


def read_folder(folder: Path) -> tuple[Arrays, Arrays]:
    """Return the images and labels to train on, and those to test on, of a folder's four files.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If a file is damaged, or two do not belong together; the message names it.
    """
    train, test = (
        read_pair(
            _plain_or_gzipped(folder / f"{part}-images-idx3-ubyte"),
            _plain_or_gzipped(folder / f"{part}-labels-idx1-ubyte"),
        )
        for part in PARTS
    )
    return train, test


def _plain_or_gzipped(plain: Path) -> Path:
    gzipped = plain.with_name(f"{plain.name}.gz")
    return plain if plain.exists() and not gzipped.exists() else gzipped


def read_pair(images: Path, labels: Path) -> Arrays:
    """Return the images ``(n, 28, 28)`` and labels ``(n,)`` of two files, both uint8."""
    return checked_pair(read_images(images), read_labels(labels), images, labels)


def read_images(path: Path) -> np.ndarray:
    """Return the images ``(n, 28, 28)`` uint8 of a file."""
    return _read(path, IMAGES_MAGIC, "images")


def read_labels(path: Path) -> np.ndarray:
    """Return the labels ``(n,)`` uint8 of a file, 0 to 9."""
    return _read(path, LABELS_MAGIC, "labels")


def _read(path: Path, magic: int, what: str) -> np.ndarray:
    """Return what a file holds; all damage is a ValueError that names the file."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        try:
            if zipped:
                with gzip.GzipFile(fileobj=raw) as file:
                    return content(file, magic)
            return content(raw, magic)
        except (gzip.BadGzipFile, EOFError, zlib.error, ValueError) as error:
            reason = str(error).rstrip(".")
            raise ValueError(f"{path} is not a file of IDX {what}: {reason}.") from error


def content(
    file: Any, magic: int, classes: int = CLASSES, most_images: int = MOST_IMAGES
) -> np.ndarray:
    """Return what stands behind a header in which every number is as it should be."""
    begin = _number(file, "magic number")
    if begin != magic:
        raise ValueError(f"it begins with {begin:#010x}, where {magic:#010x} is expected")
    count = _number(file, "number of items")
    shape = [count]
    if magic == IMAGES_MAGIC:
        shape += [_number(file, "height"), _number(file, "width")]
        checked_count(count, tuple(shape[1:]), most_images)
    else:
        checked_count(count, most_images=most_images)
    size = math.prod(shape)
    found = file.read(size + 1)  # one more, to see the end; gzip checks its sum there
    if len(found) != size:
        least = "more than " if len(found) > size else ""
        raise ValueError(
            f"after the header stand {least}{min(len(found), size):,} bytes, where {size:,} are "
            "expected"
        )
    items = np.frombuffer(bytearray(found), np.uint8).reshape(shape)
    return items if magic == IMAGES_MAGIC else checked_labels(items, classes)


def _number(file: Any, name: str) -> int:
    """Return the next number of a header."""
    data = file.read(4)
    if len(data) != 4:
        raise ValueError(f"it ends before its {name}")
    return int.from_bytes(data, "big")
