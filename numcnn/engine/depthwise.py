"""Depthwise convolution, and its gradients, in NumPy: a window for each channel alone."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from numcnn.geometry import window_grid

Array = np.ndarray
Pair = tuple[int, int]


class Cache(tuple):
    """The values that `depthwise2d_backward` needs."""

    engine = sys.modules[__name__]


def depthwise2d_forward(
    x: Array,
    kernel: Array,
    bias: Array | None,
    strides: Pair,
    padding: str,
    dilation: Pair,
) -> tuple[Array, Cache]:
    """``y[n, oy, ox, c·M + m] = bias[c·M + m] + Σ_{i,j} kernel[i, j, c, m] ·
    x[n, oy·SH + i·DH − top, ox·SW + j·DW − left, c]``, where x is 0 outside of the image.

    x ``(N, H, W, C)``, kernel ``(KH, KW, C, M)``, bias ``(C·M,)`` or None
    -> y ``(N, OH, OW, C·M)``, cache.
    """
    N, H, W, _ = x.shape
    KH, KW, C, M = kernel.shape
    window = (KH - 1) * dilation[0] + 1, (KW - 1) * dilation[1] + 1
    OH, OW, top, bottom, left, right = window_grid((H, W), window, strides, padding)
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    y = np.zeros((N, OH, OW, C, M), x.dtype)
    for i, j, pixels in cells(y, kernel, strides, dilation):
        y += padded[pixels][..., np.newaxis] * kernel[i, j]  # (…, C, 1) · (C, M)
    y = y.reshape(N, OH, OW, C * M)
    if bias is not None:
        y += bias
    inside = (slice(None), slice(top, top + H), slice(left, left + W))
    return y, Cache((padded, inside, kernel, bias, strides, dilation))


def depthwise2d_backward(
    dy: Array, cache: Cache, input_gradient: bool = True
) -> tuple[Array | None, Array, Array | None]:
    """``dx[n, iy, ix, c]``: the sum of kernel[i, j, c, m] · dy over all outputs that see the pixel.

    ``dkernel[i, j, c, m] = Σ_{n,oy,ox} dy[n, oy, ox, c·M + m] · x[n, oy·SH + i·DH − top,
    ox·SW + j·DW − left, c]``, and dbias is the sum of dy.

    dy ``(N, OH, OW, C·M)`` -> dx ``(N, H, W, C)``, dkernel ``(KH, KW, C, M)``, dbias ``(C·M,)``;
    None for dbias without a bias, for dx without ``input_gradient``.
    """
    padded, inside, kernel, bias, strides, dilation = cache
    dbias = None if bias is None else over_images(dy)
    dy = dy.reshape(*dy.shape[:3], *kernel.shape[2:])  # (N, OH, OW, C, M)
    dpadded, dkernel = np.zeros_like(padded), np.empty_like(kernel)
    for i, j, pixels in cells(dy, kernel, strides, dilation):
        dkernel[i, j] = over_images(padded[pixels][..., np.newaxis] * dy)
        if input_gradient:
            dpadded[pixels] += (dy * kernel[i, j]).sum(axis=-1)
    return dpadded[inside].copy() if input_gradient else None, dkernel, dbias


def cells(y: Array, kernel: Array, strides: Pair, dilation: Pair) -> Iterator[tuple[int, int, Any]]:
    """Yield each cell of the window with its pixels: at all positions, in the padded images."""
    (_, OH, OW), (KH, KW), (SH, SW) = y.shape[:3], kernel.shape[:2], strides
    for i, j in np.ndindex(KH, KW):
        r, q = i * dilation[0], j * dilation[1]
        rows, columns = slice(r, r + (OH - 1) * SH + 1, SH), slice(q, q + (OW - 1) * SW + 1, SW)
        yield i, j, (slice(None), rows, columns)


def over_images(x: Array) -> Array:
    """Return the sum over all pixels of all images; images are added in float64, to keep digits."""
    return x.sum(axis=(1, 2)).sum(axis=0, dtype=np.float64).astype(x.dtype)
