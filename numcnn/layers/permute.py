"""Permute: the axes of a sample in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, numeric_array, shown
from numcnn.layers.base import Layer


class Permute(Layer):
    """The same numbers with their axes in another order.

    Parameters
    ----------
    dims : tuple of int
        The new order; the axes of a sample are counted from 1, ``(2, 1, 3)`` transposes an image.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Permute((2, 1)).forward(np.zeros((5, 3, 4))).shape
    (5, 4, 3)
    """

    def __init__(self, dims: Any, **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(np.ravel(numeric_array(dims, "dims")).tolist())
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "dims must name each axis of a sample once, counted from 1, such as (2, 1, 3), "
                f"got {shown(dims)}."
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, a, b, c)`` -> the same lengths in the new order."""
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(f"dims {self.dims} do not fit samples of shape {input_shape[1:]}.")
        return (None, *(input_shape[axis] for axis in self.dims))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Move the axes."""
        x = self.checked(x)
        self.remember(None, training)
        return x.transpose(0, *self.dims)

    def backward(self, dy: np.ndarray) -> Any:
        """Move them back."""
        self.recall()
        return dy.transpose(0, *(1 + np.argsort(self.dims)))
