"""MNIST: 28 x 28 pictures of handwritten digits.

`MnistData` is the loader of the TensorFlow.js handwriting tutorial (its ``data.js``): the images
come in one large picture, the sprite, and are handed out in batches.  `load_data` gives the same
digits as arrays, as Keras does.

The sources, in this order: a folder given by the user; the cache folder; the addresses below; and
without network, generated handwriting (`numcnn.datasets.digits`).
"""

from __future__ import annotations

import contextlib
import difflib
import logging
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from numcnn.checks import path_of, positive_int, shown
from numcnn.datasets import digits, idx
from numcnn.datasets.download import fetch, first_found, has_digest
from numcnn.datasets.npz import read_npz
from numcnn.datasets.small_images import SIDE, TEST, TRAIN, Arrays
from numcnn.datasets.sprite import (
    IMAGE_SIZE,
    IMAGES_FILE,
    LABELS_FILE,
    NUM_CLASSES,
    read_images,
    read_labels,
    read_sprite,
    write_sprite,
)
from numcnn.home import cache_folder
from numcnn.randomness import checked_seed, generator

SOURCES = ("auto", "mnist", "digits")

TUTORIAL = "https://storage.googleapis.com/learnjs-data/model-builder/"
TUTORIAL_ROWS, TUTORIAL_TRAIN = 65_000, 55_000
KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
KERAS_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

log = logging.getLogger("numcnn")


class MnistData:
    """The digits in batches, as the tutorial takes them.

    Parameters
    ----------
    source : {"auto", "mnist", "digits"} or path, default "auto"
        ``"mnist"``: the tutorial's sprite, from the cache or the network; ``"digits"``: generated
        handwriting; ``"auto"``: the first if it can be had, else the second; or a folder that holds
        ``mnist_images.png`` and ``mnist_labels_uint8``.
    num_train : int, optional
        The first so many images are for training, the others for testing.  By default 55,000 of the
        tutorial's 65,000, and five sixths of any other number.
    seed : int, optional
        Of the order in which the images are handed out.
    num_test : int, optional
        In the place of `num_train`: the last so many images are for testing, all others for
        training.

    Attributes
    ----------
    num_train, num_test : int
        How many images there are, after `load`.
    description : str
        What the images are and where they came from, after `load`.

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
        if not isinstance(source, str | PathLike):
            raise TypeError(
                f'source must be "auto", "mnist", "digits" or a folder, got {shown(source)}.'
            )
        self.source = source
        self.seed = checked_seed(seed)
        if num_train is not None and num_test is not None:
            raise ValueError("num_train and num_test can't both be given: one is the rest.")
        self._num_train = None if num_train is None else positive_int(num_train, "num_train")
        self._num_test = None if num_test is None else positive_int(num_test, "num_test")
        self.num_train = self.num_test = 0
        self.description = "not loaded yet"
        self._train: _Part | None = None
        self._test: _Part | None = None

    def load(self) -> MnistData:
        """Get the images, split and shuffle them; return this object.

        Raises
        ------
        ValueError
            If the files are damaged, or there are not more images than `num_train` or `num_test`.
        OSError
            If the files are not there, or for ``"mnist"`` can't be fetched.
        """
        (images, labels), description = _sprite(self.source)
        rows = len(images)
        train = _default_train(rows)
        if self._num_train is not None:
            train = self._num_train
        if self._num_test is not None:
            train = rows - self._num_test
        if not 0 < train < rows:
            raise ValueError(
                f"of {rows:,} images {train:,} can't be for training and {rows - train:,} for "
                f"testing: num_train or num_test must be from 1 to {rows - 1:,}."
            )
        rng = generator(self.seed)
        self._train = _Part(images[:train], labels[:train], rng)
        self._test = _Part(images[train:], labels[train:], rng)
        self.num_train, self.num_test = train, rows - train
        self.description = description
        return self

    def next_train_batch(self, batch_size: int) -> Arrays:
        """Return the next training images and labels; after the last comes the first again.

        Parameters
        ----------
        batch_size : int

        Returns
        -------
        xs : numpy.ndarray
            ``(batch_size, 784)`` float32 from 0 to 1.
        labels : numpy.ndarray
            ``(batch_size, 10)`` uint8, one-hot.
        """
        return self._loaded(self._train).next_batch(batch_size)

    def next_test_batch(self, batch_size: int) -> Arrays:
        """Return the next test images and labels; otherwise as `next_train_batch`."""
        return self._loaded(self._test).next_batch(batch_size)

    def _loaded(self, part: _Part | None) -> _Part:
        if part is None:
            raise ValueError("there are no images yet: call load() first.")
        return part


class _Part:
    """Images for one purpose, handed out in a random order that is drawn once."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
        self.images, self.labels = images, labels
        self.order = rng.permutation(len(images))
        self.position = 0

    def next_batch(self, batch_size: int) -> Arrays:
        """Go on from the last batch.

        As in the tutorial the position moves on before an image is taken, so that the first image
        of the order is handed out last.
        """
        size = positive_int(batch_size, "batch_size")
        steps = np.arange(1, size + 1)
        rows = self.order[(self.position + steps) % len(self.order)]
        self.position = (self.position + size) % len(self.order)
        return self.images[rows] / np.float32(255), self.labels[rows]


def load_data(path: str | PathLike[str] = "mnist.npz") -> tuple[Arrays, Arrays]:
    """Return MNIST as Keras's function does.

    Parameters
    ----------
    path : str or path, default "mnist.npz"
        The file's name in the cache folder; or a folder that holds ``mnist.npz``, the tutorial's
        sprite, or the four IDX files, gzipped or plain.  Such files with any number of images are
        also found in ``NUMCNN_HOME/mnist``, and the sprite in ``NUMCNN_HOME``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        x ``(60000, 28, 28)`` and ``(10000, 28, 28)`` uint8, 0 (background) to 255 (ink);
        y ``(60000,)`` and ``(10000,)`` uint8, the digits.  A sprite is divided as by `MnistData`.
        Without network, generated handwriting.

    Raises
    ------
    OSError
        If `path` is a folder that has none of the files.
    ValueError
        If `path` is a folder, and a file in it is damaged.
    """
    if path_of(path, "path").is_dir():
        return _read_folder(Path(path))
    home = cache_folder()
    found = first_found(_read_folder, home / "mnist") or first_found(_divided_sprite, home)
    if found:
        return found
    try:
        file = fetch(KERAS, home / path, has_digest("SHA-256", KERAS_SHA256), 20_000_000)
    except OSError as error:
        log.warning("%s; using generated handwriting instead.", error)
        images, labels = digits.generate(TRAIN + TEST)
        return (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])
    return read_npz(file)


def _read_folder(folder: Path) -> tuple[Arrays, Arrays]:
    """Return the digits of a folder, in whatever files it has them."""
    if (folder / "mnist.npz").exists():
        return read_npz(folder / "mnist.npz")
    if (folder / IMAGES_FILE).exists():
        return _divided_sprite(folder)
    return idx.read_folder(folder)


def _divided_sprite(folder: Path) -> tuple[Arrays, Arrays]:
    """Return the digits of a sprite to train on, and those to test on."""
    rows, one_hot = read_sprite(folder / IMAGES_FILE, folder / LABELS_FILE)
    images, labels = rows.reshape(-1, SIDE, SIDE), one_hot.argmax(axis=1).astype(np.uint8)
    train = _default_train(len(images))
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def _default_train(rows: int) -> int:
    """Return how many images of a sprite are for training, if the user does not say."""
    return TUTORIAL_TRAIN if rows == TUTORIAL_ROWS else rows * 5 // 6


def _sprite(source: str | PathLike[str]) -> tuple[Arrays, str]:
    """Return the images ``(n, 784)``, the labels ``(n, 10)``, and what they are."""
    if source == "digits":
        return _generated_sprite(), "generated handwriting"
    if source == "mnist":
        return _tutorial_sprite(), "MNIST"
    if source == "auto":
        try:
            return _tutorial_sprite(), "MNIST"
        except OSError as error:
            log.warning("%s; using generated handwriting instead.", error)
            return _generated_sprite(), "generated handwriting"
    folder = Path(source)
    if not folder.is_dir():
        nearest = difflib.get_close_matches(folder.name.lower(), SOURCES, n=1)
        hint = f' Did you mean "{nearest[0]}"?' if nearest else ""
        raise FileNotFoundError(
            f'there is no folder {folder}: source must be "auto", "mnist", "digits", or a folder '
            f"that holds {IMAGES_FILE} and {LABELS_FILE}.{hint}"
        )
    return read_sprite(folder / IMAGES_FILE, folder / LABELS_FILE), f"MNIST in {folder}"


def _tutorial_sprite() -> Arrays:
    """Return the tutorial's sprite from the cache, with any number of rows, or the network."""
    folder = cache_folder() / "mnist"
    images, labels = folder / IMAGES_FILE, folder / LABELS_FILE
    with contextlib.suppress(OSError, ValueError):  # `fetch` says what is wrong
        return read_sprite(images, labels)
    images = fetch(TUTORIAL + IMAGES_FILE, images, _verifier(read_images), 60_000_000)
    labels = fetch(TUTORIAL + LABELS_FILE, labels, _verifier(read_labels), 2_000_000)
    return read_sprite(images, labels)


def _verifier(read: Callable[[Path], np.ndarray]) -> Callable[[Path], None]:
    """Return a check that a file can be read, and has as many rows as the tutorial's."""

    def verify(path: Path) -> None:
        rows = len(read(path))
        if rows != TUTORIAL_ROWS:
            raise ValueError(f"it has {rows:,} rows, not {TUTORIAL_ROWS:,}")

    return verify


def _generated_sprite() -> Arrays:
    """Return as many generated digits as the tutorial has real ones; they are kept in the cache."""
    folder = cache_folder() / f"digits-{digits.VERSION}"
    try:
        return read_sprite(folder / IMAGES_FILE, folder / LABELS_FILE)
    except (OSError, ValueError):
        images, labels = digits.generate(TUTORIAL_ROWS)
    try:
        write_sprite(folder, images, labels)
    except OSError as error:
        log.info("the generated digits can't be kept in %s: %s", folder, error)
    return images.reshape(-1, IMAGE_SIZE), np.eye(NUM_CLASSES, dtype=np.uint8)[labels]
