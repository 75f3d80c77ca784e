"""What the data sets have in common: grey images of 28 x 28 pixels, each of one of ten classes.

Images are ``(n, 28, 28)`` uint8, labels ``(n,)`` uint8.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from numcnn.checks import positive_int
from numcnn.randomness import checked_seed, generator

SIDE = 28  # pixels
CLASSES = 10
TRAIN, TEST = 60_000, 10_000  # images of MNIST and of Fashion-MNIST, as Keras has them
MOST_IMAGES = 100_000
"""A file of more is refused, lest a crafted one fill the memory."""

BATCH = 1000  # images that are generated together; they share a random generator
THREADS = 8  # at most; each holds a batch, some 40 MB

Arrays = tuple[np.ndarray, np.ndarray]


def checked_count(images: int, side: tuple[int, ...] = (SIDE, SIDE)) -> int:
    """Return a number of images that a file claims to hold, if it and their size can be true."""
    if side != (SIDE, SIDE) or not 0 < images <= MOST_IMAGES:
        raise ValueError(
            f"it claims {images:,} images of {' x '.join(map(str, side))} pixels, where 1 to "
            f"{MOST_IMAGES:,} of {SIDE} x {SIDE} are expected"
        )
    return images


def checked_labels(labels: np.ndarray) -> np.ndarray:
    """Return labels ``(n,)`` uint8, if all of them are classes."""
    if len(labels) and labels.max() >= CLASSES:
        row = int((labels >= CLASSES).argmax())
        raise ValueError(f"label {row} is {labels[row]}, where 0 to {CLASSES - 1} are expected")
    return labels


def checked_pair(
    images: np.ndarray, labels: np.ndarray, images_are: object, labels_are: object
) -> Arrays:
    """Return images and labels, if there are as many of both; an error says what they are."""
    if len(images) != len(labels):
        raise ValueError(
            f"{images_are} has {len(images):,} images, but {labels_are} has {len(labels):,} "
            "labels: the two do not belong together."
        )
    return images, labels


def in_batches(
    make: Callable[[np.random.Generator, np.ndarray], np.ndarray], count: int, seed: int
) -> Arrays:
    """Return so many generated images, and their labels.

    Each batch has a generator of its own, grown from the seed, so batches can be made in any order,
    and fewer images are the first of more.

    Parameters
    ----------
    make : function
        Of a generator and labels ``(BATCH,)``: returns the images ``(BATCH, 28, 28)`` uint8.
    count : int
        0 or more.
    seed : int
        0 or more.

    Returns
    -------
    images : numpy.ndarray
        ``(count, 28, 28)`` uint8.
    labels : numpy.ndarray
        ``(count,)`` uint8, shuffled; each ten in a row hold every class once.
    """
    count = positive_int(count, "count", least=0)
    seed = checked_seed(seed)
    batches = range(-(-count // BATCH))
    images = np.empty((len(batches) * BATCH, SIDE, SIDE), np.uint8)
    labels = np.empty(len(batches) * BATCH, np.uint8)

    def write(batch: int) -> None:
        place = slice(batch * BATCH, (batch + 1) * BATCH)
        random = generator(seed, batch)
        each = random.permuted(np.tile(np.arange(CLASSES), (BATCH // CLASSES, 1)), axis=1).ravel()
        images[place], labels[place] = make(random, each), each

    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as threads:
        list(threads.map(write, batches))  # the list waits, and raises what a thread raised
    return images[:count], labels[:count]
