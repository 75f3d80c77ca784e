"""EMNIST: handwritten letters and digits, 28 x 28 (Cohen et al. 2017).

The files hold every image transposed, rows for columns.  `load_data` puts them upright.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.checks import one_of, path_of
from numcnn.datasets.files import idx
from numcnn.datasets.files.download import fetch, has_digest, say_what_stands_in
from numcnn.datasets.files.small_images import TEST, TRAIN, Arrays, both_parts, checked_pair
from numcnn.datasets.generated import digits
from numcnn.home import cache_folder
from numcnn.missing import missing

__all__ = ["SPLITS", "class_names", "load_data"]
__getattr__ = missing(__name__)

NIST = "https://biometrics.nist.gov/cs_links/EMNIST/"
ARCHIVE, MD5 = "gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e"
MOST_BYTES = 600_000_000  # of the archive, which holds all splits
MOST_IMAGES = 900_000  # of a file

DIGITS, CAPITALS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SPLITS = {
    "byclass": DIGITS + CAPITALS + CAPITALS.lower(),
    "bymerge": DIGITS + CAPITALS + "abdefghnqrt",
    "balanced": DIGITS + CAPITALS + "abdefghnqrt",
    "letters": " " + CAPITALS,  # labels from 1 to 26: the set has no label 0
    "digits": DIGITS,
    "mnist": DIGITS,
}
"""For each split the characters that its labels 0, 1, 2, … stand for."""


def class_names(split: str = "balanced") -> tuple[str, ...]:
    """Return the character of each label of a split.

    Examples
    --------
    >>> class_names("balanced")[36], class_names("letters")[1]
    ('a', 'A')
    """
    return tuple(SPLITS[one_of(split, SPLITS, "split")])


def load_data(
    split: str = "balanced", folder: str | PathLike[str] | None = None
) -> tuple[Arrays, Arrays]:
    """Return a split of EMNIST in the form of MNIST, with upright images.

    Parameters
    ----------
    split : {"byclass", "bymerge", "balanced", "letters", "digits", "mnist"}
        Of 62 classes, 47, 47, 26, 10 and 10.  The labels are those of the files: 0 to 46 for
        ``"balanced"``, but 1 to 26 for ``"letters"``, so that a network for it needs 27 outputs, or
        labels less 1.  `class_names` says what they stand for.
    folder : path, optional
        A folder that holds NIST's ``gzip.zip``.  By default it is looked for in the cache folder,
        in ``NUMCNN_HOME/emnist``, and fetched (540 MB) if it is not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        x ``(n, 28, 28)`` uint8, 0 (background) to 255 (ink); y ``(n,)`` uint8.  Without internet,
        generated digits, whatever the split.
    """
    split = one_of(split, SPLITS, "split")
    if folder is not None:
        return _read(path_of(folder, "folder") / ARCHIVE, split)
    path = cache_folder() / "emnist" / ARCHIVE
    try:
        return _read(fetch(NIST + ARCHIVE, path, has_digest("MD5", MD5), MOST_BYTES), split)
    except OSError as error:
        say_what_stands_in("EMNIST", error, "generated digits, not letters")
        return both_parts(*digits.generate(TRAIN + TEST))


def _read(path: Path, split: str) -> tuple[Arrays, Arrays]:
    """Return the images and labels of both parts of a split in the archive."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _part(archive, split, "train"), _part(archive, split, "test")
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, KeyError) as error:
            raise ValueError(f"{path} is not EMNIST's archive: {error}.") from error


def _part(archive: zipfile.ZipFile, split: str, part: str) -> Arrays:
    def content(kind: str, magic: int) -> Any:
        name = f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz"
        with archive.open(name) as packed, gzip.GzipFile(fileobj=packed) as file:
            return idx.content(file, magic, len(SPLITS[split]), MOST_IMAGES)

    images = content("images-idx3", idx.IMAGES_MAGIC).transpose(0, 2, 1)
    labels = content("labels-idx1", idx.LABELS_MAGIC)
    return checked_pair(np.ascontiguousarray(images), labels, f"the {part} part", "it")
