"""Flatten: an image becomes a row of numbers."""

import math
from typing import Any

import numpy as np

from numcnn.checks import Shape
from numcnn.engine import active_engine
from numcnn.layers.base import Layer


class Flatten(Layer):
    """The numbers of a sample in one row, in C order: the channels of a pixel stay together.

    Examples
    --------
    >>> Flatten().forward(np.zeros((2, 4, 4, 16))).shape
    (2, 256)
    """

    takes_engine_layout = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, H·W·C)``."""
        return (None, math.prod(input_shape[1:]))  # type: ignore[arg-type]

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, H·W·C)``."""
        y, cache = active_engine().flatten_forward(self.checked(x))
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, H·W·C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        return cache.engine.flatten_backward(dy, cache)
