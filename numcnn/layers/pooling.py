"""MaxPooling2D and AveragePooling2D: each window of the image becomes one number."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, one_of, pair
from numcnn.configuration import Fixed
from numcnn.engine import active_engine
from numcnn.geometry import PADDINGS, image_axes, window_grid
from numcnn.layers.base import Layer


class _Pooling2D(Layer):
    """What the two poolings share: a window with strides and padding, and no parameters."""

    fixed: ClassVar[Fixed] = {"data_format": ("channels_last", None)}
    takes_engine_layout = True

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: str = "valid",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, C)``."""
        H, W, C = image_axes(input_shape)
        grid = window_grid((H, W), self.pool_size, self.strides, self.padding)
        return (None, grid.OH, grid.OW, C)


class MaxPooling2D(_Pooling2D):
    """The largest pixel of each window, channel by channel.

    ``y[n, oy, ox, c] = max_{i,j} x[n, oy·SH + i − top, ox·SW + j − left, c]`` over the cells
    inside the image.  The gradient goes to that pixel alone; among equals to the first, row by row.

    Parameters
    ----------
    pool_size : int or (int, int), default (2, 2)
        Rows and columns of the window.
    strides : int or (int, int), optional
        The steps of the window; by default `pool_size`, so that the windows lie side by side.
    padding : {"valid", "same"}, default "valid"
        Whether windows may reach over the edge (`numcnn.geometry`); what is there never wins.
    **options
        What every layer takes (`Layer`), such as `name`.

    Examples
    --------
    >>> image = np.array([[1, 2, 0], [4, 3, 0], [5, 5, 9]], np.float32).reshape(1, 3, 3, 1)
    >>> MaxPooling2D(2, strides=1).forward(image)[0, :, :, 0]
    array([[4., 3.],
           [5., 9.]], dtype=float32)
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = (2, 2),
        strides: int | tuple[int, int] | None = None,
        padding: str = "valid",
        **options: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, **options)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``."""
        x = self.checked(x)
        y, cache = active_engine().maxpool2d_forward(x, self.pool_size, self.strides, self.padding)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        return cache.engine.maxpool2d_backward(dy, cache)


class AveragePooling2D(_Pooling2D):
    """The mean of each window, channel by channel.

    ``y[n, oy, ox, c]`` is the mean of ``x[n, oy·SH + i − top, ox·SW + j − left, c]`` over the cells
    (i, j) inside the image.  Each of those pixels gets an equal share of the gradient.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of the window.
    strides : int or (int, int), optional
        The steps of the window; by default `pool_size`, so that the windows lie side by side.
    padding : {"valid", "same"}, default "valid"
        Whether windows may reach over the edge (`numcnn.geometry`); what is there is not counted.
    **options
        What every layer takes (`Layer`), such as `name`.

    Examples
    --------
    >>> image = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)
    >>> AveragePooling2D(2, padding="same").forward(image)[0, :, :, 0]
    array([[3. , 4.5],
           [7.5, 9. ]], dtype=float32)
    """

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``."""
        x = self.checked(x)
        y, cache = active_engine().averagepool2d_forward(
            x, self.pool_size, self.strides, self.padding
        )
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        return cache.engine.averagepool2d_backward(dy, cache)
