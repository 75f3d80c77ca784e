"""What the data sets have in common: grey images of 28 x 28 pixels, each of one of ten classes.

Images are ``(n, 28, 28)`` uint8, labels ``(n,)`` uint8.
"""

from __future__ import annotations

import numpy as np

from numcnn.checks import counted

SIDE = 28  # pixels
CLASSES = 10
TRAIN, TEST = 60_000, 10_000  # images of MNIST and of Fashion-MNIST, as Keras has them
MOST_IMAGES = 100_000
"""A file of more is refused, lest a crafted one fill the memory."""

Arrays = tuple[np.ndarray, np.ndarray]


def checked_count(
    images: int, side: tuple[int, ...] = (SIDE, SIDE), most_images: int = MOST_IMAGES
) -> int:
    """Return a number of images that a file claims to hold, if it and their size can be true."""
    if side != (SIDE, SIDE) or not 0 < images <= most_images:
        raise ValueError(
            f"it claims {counted(images, 'image')} of {' x '.join(map(str, side))} pixels, "
            f"where 1 to {most_images:,} of {SIDE} x {SIDE} are expected"
        )
    return images


def checked_labels(labels: np.ndarray, classes: int = CLASSES) -> np.ndarray:
    """Return labels ``(n,)`` uint8, if all of them are classes."""
    if len(labels) and labels.max() >= classes:
        row = int((labels >= classes).argmax())
        raise ValueError(f"label {row} is {labels[row]}, where 0 to {classes - 1} are expected")
    return labels


def checked_pair(
    images: np.ndarray, labels: np.ndarray, images_are: object, labels_are: object
) -> Arrays:
    """Return images and labels, if there are as many of both; an error says what they are."""
    if len(images) != len(labels):
        raise ValueError(
            f"{images_are} has {counted(len(images), 'image')}, but {labels_are} has "
            f"{len(labels):,} labels: the two do not belong together."
        )
    return images, labels


def both_parts(images: np.ndarray, labels: np.ndarray) -> tuple[Arrays, Arrays]:
    """Return the first 60,000 images with their labels, and the rest."""
    return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])
