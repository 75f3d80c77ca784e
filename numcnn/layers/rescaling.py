"""Rescaling: scale pixels to a range that suits a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, counted, numeric_array, shown
from numcnn.layers.base import Layer


class Rescaling(Layer):
    """``y = scale · x + offset``.

    Parameters
    ----------
    scale : float or sequence of float
        Such as ``1 / 255``; a sequence has one number for each channel.
    offset : float or sequence of float, default 0.0
    **options
        Options of every layer (`Layer`), such as `name`.

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
        """The output has the input's shape."""
        for name, values in (("scale", self.scale), ("offset", self.offset)):
            if np.ndim(values) and len(values) not in (1, input_shape[-1]):
                raise ValueError(
                    f"{name} has {counted(len(values), 'number')}, but the input {input_shape} has "
                    f"{counted(input_shape[-1] or 0, 'channel')}."
                )
        return input_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return ``scale · x + offset``."""
        x = self.checked(x)
        self.remember((), training)
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)

    def backward(self, dy: np.ndarray) -> Any:
        """Return ``scale · dy``."""
        self.recall()
        return dy * np.asarray(self.scale, dy.dtype)


def _plain(values: Any, name: str) -> Any:
    """Return a number as a float, or a row of numbers as a list of floats."""
    array = numeric_array(values, name)
    if array.ndim > 1 or not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be a finite number, or one for each channel, got {shown(values)}."
        )
    return array.astype(np.float64).tolist()
