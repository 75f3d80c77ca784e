"""Two networks of the benchmarks' panel, narrow and on small images, for Keras and for numcnn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from oracles import cases

from benchmarks.models import Builder
from benchmarks.networks import NETWORKS, Conv, Network, Residual

NAMES = "resnet8", "mobile"
IMAGE, NARROWER = (12, 12, 3), 4
TRAIN, VALIDATE, EPOCHS, BATCH_SIZE = 96, 32, 5, 16


def narrow(rows: tuple) -> tuple:
    """Return the rows with a quarter of the filters."""
    found: list[Any] = []
    for row in rows:
        match row:
            case Conv():
                row = row._replace(filters=row.filters // NARROWER)
            case Residual():
                row = Residual(narrow(row.rows), narrow(row.shortcut))
        found.append(row)
    return tuple(found)


def model(name: str, library: Any) -> Any:
    """Return resnet8 or mobile of a library, with weights that are always the same."""
    builder = Builder(library, dropout=0.0)
    made = builder.model(Network(IMAGE, narrow(NETWORKS[name].rows)), name=name)
    for number, layer in enumerate(builder.made):
        shapes = [np.shape(array) for array in layer.get_weights()]
        layer.set_weights([weight(f"{name} {number} {k}", s, k) for k, s in enumerate(shapes)])
    return made


def weight(seed: str, shape: tuple[int, ...], place: int) -> np.ndarray:
    """Return a kernel of Glorot's size; or gamma, beta, mean and variance, by their place."""
    if len(shape) == 1:
        middle = (1.0, 0.0, 0.0, 1.0)[place]
        return cases.numbers(seed, shape, middle - 0.2, middle + 0.2)
    limit = math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
    return cases.numbers(seed, shape, -limit, limit)


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return images ``(N, 12, 12, 3)``, a pattern for each class under noise, and their classes."""
    y = cases.labels("panel", TRAIN + VALIDATE, 10)
    patterns = cases.numbers("panel patterns", (10, *IMAGE))
    noise = cases.numbers("panel noise", (len(y), *IMAGE))
    return (patterns[y] + noise).astype(np.float32), y


def trained(made: Any, optimizer: Any = "adam") -> dict[str, list[float]]:
    """Train for five epochs without shuffling; return the history."""
    x, y = data()
    made.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made.fit(
        x[:TRAIN],
        y[:TRAIN],
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=(x[TRAIN:], y[TRAIN:]),
    ).history
