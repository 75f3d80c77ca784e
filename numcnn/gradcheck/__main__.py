"""``python -m numcnn.gradcheck``: check every layer and every loss of numcnn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from numcnn import layers, losses
from numcnn.gradcheck import GradientReport, check_layer, check_loss

IMAGE = (7, 6, 2)
WINDOWS: tuple[Any, ...] = ((1, 1), (2, 3), (3, 2), 5)
STRIDES: tuple[Any, ...] = (1, (2, 1), (1, 3))
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax")

check_linear = partial(check_layer, step=1.0, tolerance=1e-10)
"""For functions without curvature, where a large step is the most exact."""


def all_of_numcnn() -> Iterator[tuple[str, GradientReport]]:
    """Check every layer and loss, over strides, paddings and windows."""
    for window in WINDOWS:
        for strides in STRIDES:
            for padding in ("valid", "same"):
                where = f"{window}, {strides}, {padding}"
                conv = layers.Conv2D(3, window, strides, padding)
                yield f"Conv2D {where}", check_linear(conv, IMAGE)
                largest = layers.MaxPooling2D(window, strides, padding)
                yield f"MaxPooling2D {where}", check_layer(largest, IMAGE)
                average = layers.AveragePooling2D(window, strides, padding)
                yield f"AveragePooling2D {where}", check_linear(average, IMAGE)
    yield "Dense", check_linear(layers.Dense(5), (7,))
    yield "Dense without bias", check_linear(layers.Dense(5, use_bias=False), (7,))
    yield "Flatten", check_linear(layers.Flatten(), IMAGE)
    yield "Dropout 0.4", check_linear(layers.Dropout(0.4), IMAGE)
    for name in ACTIVATIONS:
        conv = layers.Conv2D(3, 3, activation=name)
        yield f"Conv2D {name}", check_layer(conv, IMAGE)
        yield f"Activation {name}", check_layer(layers.Activation(name), (9,))

    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    one_hot = np.eye(4)[labels]
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for outputs, kind in ((logits, "logits"), (probs, "probabilities")):
        dense = losses.CategoricalCrossentropy(from_logits=kind == "logits")
        yield f"{type(dense).__name__}, {kind}", check_loss(dense, one_hot, outputs)
        sparse = losses.SparseCategoricalCrossentropy(from_logits=kind == "logits")
        yield f"{type(sparse).__name__}, {kind}", check_loss(sparse, labels, outputs)


def main() -> int:
    """Print a table of all gradient checks; return 1 if one fails."""
    out = sys.stdout.write
    out(f"{'':<46}{'numbers':>9}{'at kinks':>10}{'error':>10}{'limit':>9}\n")
    failures = 0
    for name, report in all_of_numcnn():
        numbers = sum(array.checked for array in report.arrays)
        kinks = sum(array.kinks for array in report.arrays)
        out(f"{name:<46}{numbers:>9}{kinks:>10}{report.error:>10.1e}{report.tolerance:>9.0e}\n")
        if not report.ok:
            failures += 1
            out(f"{report}\n")
    out(f"{failures} WRONG\n" if failures else "all gradients are right\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
