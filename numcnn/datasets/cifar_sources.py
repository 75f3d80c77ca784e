"""Where CIFAR's pictures come from: a folder, the cache, the internet, or numcnn's own brush.

The sources, in this order: a folder given by the user; the cache folder; the authors' address; and
without internet, generated pictures of shapes (`numcnn.datasets.generated.shapes`).
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.checks import path_of
from numcnn.datasets.files.cifar import Layout, read_archive, read_folder
from numcnn.datasets.files.download import fetch, first_found, has_digest, say_what_stands_in
from numcnn.datasets.files.small_images import Arrays
from numcnn.datasets.generated import shapes
from numcnn.home import cache_folder

TORONTO = "https://www.cs.toronto.edu/~kriz/"
MOST_BYTES = 200_000_000  # of an archive
TRAIN, TEST = 50_000, 10_000


def load(
    folder: str | PathLike[str] | None, layout: Layout, title: str, archive: str, md5: str
) -> tuple[Arrays, Arrays]:
    """Return images ``(n, 32, 32, 3)`` and labels ``(n, labels)``, to train on and to test on."""
    if folder is not None:
        return _read(path_of(folder, "folder"), layout, archive)
    home = cache_folder() / title.lower().replace("-", "")
    found: Any = first_found(lambda place: read_folder(place, layout), home)
    if found:
        return found
    try:
        file = fetch(TORONTO + archive, home / archive, has_digest("MD5", md5), MOST_BYTES)
    except OSError as error:
        kinds = "ten kinds" if len(layout.classes) == 1 else "ten kinds in ten colours"
        say_what_stands_in(title, error, f"generated pictures of shapes, {kinds}")
        return _generated(layout)
    return read_archive(file, layout)


def _read(folder: Path, layout: Layout, archive: str) -> tuple[Arrays, Arrays]:
    """Return what a folder given by the user has, as single files or as the archive."""
    if (folder / archive).exists():
        return read_archive(folder / archive, layout)
    return read_folder(folder, layout)


def _generated(layout: Layout) -> tuple[Arrays, Arrays]:
    """Return as many generated pictures, with labels of the same form."""
    images, labels = shapes.generate(TRAIN + TEST, coloured=len(layout.classes) == 2)
    if len(layout.classes) == 2:  # 20 coarse classes: the kinds, warm or cold
        labels = np.stack([labels // 5, labels], axis=1)
    labels = labels.reshape(len(labels), -1)
    return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])
