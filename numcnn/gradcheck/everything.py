"""Every layer and every loss of numcnn, checked over windows, strides and paddings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from numcnn import activations, layers, losses
from numcnn.console import write
from numcnn.gradcheck.layer import check_layer
from numcnn.gradcheck.loss import check_loss
from numcnn.gradcheck.report import GradientReport

IMAGE = (7, 6, 2)
WINDOWS: tuple[Any, ...] = ((1, 1), (2, 3), (3, 2), 5)
STRIDES: tuple[Any, ...] = (1, (2, 1), (1, 3))
ACTIVATIONS = tuple(kind.name for kind in activations.KINDS if kind is not activations.Linear)
PADDINGS: tuple[Any, ...] = (0, 2, (1, 3), ((0, 2), (3, 1)))
FURTHER: tuple[Any, ...] = (
    layers.CenterCrop(4, 5),
    layers.Conv2D(4, 2, dilation_rate=2, groups=2),
    layers.Conv2DTranspose(2, (3, 2), 2, "same"),
    layers.Cropping2D(1),
    layers.DepthwiseConv2D(3, 2, "same", 2),
    layers.GroupNormalization(2),
    layers.LayerNormalization(),
    layers.Permute((2, 3, 1)),
    layers.PReLU("he_normal"),
    layers.Resizing(5, 9),
    layers.SeparableConv2D(3, 2),
    layers.SpatialDropout2D(0.4),
    layers.UpSampling2D(2, interpolation="bilinear"),
)

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
    yield "Reshape", check_linear(layers.Reshape((4, -1)), IMAGE)
    yield "Rescaling", check_linear(layers.Rescaling([0.5, 2.0], -1.0), IMAGE)
    for padding in PADDINGS:
        yield f"ZeroPadding2D {padding}", check_linear(layers.ZeroPadding2D(padding), IMAGE)
    for keepdims in (False, True):
        mean_of_all = layers.GlobalAveragePooling2D(keepdims=keepdims)
        yield f"GlobalAveragePooling2D {keepdims=}", check_linear(mean_of_all, IMAGE)
        largest_of_all = layers.GlobalMaxPooling2D(keepdims=keepdims)
        yield f"GlobalMaxPooling2D {keepdims=}", check_layer(largest_of_all, IMAGE)
    variants: tuple[dict[str, Any], ...] = ({}, {"center": False}, {"scale": False}, {"epsilon": 1})
    for options in variants:
        name = f"BatchNormalization {options or ''}"
        yield name, check_layer(layers.BatchNormalization(**options), IMAGE)
    yield "BatchNormalization of rows", check_layer(layers.BatchNormalization(), (5,), batch_size=6)
    frozen = layers.BatchNormalization(trainable=False, gamma_initializer="he_normal")
    yield "BatchNormalization frozen", check_linear(frozen, IMAGE)
    for further in FURTHER:
        yield f"{type(further).__name__}", check_layer(further, IMAGE)
    yield "ReLU bounded", check_layer(layers.ReLU(1.0, 0.1, 0.3), IMAGE)
    yield "LeakyReLU", check_layer(layers.LeakyReLU(), IMAGE)
    yield "ELU", check_layer(layers.ELU(0.7), IMAGE)
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
        binary = losses.BinaryCrossentropy(kind == "logits", label_smoothing=0.1)
        yield f"{type(binary).__name__}, {kind}", check_loss(binary, one_hot, outputs)
    for loss in (losses.MeanSquaredError(), losses.MeanAbsoluteError()):
        yield type(loss).__name__, check_loss(loss, one_hot, logits)


def table() -> int:
    """Print a table of all gradient checks; return 1 if one fails."""
    write(f"{'':<46}{'numbers':>9}{'at kinks':>10}{'error':>10}{'limit':>9}\n")
    failures = 0
    for name, report in all_of_numcnn():
        numbers = sum(array.checked for array in report.arrays)
        kinks = sum(array.kinks for array in report.arrays)
        write(f"{name:<46}{numbers:>9}{kinks:>10}{report.error:>10.1e}{report.tolerance:>9.0e}\n")
        if not report.ok:
            failures += 1
            write(f"{report}\n")
    write(f"{failures} WRONG\n" if failures else "all gradients are right\n")
    return 1 if failures else 0
