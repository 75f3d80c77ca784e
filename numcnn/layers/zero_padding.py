"""ZeroPadding2D: a frame of zeros around the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, positive_int, shown
from numcnn.layers.base import Layer


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around the image; their gradient is dropped.

    Parameters
    ----------
    padding : int, (int, int) or ((int, int), (int, int)), default (1, 1)
        An int for all sides; ``(rows, columns)``, rows above and below and columns left and right;
        or ``((top, bottom), (left, right))``.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> ZeroPadding2D(((1, 0), (0, 2))).forward(np.ones((1, 1, 2, 1)))[0, :, :, 0]
    array([[0., 0., 0., 0.],
           [1., 1., 0., 0.]], dtype=float32)
    """

    def __init__(self, padding: Any = (1, 1), **options: Any) -> None:
        super().__init__(**options)
        self.padding = sides(padding, "padding")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, top + H + bottom, left + W + right, C)``."""
        H, W, C = image_axes(input_shape)
        (top, bottom), (left, right) = self.padding
        return (None, top + H + bottom, left + W + right, C)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, top + H + bottom, left + W + right, C)``."""
        x = self.checked(x)
        self.remember(x.shape, training)
        return np.pad(x, ((0, 0), *self.padding, (0, 0)))

    def backward(self, dy: np.ndarray) -> Any:
        """Cut off the gradient of the padding."""
        _, H, W, _ = self.recall()
        (top, _), (left, _) = self.padding
        return dy[:, top : top + H, left : left + W]


def sides(given: Any, name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return ``((top, bottom), (left, right))`` for a number, a pair, or two pairs."""
    axes = given if isinstance(given, tuple | list) else (given, given)
    pairs = [axis if isinstance(axis, tuple | list) else (axis, axis) for axis in axes]
    if len(pairs) != 2 or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"{name} must be a whole number, a pair (rows, columns), or ((top, bottom), "
            f"(left, right)), got {shown(given)}."
        )
    (top, bottom), (left, right) = (
        [positive_int(cells, name, minimum=0) for cells in pair] for pair in pairs
    )
    return (top, bottom), (left, right)
