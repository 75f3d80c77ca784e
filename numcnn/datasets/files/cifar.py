"""CIFAR's binary files: one record for each picture, its labels first, then its three channels.

::

    CIFAR-10    label (1 byte)                        red (1024), green (1024), blue (1024)
    CIFAR-100   coarse label, fine label (2 bytes)    red (1024), green (1024), blue (1024)

each channel row by row, 32 x 32 [1]_.  The archive is read without being unpacked on the disk.  The
authors' other archive, for Python, holds pickles, which can run any code; it is not read.

.. [1] https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from numcnn.datasets.files.small_images import MOST_IMAGES, Arrays

SIDE, CHANNELS = 32, 3
PIXELS = SIDE * SIDE * CHANNELS


class Layout(NamedTuple):
    """The files of a data set.

    Attributes
    ----------
    folder : str
        The folder in the archive.
    train, test : tuple of str
        The files that hold the pictures.
    classes : tuple of int
        The number of classes of each of a picture's labels.
    """

    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    classes: tuple[int, ...]


CIFAR10 = Layout(
    "cifar-10-batches-bin",
    tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    ("test_batch.bin",),
    (10,),
)
CIFAR100 = Layout("cifar-100-binary", ("train.bin",), ("test.bin",), (20, 100))


def read_folder(folder: Path, layout: Layout) -> tuple[Arrays, Arrays]:
    """Return the pictures to train on, and those to test on, of a folder with the files.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If a file is damaged; the message names it.
    """
    place = folder / layout.folder
    place = place if place.is_dir() else folder
    most = MOST_IMAGES * (PIXELS + len(layout.classes))

    def records(names: Iterable[str]) -> Arrays:
        parts = []
        for name in names:
            with (place / name).open("rb") as file:
                parts.append(_records(file.read(most + 1), layout, str(place / name)))
        return _joined(parts)

    return records(layout.train), records(layout.test)


def read_archive(path: Path, layout: Layout) -> tuple[Arrays, Arrays]:
    """Return the pictures to train on, and those to test on, of the authors' archive."""
    found: dict[str, Arrays] = {}
    most = MOST_IMAGES * (PIXELS + len(layout.classes))
    try:
        with tarfile.open(path, "r|gz") as archive:  # from beginning to end, and never back
            for member in archive:
                name = Path(member.name).name
                if member.isfile() and name in (*layout.train, *layout.test):
                    file: Any = archive.extractfile(member)
                    found[name] = _records(file.read(most + 1), layout, f"{path}, {name}")
        return (
            _joined([found[name] for name in layout.train]),
            _joined([found[name] for name in layout.test]),
        )
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is not the archive of {layout.folder}: {error}.") from error
    except KeyError as error:
        raise ValueError(f"{path} does not hold {error}.") from error


def _records(content: bytes, layout: Layout, what: str) -> Arrays:
    """Return the images ``(n, 32, 32, 3)`` and labels ``(n, labels)`` of a file, both uint8."""
    count, rest = divmod(len(content), len(layout.classes) + PIXELS)
    if rest or not 0 < count <= MOST_IMAGES:
        raise ValueError(
            f"{what} has {len(content):,} bytes, where 1 to {MOST_IMAGES:,} records of "
            f"{len(layout.classes) + PIXELS:,} are expected."
        )
    rows = np.frombuffer(content, np.uint8).reshape(count, -1)
    labels, pixels = rows[:, : len(layout.classes)], rows[:, len(layout.classes) :]
    wrong = labels >= np.array(layout.classes)
    if wrong.any():
        row = int(wrong.any(axis=1).argmax())
        raise ValueError(f"{what}: the labels of picture {row} are {labels[row].tolist()}.")
    images = pixels.reshape(count, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    return images, labels


def _joined(parts: list[Arrays]) -> Arrays:
    images = np.ascontiguousarray(np.concatenate([images for images, _ in parts]))
    return images, np.concatenate([labels for _, labels in parts])
