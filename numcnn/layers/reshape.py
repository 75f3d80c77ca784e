"""Reshape: the same numbers in another shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.checks import Shape, counted, numeric_array, positive_int
from numcnn.layers.base import Layer


class Reshape(Layer):
    """All numbers of a sample in another shape, in C order.

    Parameters
    ----------
    target_shape : tuple of int
        Without the batch axis; one axis may be −1, and its length is then computed.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Reshape((28, 28, 1)).forward(np.zeros((2, 784))).shape
    (2, 28, 28, 1)
    """

    def __init__(self, target_shape: Any, **options: Any) -> None:
        super().__init__(**options)
        axes = np.ravel(numeric_array(target_shape, "target_shape")).tolist()
        self.target_shape = tuple(
            -1 if axis == -1 else positive_int(axis, f"target_shape[{i}]")
            for i, axis in enumerate(axes)
        )
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"target_shape may have at most one -1, got {self.target_shape}.")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, …)`` -> ``(None, *target_shape)``."""
        numbers = math.prod(input_shape[1:])  # type: ignore[arg-type]
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        left, rest = divmod(numbers, known)
        if rest or (-1 not in self.target_shape and left != 1):
            raise ValueError(
                f"a sample of shape {input_shape[1:]} has {counted(numbers, 'number')}, "
                "which do not fit the "
                f"target_shape {self.target_shape}."
            )
        return (None, *(left if axis == -1 else axis for axis in self.target_shape))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, *target_shape)``."""
        x = self.checked(x)
        self.remember(x.shape, training)
        return x.reshape(len(x), *self.compute_output_shape(x.shape)[1:])

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, *target_shape)`` -> dx ``(N, …)``."""
        return dy.reshape(self.recall())
