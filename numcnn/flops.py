"""The operations in a layer's formula: multiplications and additions, each counted as one."""

from __future__ import annotations

import math
from typing import Any

from numcnn.geometry import taps, window_grid
from numcnn.layers import Conv2D, Conv2DTranspose, Dense, DepthwiseConv2D, SeparableConv2D
from numcnn.layers.spread import widened

Shape = tuple[Any, ...]


def flop(layer: Any, input_shape: Shape, output_shape: Shape) -> int | None:
    """Return the operations of a layer for one sample; None where they are not counted.

    They are counted for convolutions and dense layers, without bias and activation.  Cells of a
    window outside the image do not count.

    Parameters
    ----------
    layer : Layer
    input_shape, output_shape : tuple
        ``(None, …)``.

    Examples
    --------
    >>> flop(Conv2D(8, 3), (None, 10, 10, 1), (None, 8, 8, 8))  # 2·8·8·8·3·3
    9216
    """
    if isinstance(layer, Dense):
        return 2 * math.prod(input_shape[1:]) * layer.units
    if isinstance(layer, Conv2DTranspose):
        return 2 * _cells_of_transposed(layer, input_shape) * input_shape[-1] * layer.filters
    if isinstance(layer, Conv2D):
        seen = input_shape[-1] // layer.groups
        return 2 * _cells_inside(layer, input_shape) * seen * layer.filters
    if isinstance(layer, DepthwiseConv2D | SeparableConv2D):
        channels = input_shape[-1] * layer.depth_multiplier
        depthwise = 2 * _cells_inside(layer, input_shape) * channels
        if isinstance(layer, DepthwiseConv2D):
            return depthwise
        return depthwise + 2 * math.prod(output_shape[1:]) * channels
    return None


def _cells_inside(layer: Any, input_shape: Shape) -> int:
    """Return how many cells of all windows meet a pixel, in one channel."""
    _, H, W, _ = input_shape
    window = widened(layer.kernel_size, layer.dilation_rate)
    grid = window_grid((H, W), window, layer.strides, layer.padding)
    (DH, DW), found = layer.dilation_rate, taps(grid, (H, W), window, layer.strides)
    return sum(
        math.prod(side.stop - side.start for side in tap.outputs[1:])
        for tap in found
        if tap.i % DH == 0 and tap.j % DW == 0  # no zero between the cells
    )


def _cells_of_transposed(layer: Any, input_shape: Shape) -> int:
    """Return how many cells of all pixels' windows are inside the output, in one channel."""
    axes = zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    inside = 1
    image = input_shape[1:3]
    for n, (k, s, d), (length, _, cut) in zip(image, axes, layer.sides(image), strict=True):
        inside *= sum(0 <= y * s + i * d - cut < length for y in range(n) for i in range(k))
    return inside
