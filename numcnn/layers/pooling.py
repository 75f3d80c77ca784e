"""MaxPooling2D and AveragePooling2D: each window of the image becomes one number."""

from typing import Any

import numpy as np

from numcnn.engine import active_engine
from numcnn.layers.window import Pooling2D


class MaxPooling2D(Pooling2D):
    """The largest pixel of each window, separately for each channel.

    ``y[n, oy, ox, c] = max_{i,j} x[n, oy·SH + i − top, ox·SW + j − left, c]`` over the cells
    inside the image.  The gradient goes to that pixel alone; of equal pixels, to the first.

    The parameters are those of `numcnn.layers.window.Pooling2D`.

    Examples
    --------
    >>> image = np.array([[1, 2, 0], [4, 3, 0], [5, 5, 9]], np.float32).reshape(1, 3, 3, 1)
    >>> MaxPooling2D(2, strides=1).forward(image)[0, :, :, 0]
    array([[4., 3.],
           [5., 9.]], dtype=float32)
    """

    takes_engine_layout = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``."""
        window = self.pool_size, self.strides, self.padding
        y, cache = active_engine().maxpool2d_forward(self.checked(x), *window)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        return cache.engine.maxpool2d_backward(dy, cache)


class AveragePooling2D(Pooling2D):
    """The mean of each window, separately for each channel.

    ``y[n, oy, ox, c]`` is the mean of ``x[n, oy·SH + i − top, ox·SW + j − left, c]`` over the cells
    (i, j) inside the image.  Each of those pixels gets an equal share of the gradient.

    The parameters are those of `numcnn.layers.window.Pooling2D`.  Padding is ignored.

    Examples
    --------
    >>> image = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)
    >>> AveragePooling2D(2, padding="same").forward(image)[0, :, :, 0]
    array([[3. , 4.5],
           [7.5, 9. ]], dtype=float32)
    """

    takes_engine_layout = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``."""
        window = self.pool_size, self.strides, self.padding
        y, cache = active_engine().averagepool2d_forward(self.checked(x), *window)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        return cache.engine.averagepool2d_backward(dy, cache)
