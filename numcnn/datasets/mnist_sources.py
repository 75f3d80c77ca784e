"""Where the digits come from: a folder, the cache, the internet, or numcnn's own pen.

The sources, in this order: a folder given by the user; the cache folder; the addresses below; and
without internet, generated handwriting (`numcnn.datasets.generated.digits`).
"""

from __future__ import annotations

import contextlib
import difflib
import logging
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from numcnn.checks import counted, path_of, positive_int, shown
from numcnn.datasets.files import idx
from numcnn.datasets.files.download import fetch, first_found, has_digest, say_what_stands_in
from numcnn.datasets.files.npz import read_npz
from numcnn.datasets.files.small_images import SIDE, TEST, TRAIN, Arrays, both_parts
from numcnn.datasets.files.sprite import (
    IMAGE_SIZE,
    IMAGES_FILE,
    LABELS_FILE,
    NUM_CLASSES,
    read_images,
    read_labels,
    read_sprite,
    write_sprite,
)
from numcnn.datasets.generated import digits
from numcnn.home import cache_folder

SOURCES = ("auto", "mnist", "digits")

TUTORIAL = "https://storage.googleapis.com/learnjs-data/model-builder/"
TUTORIAL_ROWS, TUTORIAL_TRAIN = 65_000, 55_000
KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
KERAS_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

log = logging.getLogger("numcnn")

# --- as arrays, as Keras has them ----------------------------------------------------------------


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
        Without internet, generated handwriting.

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
        say_what_stands_in("MNIST", error, "generated handwriting")
        return both_parts(*digits.generate(TRAIN + TEST))
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
    train = _usual_train(len(images))
    return (images[:train], labels[:train]), (images[train:], labels[train:])


# --- as a sprite, as the tutorial has them -------------------------------------------------------


def checked_source(source: str | PathLike[str]) -> str | PathLike[str]:
    """Return the source of `MnistData`, if it can be one."""
    if not isinstance(source, str | PathLike):
        raise TypeError(
            f'source must be "auto", "mnist", "digits" or a folder, got {shown(source)}.'
        )
    return source


def checked_sizes(num_train: int | None, num_test: int | None) -> tuple[int | None, int | None]:
    """Return the sizes of the two parts as the user gave them: one of them, or none."""
    if num_train is not None and num_test is not None:
        raise ValueError("num_train and num_test can't both be given: one is the rest.")
    return (
        None if num_train is None else positive_int(num_train, "num_train"),
        None if num_test is None else positive_int(num_test, "num_test"),
    )


def split(rows: int, num_train: int | None, num_test: int | None) -> int:
    """Return how many of a sprite's images, from the first on, are for training.

    Raises
    ------
    ValueError
        If no image is left for one of the two parts.
    """
    train = _usual_train(rows)
    if num_train is not None:
        train = num_train
    if num_test is not None:
        train = rows - num_test
    if not 0 < train < rows:
        raise ValueError(
            f"of {counted(rows, 'image')} {train:,} can't be for training and {rows - train:,} for "
            f"testing: num_train or num_test must be from 1 to {rows - 1:,}."
        )
    return train


def _usual_train(rows: int) -> int:
    """Return how many images of a sprite are for training, if the user does not say."""
    return TUTORIAL_TRAIN if rows == TUTORIAL_ROWS else rows * 5 // 6


class NotLoaded:
    """What `MnistData` has in the place of images before it is loaded."""

    def next_batch(self, batch_size: int) -> Arrays:
        """Say what to do first."""
        raise ValueError("there are no images yet: call load() first.")


def read(source: str | PathLike[str]) -> tuple[Arrays, str]:
    """Return the images ``(n, 784)`` and labels ``(n, 10)``, both uint8, and what they are."""
    if source == "digits":
        return _generated_sprite(), "generated handwriting"
    if source == "mnist":
        return _tutorial_sprite(), "MNIST"
    if source == "auto":
        try:
            return _tutorial_sprite(), "MNIST"
        except OSError as error:
            say_what_stands_in("MNIST", error, "generated handwriting")
            return _generated_sprite(), "generated handwriting"
    folder = path_of(source, "source")
    if not folder.is_dir():
        nearest = difflib.get_close_matches(folder.name.lower(), SOURCES, n=1)
        hint = f' Did you mean "{nearest[0]}"?' if nearest else ""
        raise FileNotFoundError(
            f'there is no folder {folder}: source must be "auto", "mnist", "digits", or a folder '
            f"that holds {IMAGES_FILE} and {LABELS_FILE}.{hint}"
        )
    return read_sprite(folder / IMAGES_FILE, folder / LABELS_FILE), f"MNIST in {folder}"


def _tutorial_sprite() -> Arrays:
    """Return the tutorial's sprite from the cache, with any number of rows, or the internet."""
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
            raise ValueError(f"it has {counted(rows, 'row')}, not {TUTORIAL_ROWS:,}")

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
