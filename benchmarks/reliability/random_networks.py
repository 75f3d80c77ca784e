"""Random networks: rows and graphs of up to six layers between images of any size and four logits.

A function here draws a network, and returns a function that makes it, afresh at each call: the same
layers with the same options.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import numcnn
from numcnn import layers

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "softplus", None)
MERGES = (
    *(layers.Add, layers.Subtract, layers.Multiply, layers.Average),
    *(layers.Maximum, layers.Minimum, layers.Concatenate),
)


def a_row(
    rng: np.random.Generator, images: int, shape: tuple[int, ...], offset: float
) -> Callable[[str], numcnn.Sequential]:
    """Draw a Sequential for batches of `images` images; its logits begin at `offset`."""
    choices = rng.integers(0, 1 << 30, 40)

    def make(dtype: str) -> numcnn.Sequential:
        chance = np.random.default_rng(choices)
        row = [layers.Input(shape)]
        normed = images < 4  # the statistics of so few images magnify each rounding
        now = (None, *shape)
        for _ in range(int(chance.integers(1, 5))):
            row.append(a_layer(chance, now[1:3], normed))
            normed |= isinstance(row[-1], layers.BatchNormalization)
            now = row[-1].compute_output_shape(now)
        return numcnn.Sequential([*row, *a_head(chance, offset)], dtype=dtype)

    return make


def a_graph(
    rng: np.random.Generator, images: int, shape: tuple[int, ...], offset: float
) -> Callable[[str], numcnn.Model]:
    """Draw a graph: layers read any earlier tensor, merge two of them, or are called on both."""
    choices = rng.integers(0, 1 << 30, 40)

    def make(dtype: str) -> numcnn.Model:
        chance = np.random.default_rng(choices)
        made = [image := numcnn.Input(shape, dtype=dtype)]
        normed = images < 4
        for _ in range(int(chance.integers(3, 7))):
            x = made[-1] if chance.random() < 0.7 else made[int(chance.integers(len(made)))]
            alike = [tensor for tensor in made if tensor.shape == x.shape]
            other = alike[int(chance.integers(len(alike)))]  # x itself too
            kind = chance.random()
            if kind < 0.3:
                made.append(MERGES[int(chance.integers(len(MERGES)))]()([x, other]))
                continue
            layer = a_layer(chance, x.shape[1:3], normed)
            normed |= isinstance(layer, layers.BatchNormalization)
            made.append(layer(x))
            if kind < 0.45 and other is not x:
                made.append(made.pop() + layer(other))  # one layer, two calls
        y = made[-1]
        for layer in a_head(chance, offset):
            y = layer(y)
        return numcnn.Model(image, y)

    return make


def a_layer(chance: np.random.Generator, sides: Any, normed: bool) -> layers.Layer:
    """Draw a layer for images of `sides`; batch normalization unless there is one."""
    window = [int(n) for n in np.minimum(chance.integers(1, 5, 2), sides)]
    pool = [min(int(chance.integers(2, 4)), sides[0]), min(2, sides[1])]  # few: each is compiled
    options = {
        "strides": [int(n) for n in chance.integers(1, 3, 2)],
        "padding": str(chance.choice(["same", "valid"])),
    }
    match int(chance.integers(0, 8)):
        case 0 | 1 | 2:
            filters = int(chance.choice((1, 2, 3, 5, 8, 24, 33)))  # from 24 on other loops
            activation = ACTIVATIONS[int(chance.integers(len(ACTIVATIONS)))]
            return layers.Conv2D(filters, window, activation=activation, **options)
        case 3 if not normed:
            return layers.BatchNormalization()
        case 4:
            return layers.MaxPooling2D(pool, **options)
        case 5:
            return layers.AveragePooling2D(pool, **options)
        case 6:
            return layers.ZeroPadding2D(1)
    return layers.Dropout(0.3)


def a_head(chance: np.random.Generator, offset: float) -> list[layers.Layer]:
    """Draw what makes four logits of an image, with `offset` as their bias."""
    heads = layers.Flatten(), layers.GlobalAveragePooling2D(), layers.GlobalMaxPooling2D()
    head = heads[int(chance.integers(3))]
    bias = numcnn.initializers.Constant(offset)
    return [head, layers.Dense(7, activation="tanh"), layers.Dense(4, bias_initializer=bias)]
