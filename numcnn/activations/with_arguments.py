"""What relu, gelu and softmax compute with the arguments of Keras's functions of these names.

In a layer these three have no arguments: there the classes of this package, such as `BoundedReLU`,
stand for them.  The other functions have the arguments of their class.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.activations.units import GELU, BoundedReLU
from numcnn.checks import flag, shown
from numcnn.configuration import named_arguments


@named_arguments
def relu(
    x: np.ndarray,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> np.ndarray:
    """Return what `BoundedReLU` computes."""
    return BoundedReLU(max_value, negative_slope, threshold).value(x)


@named_arguments
def gelu(x: np.ndarray, approximate: bool = False) -> np.ndarray:
    """Return ``x · Φ(x)``; approximately, ``Φ(x) ≈ (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2``."""
    if not flag(approximate, "approximate"):
        return GELU().value(x)
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@named_arguments
def softmax(x: np.ndarray, axis: int | tuple[int, ...] | None = -1) -> np.ndarray:
    """Return ``exp(x_c) / Σ_k exp(x_k)``, summed over one axis or several; None is all axes."""
    axes = range(x.ndim) if axis is None else axis
    axes = tuple(axes) if isinstance(axes, range | tuple | list) else (axes,)
    if not all(_is_axis(one, x.ndim) for one in axes):
        raise ValueError(
            f"softmax needs an axis from {-x.ndim} to {x.ndim - 1} for an array of shape "
            f"{x.shape}, got axis={shown(axis)}."
        )
    exps = np.exp(x - x.max(axis=axes, keepdims=True))
    return np.asarray(exps / exps.sum(axis=axes, keepdims=True))


def _is_axis(axis: Any, axes: int) -> bool:
    whole = isinstance(axis, int | np.integer) and not isinstance(axis, bool)
    return whole and -axes <= axis < axes
