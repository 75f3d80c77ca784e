"""Rescaling: from the numbers of a picture file to those that a network learns from."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, numeric_array, shown
from numcnn.layers.base import Layer


class Rescaling(Layer):
    """``y = scale · x + offset``.

    Parameters
    ----------
    scale : float or sequence of float
        Such as ``1 / 255``; several are one for each channel.
    offset : float or sequence of float, default 0.0
    **options
        What every layer takes (`Layer`), such as `name`.

    Examples
    --------
    >>> Rescaling(1 / 127.5, offset=-1).forward(np.array([[0, 255]]))
    array([[-1.,  1.]], dtype=float32)
    """

    rescales = True

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.offset = _plain(scale, "scale"), _plain(offset, "offset")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape stays."""
        for name, values in (("scale", self.scale), ("offset", self.offset)):
            if np.ndim(values) and len(values) not in (1, input_shape[-1]):
                raise ValueError(
                    f"{name} has {len(values)} numbers, but the input {input_shape} has "
                    f"{input_shape[-1]} channels."
                )
        return input_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Scale every number."""
        x = self.checked(x)
        self.remember((), training)
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)

    def backward(self, dy: np.ndarray) -> Any:
        """Scale every gradient."""
        self.recall()
        return dy * np.asarray(self.scale, dy.dtype)


def _plain(values: Any, name: str) -> Any:
    """Return a number as a float, and a row of numbers as a list of floats."""
    array = numeric_array(values, name)
    if array.ndim > 1 or not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be one finite number, or one a channel, got {shown(values)}."
        )
    return array.astype(np.float64).tolist()
