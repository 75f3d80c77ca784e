"""GlobalAveragePooling2D and GlobalMaxPooling2D: one number for each channel of an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, flag, image_axes
from numcnn.engine import active_engine
from numcnn.layers.base import Layer


class GlobalPooling2D(Layer):
    """The common base of both: the window is the whole image."""

    def __init__(self, *, keepdims: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.keepdims = flag(keepdims, "keepdims")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, C)``, or with `keepdims` ``(None, 1, 1, C)``."""
        *_, C = image_axes(input_shape)
        return (None, 1, 1, C) if self.keepdims else (None, C)


class GlobalAveragePooling2D(GlobalPooling2D):
    """``y[n, c] = mean_{h,w} x[n, h, w, c]``; each pixel gets an equal share of the gradient.

    Parameters
    ----------
    keepdims : bool, default False
        Whether y is ``(N, 1, 1, C)`` instead of ``(N, C)``.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> GlobalAveragePooling2D().forward(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 4.]], dtype=float32)
    """

    takes_engine_layout = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, C)``."""
        x = self.checked(x)
        y, cache = active_engine().global_mean_forward(x)  # (N, 1, 1, C)
        self.remember(cache, training)
        return y if self.keepdims else y.reshape(len(y), y.shape[-1])

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, C)`` -> dx ``(N, H, W, C)``."""
        cache = self.recall()
        dy = dy.reshape(len(dy), 1, 1, dy.shape[-1])
        return cache.engine.global_mean_backward(dy, cache)


class GlobalMaxPooling2D(GlobalPooling2D):
    """``y[n, c] = max_{h,w} x[n, h, w, c]``; several largest pixels share the gradient equally.

    Parameters
    ----------
    keepdims : bool, default False
        Whether y is ``(N, 1, 1, C)`` instead of ``(N, C)``.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> GlobalMaxPooling2D().forward(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[6., 7.]], dtype=float32)
    """

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, C)``."""
        x = self.checked(x)
        self.remember(x, training)
        return x.max(axis=(1, 2), keepdims=self.keepdims)

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, C)`` -> dx ``(N, H, W, C)``."""
        x = self.recall()
        N, _, _, C = x.shape
        largest = (x == x.max(axis=(1, 2), keepdims=True)) | np.isnan(x)  # a NaN is the maximum
        share = dy.reshape(N, 1, 1, C) / largest.sum(axis=(1, 2), keepdims=True)
        return np.where(largest, share, 0).astype(dy.dtype)
