"""Many images are generated batch by batch, on several threads where there are threads."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from numcnn.checks import positive_int
from numcnn.datasets.files.small_images import CLASSES, SIDE, Arrays
from numcnn.randomness import checked_seed, generator

BATCH = 1000  # images that are generated together; they share a random generator
SLOW = 30_000  # so many take seconds, and are announced
THREADS = 8  # at most; each holds a batch, some 40 MB

log = logging.getLogger("numcnn")


def in_batches(
    make: Callable[[np.random.Generator, np.ndarray], np.ndarray],
    count: int,
    seed: int,
    shape: tuple[int, ...] = (SIDE, SIDE),
    classes: int = CLASSES,
) -> Arrays:
    """Return so many generated images, and their labels.

    Each batch has a generator of its own, grown from the seed, so batches can be made in any order,
    and fewer images are the first of more.

    Parameters
    ----------
    make : function
        Of a generator and labels ``(BATCH,)``: returns the images ``(BATCH, *shape)`` uint8.
    count : int
        0 or more.
    seed : int
        0 or more.
    shape : tuple of int, default (28, 28)
        Of an image.
    classes : int, default 10
        A divisor of `BATCH`.

    Returns
    -------
    images : numpy.ndarray
        ``(count, *shape)`` uint8.
    labels : numpy.ndarray
        ``(count,)`` uint8, shuffled; each ten in a row hold every class once.
    """
    count = positive_int(count, "count", minimum=0)
    seed = checked_seed(seed)
    batches = range(-(-count // BATCH))
    if count >= SLOW:
        log.warning("drawing %s images, which takes some seconds.", f"{count:,}")
    images = np.empty((len(batches) * BATCH, *shape), np.uint8)
    labels = np.empty(len(batches) * BATCH, np.uint8)

    def write(batch: int) -> None:
        place = slice(batch * BATCH, (batch + 1) * BATCH)
        random = generator(seed, batch)
        each = random.permuted(np.tile(np.arange(classes), (BATCH // classes, 1)), axis=1).ravel()
        images[place], labels[place] = make(random, each), each

    if sys.platform == "emscripten":  # a browser's page has one thread
        for batch in batches:
            write(batch)
        return images[:count], labels[:count]
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as threads:
        list(threads.map(write, batches))  # the list waits, and raises what a thread raised
    return images[:count], labels[:count]
