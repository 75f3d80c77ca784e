"""Where the parameters of a layer are in a PyTorch state dict, and how they lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from numcnn import layers

Turn = Callable[[np.ndarray], np.ndarray]


class Kept(NamedTuple):
    """A parameter, the end of its name there, and the two ways between the orders of its axes."""

    parameter: Any
    key: str
    there: Turn
    back: Turn


def as_it_is(array: np.ndarray) -> np.ndarray:
    """Return the array."""
    return array


def turned(*axes: int) -> tuple[Turn, Turn]:
    """Return the two ways between two orders of axes."""
    back = tuple(int(axis) for axis in np.argsort(axes))
    return (lambda array: array.transpose(axes), lambda array: array.transpose(back))


WINDOW = turned(3, 2, 0, 1)  # (KH, KW, C, F) -> (F, C, KH, KW)
"""Of Conv2D, and of Conv2DTranspose, whose kernel is (KH, KW, F, C)."""


def of_channels(shape: tuple[int, ...]) -> tuple[Turn, Turn]:
    """``(KH, KW, C, M)`` -> ``(C·M, 1, KH, KW)``, and back."""
    KH, KW, C, M = shape
    return (
        lambda kernel: kernel.transpose(2, 3, 0, 1).reshape(C * M, 1, KH, KW),
        lambda kernel: kernel.reshape(C, M, KH, KW).transpose(2, 3, 0, 1),
    )


NAMES = {
    "kernel": ".weight",
    "pointwise_kernel": ".weight",
    "depthwise_kernel": "_depthwise.weight",
    "gamma": ".weight",
    "moving_mean": ".running_mean",
    "moving_variance": ".running_var",
    "beta": ".bias",
    "bias": ".bias",
}


DEPTHWISE = {layers.DepthwiseConv2D: "kernel", layers.SeparableConv2D: "depthwise_kernel"}
"""The kernels with a window for each channel."""


def kept(layer: Any) -> Iterator[Kept]:
    """Yield the parameters of a layer with their places in a state dict."""
    for parameter in layer.parameters:
        name, shape = parameter.name, parameter.value.shape
        key = NAMES.get(name, f"_{name}")
        ways: tuple[Turn, Turn] = (as_it_is, as_it_is)
        if name == DEPTHWISE.get(type(layer)):
            ways = of_channels(shape)
        elif len(shape) == 4:
            ways = WINDOW
        elif name == "kernel":
            ways = turned(1, 0)
        elif isinstance(layer, layers.PReLU):
            if is_by_channel(layer):
                key = ".weight"
                ways = (np.ravel, lambda alpha, shape=shape: alpha.reshape(shape))  # type: ignore
            elif len(shape) == 3:
                ways = turned(2, 0, 1)
        yield Kept(parameter, key, *ways)


def is_by_channel(layer: Any) -> bool:
    """Say whether a PReLU has one slope for each channel, as PyTorch's has."""
    shape = layer.alpha.value.shape
    return all(n == 1 for n in shape[:-1])
