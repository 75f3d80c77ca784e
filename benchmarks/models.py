"""The models that everything is measured on, as numcnn builds them."""

from typing import Any

import numcnn
from numcnn import layers


def handwriting(seed: int = 0, initializer: Any = "glorot_uniform") -> numcnn.Sequential:
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
    )
