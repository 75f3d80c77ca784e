"""Five epochs of two models on generated digits: the same program for Keras and for numcnn."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from oracles import cases

from numcnn.datasets import digits

TRAIN, VALIDATE, EPOCHS, BATCH_SIZE = 192, 64, 5, 32


def model_a(k: Any) -> list[Any]:
    """Return model A, of the handwriting tutorial: 5,994 parameters."""
    return cases.tutorial_layers(k.layers)


def model_b(k: Any) -> list[Any]:
    """Return model B, of the Fashion-MNIST tutorial, with nothing dropped: 333,526 parameters."""
    return [
        k.layers.Input((28, 28, 1)),
        k.layers.Conv2D(32, kernel_size=3, activation="relu", padding="same"),
        k.layers.MaxPooling2D(2),
        k.layers.Conv2D(64, kernel_size=3, activation="relu", padding="same"),
        k.layers.MaxPooling2D(2),
        k.layers.Flatten(),
        k.layers.Dense(100, activation="relu"),
        k.layers.Dropout(0.0),
        k.layers.Dense(10, activation="softmax"),
    ]


MODELS = {"A": model_a, "B": model_b}
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda k: k.optimizers.SGD(),
    "Adam": lambda k: k.optimizers.Adam(),
    "RMSprop": lambda k: k.optimizers.RMSprop(),
    "AdamW": lambda k: k.optimizers.AdamW(),
}


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return images ``(N, 28, 28, 1)`` from 0 to 1, and their class numbers.

    With this seed no relu and no pooling is a tie to rounding on any machine that was tried
    (README.md, "How closely they agree").
    """
    images, labels = digits.generate(TRAIN + VALIDATE, seed=6)
    return images.reshape(-1, 28, 28, 1) / 255.0, labels


def fingerprint() -> str:
    """Return a hash of the images and labels: other digits would give other numbers."""
    images, labels = data()
    pixels = np.rint(images * 255).astype(np.uint8)
    return hashlib.sha256(pixels.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()


def initial_weights(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Return Glorot-uniform kernels, and biases of zeros."""
    weights = []
    for index, shape in enumerate(shapes):
        window = math.prod(shape[:-2])
        limit = math.sqrt(6 / (window * (shape[-2] + shape[-1]))) if len(shape) > 1 else 0.0
        weights.append(cases.numbers(f"training {index} {shape}", shape, -limit, limit))
    return weights


def trained(model: Any, k: Any, optimizer: str, dtype: str) -> dict[str, list[float]]:
    """Train for five epochs, without shuffling; return the history."""
    x, y = data()
    model.set_weights(initial_weights([weight.shape for weight in model.get_weights()]))
    model.compile(OPTIMIZERS[optimizer](k), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(
        x[:TRAIN].astype(dtype),
        y[:TRAIN],
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=(x[TRAIN:].astype(dtype), y[TRAIN:]),
    ).history
