"""Pooling2D: the common base of both poolings, a window with strides and padding."""

from __future__ import annotations

from typing import Any

from numcnn.checks import Shape, image_axes, one_of, pair
from numcnn.geometry import PADDINGS, window_grid
from numcnn.layers.base import Layer


class Pooling2D(Layer):
    """Each window of the image becomes one number, separately for each channel.

    Parameters
    ----------
    pool_size : int or (int, int), default (2, 2)
        Rows and columns of the window.
    strides : int or (int, int), optional
        The steps of the window; by default `pool_size`, so that the windows lie side by side.
    padding : {"valid", "same"}, default "valid"
        Whether windows may extend beyond the edge of the image (`numcnn.geometry`).
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = (2, 2),
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
