"""The sprite: a data set as one picture, one image a row, as the TensorFlow.js tutorial has it.

``mnist_images.png`` is 784 pixels wide and has one row for each image of 28 x 28, row by row; what
counts is its red channel, 0 (background) to 255 (ink).  ``mnist_labels_uint8`` has ten bytes for
each image, one-hot.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

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
    pixels, one_hot = read_images(images), read_labels(labels)
    if len(pixels) != len(one_hot):
        raise ValueError(
            f"{images} has {len(pixels):,} images, but {labels} has labels for {len(one_hot):,}: "
            "the two files do not belong together."
        )
    return pixels, one_hot


def read_images(path: Path) -> np.ndarray:
    """Return the images ``(n, 784)`` uint8 of a sprite.

    Pillow's limit on the size of a picture stays in force; it allows 114,000 images.
    """
    try:
        with Image.open(path) as picture:
            width, rows = picture.size
            if width != IMAGE_SIZE or rows == 0:
                raise ValueError(
                    f"a sprite is {IMAGE_SIZE} pixels wide, one row for each image, but this is "
                    f"{width} x {rows}"
                )
            picture.load()
            grey = picture if picture.mode == "L" else picture.convert("RGB").getchannel("R")
            return np.array(grey)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is not a sprite of {IMAGE_SIZE}-pixel rows: {error}.") from error


def read_labels(path: Path) -> np.ndarray:
    """Return the labels ``(n, 10)`` uint8 that stand beside a sprite."""
    data = np.fromfile(path, np.uint8)
    if len(data) == 0 or len(data) % NUM_CLASSES:
        raise ValueError(
            f"{path} must have {NUM_CLASSES} bytes for each image, but has {len(data):,} bytes."
        )
    labels = data.reshape(-1, NUM_CLASSES)
    wrong = (labels.max(axis=1) != 1) | (labels.sum(axis=1) != 1)
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
