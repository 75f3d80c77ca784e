"""Constraints: what a weight must satisfy after every update.

A layer takes one for its kernel or its bias, such as ``kernel_constraint=MaxNorm(3)``.  After each
update the optimizer replaces the weights by the constraint's value.  Formulas and defaults are
those of Keras 3.

The norm of a weight is taken along `axis`: 0 for the kernel of a dense layer, which gives a norm to
each unit; ``[0, 1, 2]`` for the kernel of a convolution, which gives one to each filter.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn.checks import items_of, number, shown
from numcnn.configuration import Configurable
from numcnn.families import Family

EPSILON = 1e-7
"""Keras adds it to a norm before it divides."""


class Constraint(Configurable):
    """A function of weights; a subclass defines it."""

    module: ClassVar[str] = "keras.constraints"

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return weights of the same shape that satisfy the constraint."""
        raise NotImplementedError


class NonNeg(Constraint):
    """``max(w, 0)``: no weight is negative."""

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the weights, with 0 in the place of those below it."""
        return np.maximum(w, 0)


class MinMaxNorm(Constraint):
    """Norms between two limits, or on their way to them.

    ``w · (rate · clip(‖w‖, min_value, max_value) + (1 − rate) · ‖w‖) / (‖w‖ + 1e-7)``.

    Parameters
    ----------
    min_value, max_value : float, default 0.0 and 1.0
    rate : float, default 1.0
        How far each update goes towards the limit, from 0 to 1.
    axis : int or list of int, default 0

    Examples
    --------
    >>> MinMaxNorm(max_value=1.0)(np.array([[3.0, 0.3], [4.0, 0.4]])).round(3)
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Any = 0,
    ) -> None:
        self.min_value = number(min_value, "min_value", minimum=0)
        self.max_value = number(max_value, "max_value", minimum=self.min_value)
        self.rate = number(rate, "rate", minimum=0, maximum=1)
        self.axis = checked_axis(axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the weights, each group along the axis scaled to its new norm."""
        norms = _norms(w, self.axis)
        wanted = self.rate * np.clip(norms, self.min_value, self.max_value)
        return w * ((wanted + (1 - self.rate) * norms) / (EPSILON + norms))


class MaxNorm(Constraint):
    """``w · min(‖w‖, max_value) / (‖w‖ + 1e-7)``: no norm is above the limit (Srebro 2005).

    Parameters
    ----------
    max_value : float, default 2
    axis : int or list of int, default 0
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = number(max_value, "max_value", minimum=0)
        self.axis = checked_axis(axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the weights, each group along the axis scaled down if its norm is too large."""
        norms = _norms(w, self.axis)
        return w * (np.minimum(norms, self.max_value) / (EPSILON + norms))


class UnitNorm(Constraint):
    """``w / (‖w‖ + 1e-7)``: every norm is 1.

    Parameters
    ----------
    axis : int or list of int, default 0
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = checked_axis(axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the weights, divided by their norm along the axis."""
        return w / (EPSILON + _norms(w, self.axis))


def checked_axis(axis: Any) -> Any:
    """Return an axis, or several in a list, after checking that they are whole numbers."""
    axes = items_of(axis, "axis", "axes") if isinstance(axis, list | tuple) else [axis]
    if not axes or any(isinstance(one, bool) or not isinstance(one, int) for one in axes):
        raise TypeError(f"axis must be a whole number or a list of them, got {shown(axis)}.")
    return axes if isinstance(axis, list | tuple) else axis


def _norms(w: np.ndarray, axis: Any) -> np.ndarray:
    """Return the norms along one or several axes, which stay with length 1."""
    axes = tuple(axis) if isinstance(axis, list) else (axis,)
    if any(not -w.ndim <= one < w.ndim for one in axes):
        raise ValueError(
            f"a constraint of these weights, of shape {w.shape}, can't have axis={axis}."
        )
    norms: np.ndarray = np.sqrt(np.square(w).sum(axis=axes, keepdims=True))
    return norms


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm  # old spellings

CONSTRAINTS = Family(
    "constraint",
    Constraint,
    {
        "max_norm": MaxNorm,
        "min_max_norm": MinMaxNorm,
        "non_neg": NonNeg,
        "unit_norm": UnitNorm,
    },
)
serialize, deserialize = CONSTRAINTS.serialize, CONSTRAINTS.deserialize
__getattr__ = CONSTRAINTS.missing(__name__)


def get(identifier: Any, name: str = "constraint") -> Any:
    """Return the constraint for a name, an object or a configuration; None for None.

    Parameters
    ----------
    identifier : str, Constraint, dict or None
    name : str
        The name of the argument in error messages.
    """
    return None if identifier is None else CONSTRAINTS.get(identifier, name)
