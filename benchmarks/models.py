"""The models that everything is measured on, as numcnn builds them, and the data for them."""

from typing import Any

import numpy as np

import numcnn
from numcnn import layers
from numcnn.datasets import digits


def handwriting(
    seed: int = 0, initializer: Any = "glorot_uniform", dtype: str = "float32"
) -> numcnn.Sequential:
    """Model A, of the TensorFlow.js handwriting tutorial: 5,994 parameters."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu", kernel_initializer=initializer),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu", kernel_initializer=initializer),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", kernel_initializer=initializer),
        ],
        seed=seed,
        dtype=dtype,
    )


def fashion(seed: int = 0, dropout: float = 0.4, dtype: str = "float32") -> numcnn.Sequential:
    """Model B, of the fashion tutorial: 333,526 parameters."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ],
        seed=seed,
        dtype=dtype,
    )


def build(model: str, dropout: float = 0.0, dtype: str = "float32") -> numcnn.Sequential:
    """Return model ``"A"`` or ``"B"``; A has no dropout."""
    return handwriting(dtype=dtype) if model == "A" else fashion(dropout=dropout, dtype=dtype)


def data(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return generated digits: images ``(count, 28, 28, 1)`` from 0 to 1, labels ``(count,)``."""
    images, labels = digits.generate(count)
    return images[..., np.newaxis] / np.float32(255), labels.astype(np.int64)
