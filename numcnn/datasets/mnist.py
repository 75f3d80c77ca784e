"""MNIST: handwritten digits, from the pixels of one large picture to batches.

The TensorFlow.js tutorial stores its 65,000 digits in one picture, the sprite.  Row n of the
picture is image n: its 28 x 28 pixels, row by row, each a byte from 0 (background) to 255 (ink).
Labels are one-hot: ten bytes for each image, 1 in the place of its digit and 0 elsewhere.

The first images are for training and the last for testing.  A network can learn its training images
by heart; only images that it has never seen show whether it can recognise digits.

`MnistData` is the loader of that tutorial (its ``data.js``).  `load_data` returns the same digits
as arrays, as Keras does.  `numcnn.datasets.mnist_sources` finds and reads the files.
"""

from __future__ import annotations

from os import PathLike

import numpy as np

from numcnn.checks import positive_int
from numcnn.datasets import mnist_sources as sources
from numcnn.datasets.files.small_images import Arrays
from numcnn.missing import missing
from numcnn.randomness import checked_seed, generator

__all__ = ["MnistData", "load_data"]
__getattr__ = missing(__name__)

load_data = sources.load_data


class MnistData:
    """The digits in batches, as in the tutorial.

    Parameters
    ----------
    source : {"auto", "mnist", "digits"} or path, default "auto"
        ``"mnist"``: the tutorial's sprite, from the cache or the internet; ``"digits"``: generated
        handwriting; ``"auto"``: the sprite if it is available, else generated; or a folder with
        ``mnist_images.png`` and ``mnist_labels_uint8``.
    num_train : int, optional
        Number of images, from the first on, for training; the others are for testing.  By default
        55,000 of the tutorial's 65,000, and five sixths of any other number.
    seed : int, optional
        Seed for the order of the images.
    num_test : int, optional
        Number of images for testing, at the end; instead of `num_train`.

    Attributes
    ----------
    num_train, num_test : int
        Numbers of images, after `load`.
    description : str
        A description of the images and their source, after `load`.

    Examples
    --------
    ::

        data = MnistData(seed=0).load()
        xs, labels = data.next_train_batch(512)    # (512, 784) and (512, 10)
    """

    def __init__(
        self,
        source: str | PathLike[str] = "auto",
        num_train: int | None = None,
        seed: int | None = None,
        num_test: int | None = None,
    ) -> None:
        self.source = sources.checked_source(source)
        self.seed = checked_seed(seed)
        self._sizes = sources.checked_sizes(num_train, num_test)
        self.num_train = self.num_test = 0
        self.description = "not loaded yet"
        self._train: _Part | sources.NotLoaded = sources.NotLoaded()
        self._test: _Part | sources.NotLoaded = sources.NotLoaded()

    def load(self) -> MnistData:
        """Read the images, split and shuffle them; return this object.

        Damaged files or too few images raise a ValueError, missing files an OSError.
        """
        (images, labels), description = sources.read(self.source)  # (n, 784), (n, 10), both uint8
        train = sources.split(len(images), *self._sizes)
        rng = generator(self.seed)
        self._train = _Part(images[:train], labels[:train], rng)
        self._test = _Part(images[train:], labels[train:], rng)
        self.num_train, self.num_test = train, len(images) - train
        self.description = description
        return self

    def next_train_batch(self, batch_size: int) -> Arrays:
        """Return the next training images and labels; after the last, start again at the first.

        They are xs ``(batch_size, 784)``, float32 from 0 to 1, and one-hot labels
        ``(batch_size, 10)``, uint8.
        """
        return self._train.next_batch(batch_size)

    def next_test_batch(self, batch_size: int) -> Arrays:
        """Return the next test images and labels; otherwise as `next_train_batch`."""
        return self._test.next_batch(batch_size)


class _Part:
    """The images for training or for testing, in a random order that is drawn once."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
        self.images, self.labels = images, labels
        self.order = rng.permutation(len(images))
        self.position = 0

    def next_batch(self, batch_size: int) -> Arrays:
        """Return the images after the last batch.

        As in the tutorial, the position advances before an image is taken, so the first image of
        the order comes last.
        """
        size = positive_int(batch_size, "batch_size")
        steps = np.arange(1, size + 1)
        rows = self.order[(self.position + steps) % len(self.order)]  # (size,)
        self.position = (self.position + size) % len(self.order)
        return self.images[rows] / np.float32(255), self.labels[rows]  # (size, 784), (size, 10)
