"""A layer in the text of a PyTorch module, and its activation.

In the lines x is what goes in, and x0, x1 are where there is more.  Images have their channels
first there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from numcnn import activations
from numcnn.geometry import window_grid

LAST, FIRST = ".permute(0, 2, 3, 1)", ".permute(0, 3, 1, 2)"
"""What puts the channels of images last, and first again."""


class Written(NamedTuple):
    """A layer in PyTorch: what is made of it, what is computed, and arrays it has only there.

    The keys of `made` are what stands behind the layer's name in that of the attribute, and those
    of `arrays` what stands behind it in the state dict.
    """

    lines: list[str]
    made: Mapping[str, str] = MappingProxyType({})
    arrays: Mapping[str, np.ndarray] = MappingProxyType({})


def lacking(name: str, reason: str) -> ValueError:
    """Return the error for what has no form in PyTorch."""
    return ValueError(f'PyTorch has no form of the layer "{name}": {reason}.')


def activated(activation: Any) -> list[str]:
    """Return the call of an activation on x, in one or no lines."""
    if isinstance(activation, activations.Linear):
        return []
    if type(activation) is activations.BoundedReLU:
        top, slope, edge = (
            *(activation.max_value, activation.negative_slope),
            activation.threshold,
        )
        below = f"torch.where(x > {edge!r}, x, {slope!r} * (x - {edge!r}))"
        return [below if top is None else f"{below}.clamp(max={top!r})"]
    if type(activation) not in CALLS:
        raise ValueError(f'PyTorch has no form of the activation "{activation.name}".')
    return [CALLS[type(activation)](activation)]


CALLS: dict[type[activations.Activation], Callable[[Any], str]] = {
    activations.ReLU: lambda a: "F.relu(x)",
    activations.LeakyReLU: lambda a: f"F.leaky_relu(x, {a.negative_slope!r})",
    activations.ELU: lambda a: f"F.elu(x, {a.alpha!r})",
    activations.SELU: lambda a: "F.selu(x)",
    activations.GELU: lambda a: "F.gelu(x)",
    activations.Sigmoid: lambda a: "torch.sigmoid(x)",
    activations.Tanh: lambda a: "torch.tanh(x)",
    activations.Softplus: lambda a: "F.softplus(x)",
}


def with_activation(layer: Any, lines: list[str]) -> list[str]:
    """Return lines with the activation of the layer behind them."""
    if type(layer.activation) is activations.Softmax:
        axis = 1 if len(layer.output_shape) == 4 else -1
        return [*lines, f"torch.softmax(x, dim={axis})"]
    return [*lines, *activated(layer.activation)]


def edges_of(layer: Any, window: Any) -> tuple[int, int, int, int]:
    """Return the cells added on the left, right, top and bottom, as F.pad takes them."""
    grid = window_grid(tuple(layer.input_shape[1:3]), window, layer.strides, layer.padding)
    return grid.left, grid.right, grid.top, grid.bottom
