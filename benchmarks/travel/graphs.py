"""Ten graphs that travel: each says something else than a row of layers can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numcnn
from benchmarks.travel.cases import with_weights
from numcnn import layers

L = layers


def graphs() -> dict[str, Any]:
    """Return the graphs by their names, with weights that are neither 0 nor 1."""
    return {build.__name__.replace("_", " "): with_weights(build()) for build in GRAPHS}


def image(channels: int = 3) -> Any:
    return numcnn.Input((8, 7, channels))


def head(x: Any, units: int = 4) -> Any:
    return L.Dense(units, activation="softmax")(L.GlobalAveragePooling2D()(x))


def block(x: Any, filters: int, strides: int = 1) -> Any:
    """The block of a residual network."""
    y = L.Conv2D(filters, 3, strides, "same", use_bias=False)(x)
    y = L.Conv2D(filters, 3, padding="same")(L.ReLU()(L.BatchNormalization()(y)))
    if strides > 1 or x.shape[-1] != filters:
        x = L.Conv2D(filters, 1, strides)(x)
    return L.ReLU()(L.add([x, L.BatchNormalization()(y)]))


def residual() -> Any:
    x = image()
    return numcnn.Model(x, head(block(block(L.Conv2D(4, 3, padding="same")(x), 4), 6, 2)))


def branches() -> Any:
    x = image()
    parts = [
        L.Conv2D(3, 1, activation="relu")(x),
        L.Conv2D(2, 5, padding="same", activation="tanh")(x),
        L.MaxPooling2D(3, 1, "same")(x),
    ]
    y = L.MaxPooling2D()(L.concatenate(parts))
    return numcnn.Model(x, L.Dense(3)(L.Flatten()(y)))


def shared_layer() -> Any:
    x = image(2)
    twice = L.Conv2D(2, 3, padding="same", activation=L.LeakyReLU(0.2), name="twice")
    return numcnn.Model(x, head(twice(twice(x))))


def two_inputs() -> Any:
    a, b = numcnn.Input((6, 6, 1), name="left"), numcnn.Input((6, 6, 1), name="right")
    tower = numcnn.Sequential([L.Conv2D(3, 3, activation="tanh"), L.Flatten(), L.Dense(5)])
    return numcnn.Model([a, b], L.Dense(2)(L.subtract([tower(a), tower(b)])))


def two_outputs() -> Any:
    x = image()
    y = L.Flatten()(L.Conv2D(2, 3, 2, activation="relu")(x))
    kind = L.Dense(3, activation="softmax", name="kind")(y)
    return numcnn.Model(x, [kind, L.Dense(1, name="size")(y)])


def mobile() -> Any:
    x = image()
    y = L.DepthwiseConv2D(3, padding="same")(L.Conv2D(6, 1, activation=L.ReLU(6.0))(x))
    gate = L.Dense(6, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(y))
    y = L.Conv2D(3, 1)(L.multiply([y, gate]))
    return numcnn.Model(x, head(L.add([x, L.BatchNormalization()(y)])))


def u_net() -> Any:
    x = numcnn.Input((8, 8, 2))
    first = L.Conv2D(3, 3, padding="same", activation="relu")(x)
    y = L.Conv2D(4, 3, 2, "same", activation="relu")(first)
    y = L.Conv2DTranspose(3, 3, strides=2, padding="same")(y)
    y = L.UpSampling2D()(L.concatenate([first, y, x]))
    return numcnn.Model(x, L.Conv2D(1, 1, activation="sigmoid")(L.Cropping2D(2)(y)))


def arithmetic() -> Any:
    x = image(2)
    y = L.Conv2D(2, 3, padding="same", activation="sigmoid")(x)
    return numcnn.Model(x, head((1 - y) * x + y / 2.0 - (x - y)))


def meetings() -> Any:
    x = image()
    y = L.PReLU(shared_axes=[1, 2])(L.LayerNormalization()(L.Conv2D(3, 3, padding="same")(x)))
    row = L.Flatten()(L.average([L.maximum([x, y]), L.minimum([x, y]), y]))
    return numcnn.Model(x, L.Dense(3)(L.concatenate([row, L.Dense(5)(L.Flatten()(x))])))


def model_inside() -> Any:
    x = image()
    body = numcnn.Sequential([L.Conv2D(3, 3, padding="same"), L.SeparableConv2D(3, 3)])
    inner = numcnn.Model(x, L.add([L.Cropping2D(1)(x), body(x)]), name="inner")
    y = image()
    return numcnn.Model(y, head(L.add([inner(y), L.Cropping2D(1)(y)])))


GRAPHS: tuple[Callable[[], Any], ...] = (
    *(residual, branches, shared_layer, two_inputs, two_outputs, mobile, u_net, arithmetic),
    *(meetings, model_inside),
)
