"""The sprite: a data set as one picture, one image a row, as the TensorFlow.js tutorial has it.

``mnist_images.png`` is 784 pixels wide and has one row for each image of 28 x 28, row by row; what
counts is its red channel, 0 (background) to 255 (ink).  ``mnist_labels_uint8`` has ten bytes for
each image, one-hot.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from numcnn.datasets.files.png import check_png
from numcnn.datasets.files.small_images import MOST_IMAGES, checked_pair
from numcnn.files import new_file

IMAGE_SIZE = 784
NUM_CLASSES = 10
IMAGES_FILE = "mnist_images.png"
LABELS_FILE = "mnist_labels_uint8"


def read_sprite(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images ``(n, 784)`` and one-hot labels ``(n, 10)``, both uint8.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If a file is damaged, or the files do not belong together.
    """
    return checked_pair(read_images(images), read_labels(labels), images, labels)


def read_images(path: Path) -> np.ndarray:
    """Return the images ``(n, 784)`` uint8 of a sprite.

    Everything is checked before anything is decoded: Pillow alone would decode damaged rows without
    a word.
    """
    with path.open("rb") as file:
        try:
            check_png(file, IMAGE_SIZE, MOST_IMAGES)
            file.seek(0)
            with Image.open(file, formats=["PNG"]) as picture:
                grey = picture if picture.mode == "L" else picture.convert("RGB").getchannel("R")
                return np.array(grey)
        except Exception as error:  # damage makes Pillow raise errors of many kinds
            raise ValueError(
                f"{path} is not a sprite of {IMAGE_SIZE}-pixel rows: {error}."
            ) from error


def read_labels(path: Path) -> np.ndarray:
    """Return the labels ``(n, 10)`` uint8 that stand beside a sprite."""
    data = np.fromfile(path, np.uint8)
    if len(data) == 0 or len(data) % NUM_CLASSES:
        raise ValueError(
            f"{path} must have {NUM_CLASSES} bytes for each image, but has {len(data):,} bytes."
        )
    labels = data.reshape(-1, NUM_CLASSES)
    wrong = labels.sum(axis=1) != 1  # of numbers that are not negative
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{path} must have a single 1 among zeros for each image, but image {row} has "
            f"{labels[row].tolist()}."
        )
    return labels


def write_sprite(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write images ``(n, 28, 28)`` uint8 and class numbers ``(n,)`` as the two files."""
    one_hot = np.eye(NUM_CLASSES, dtype=np.uint8)[labels]
    with new_file(folder / IMAGES_FILE) as file:
        picture = Image.fromarray(images.reshape(len(images), IMAGE_SIZE))
        picture.save(file, "PNG", compress_level=1)
    with new_file(folder / LABELS_FILE) as file:
        file.write(one_hot.tobytes())
