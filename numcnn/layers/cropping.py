"""Cropping2D and CenterCrop: a part of the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, positive_int
from numcnn.layers.base import Layer
from numcnn.layers.resampling import Resizing
from numcnn.layers.zero_padding import sides


class Cropping2D(Layer):
    """Cut rows and columns off; their gradient is zero.

    Parameters
    ----------
    cropping : int, (int, int) or ((int, int), (int, int)), default ((0, 0), (0, 0))
        An int for all sides; ``(rows, columns)``; or ``((top, bottom), (left, right))``.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Cropping2D(((1, 0), (2, 2))).forward(np.zeros((1, 8, 8, 3))).shape
    (1, 7, 4, 3)
    """

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), **options: Any) -> None:
        super().__init__(**options)
        self.cropping = sides(cropping, "cropping")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, H − top − bottom, W − left − right, C)``."""
        H, W, C = image_axes(input_shape)
        rows, columns = H - sum(self.cropping[0]), W - sum(self.cropping[1])
        if rows < 1 or columns < 1:
            raise ValueError(
                f"cropping {self.cropping} leaves nothing of an image of {H} x {W} pixels."
            )
        return (None, rows, columns, C)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y, without the rows and columns at the edges."""
        x = self.checked(x)
        self.remember(x.shape, training)
        return x[self._inside(x.shape)]

    def backward(self, dy: np.ndarray) -> Any:
        """Put zeros where something was cut off."""
        shape = self.recall()
        dx = np.zeros(shape, dy.dtype)
        dx[self._inside(shape)] = dy
        return dx

    def _inside(self, shape: tuple[int, ...]) -> tuple[slice, slice, slice]:
        (top, bottom), (left, right) = self.cropping
        return slice(None), slice(top, shape[1] - bottom), slice(left, shape[2] - right)


class CenterCrop(Layer):
    """The middle of the image; a smaller image is resized, with what is too much cut off.

    Parameters
    ----------
    height, width : int
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> CenterCrop(2, 2).forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  6.],
           [ 9., 10.]], dtype=float32)
    """

    takes_one_image = True

    def __init__(self, height: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.height, self.width = positive_int(height, "height"), positive_int(width, "width")
        self._how: Any = None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, height, width, C)``."""
        _, _, C = image_axes(input_shape)
        return (None, self.height, self.width, C)

    def _inner(self, x: np.ndarray) -> Layer:
        """Return the layer that does it for images of this size."""
        _, H, W, _ = x.shape
        if self.height > H or self.width > W:
            inner: Any = Resizing(self.height, self.width, crop_to_aspect_ratio=True)
        else:
            top, left = (H - self.height) // 2, (W - self.width) // 2
            rest = (H - self.height - top, W - self.width - left)
            inner = Cropping2D(((top, rest[0]), (left, rest[1])))
        inner.dtype = self.dtype
        return inner

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, height, width, C)``."""
        x = self.checked(x)
        inner = self._inner(x)
        self.remember(inner, training)
        return inner.forward(x, training)

    def backward(self, dy: np.ndarray) -> Any:
        """Put dy back to where it came from."""
        return self.recall().backward(dy)
