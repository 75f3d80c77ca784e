"""Convolution with a window of 3 × 3 in 16 products for every 36: Winograd's minimal filtering.

Two neighbouring sums, ``y0 = x0·g0 + x1·g1 + x2·g2`` and ``y1 = x1·g0 + x2·g1 + x3·g2``, are six
products.  Four are enough::

    m0 = (x0 − x2) · g0
    m1 = (x1 + x2) · (g0 + g1 + g2) / 2        y0 = m0 + m1 + m2
    m2 = (x2 − x1) · (g0 − g1 + g2) / 2        y1 = m1 − m2 − m3
    m3 = (x1 − x3) · g2

Along the columns of an image and then along its rows, that makes 4 × 4 products for a tile of 2 × 2
pixels of y; the definition needs 4 · 9.  The additions before the products serve all channels of y,
and those behind them come after the sum over the channels of x: with many channels of both they
cost little.

The loops that work on sixteen images in this way are in `numcnn.engine.fast.loops.winograd_tiles`.

Source: A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015
(arXiv:1509.09308), their F(2 × 2, 3 × 3); S. Winograd, Arithmetic Complexity of Computations, 1980.
"""

from __future__ import annotations

import numpy as np

from numcnn.engine.fast.loops.block_sizes import SHAPES
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
FB, XB = SHAPES[0]
"""The channels, and the tiles, whose products are computed at a time."""
MIN_CHANNELS = 16
"""Channels of x, and of y, from which it pays."""
MIN_TILES = 9
"""Tiles of an image from which it pays: the kernel has to be transformed first.  Both numbers were
measured with ``python -m benchmarks.winograd``."""


def pays(kernel: np.ndarray, strides: tuple[int, int], OH: int, OW: int) -> bool:
    """Return whether this way is the faster one for OH × OW pixels."""
    KH, KW, C, F = kernel.shape
    fits = (KH, KW, *strides) == (3, 3, 1, 1)
    return fits and min(C, F) >= MIN_CHANNELS and (OH // 2) * (OW // 2) >= MIN_TILES


# --- four numbers, three weights, two sums -------------------------------------------------------


@inner_loop
def input_transform(x0, x1, x2, x3):
    """Four numbers -> the left factors of the four products."""
    return x0 - x2, x1 + x2, x2 - x1, x1 - x3


@inner_loop
def kernel_transform(g0, g1, g2, half):
    """Three weights -> the right factors of the four products."""
    return g0, half * (g0 + g1 + g2), half * (g0 - g1 + g2), g2


@inner_loop
def output_transform(m0, m1, m2, m3):
    """Four products -> the two sums."""
    return m0 + m1 + m2, m1 - m2 - m3


# --- the same along columns (v), and then along rows ---------------------------------------------


@inner_loop
def transform_weights(kernel, j, c, f, half):
    """Transform column j of a window."""
    return kernel_transform(
        kernel[0, j, c, u(f)], kernel[1, j, c, u(f)], kernel[2, j, c, u(f)], half
    )


@loop
def kernel_transform_loop(kernel, half, weights, start, stop):
    """``(3, 3, C, F)`` -> ``(blocks, 16, C, FB)``; the last block may overlap the one before."""
    _, _, C, FB = weights.shape
    for block in range(start, stop):
        f = min(block * FB, kernel.shape[3] - FB)
        for c in range(C):
            for k in range(FB):
                v0 = transform_weights(kernel, 0, c, f + k, half)
                v1 = transform_weights(kernel, 1, c, f + k, half)
                v2 = transform_weights(kernel, 2, c, f + k, half)
                for i in range(4):
                    (
                        weights[block, 4 * i, c, k],
                        weights[block, 4 * i + 1, c, k],
                        weights[block, 4 * i + 2, c, k],
                        weights[block, 4 * i + 3, c, k],
                    ) = kernel_transform(v0[i], v1[i], v2[i], half)


def transformed_kernel(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel ``(3, 3, C, F)`` in Winograd's form, ``(blocks, 16, C, FB)``."""
    C, F = kernel.shape[2:]
    weights = empty((-(-F // FB), 16, C, FB), kernel.dtype)
    half = kernel.dtype.type(0.5)
    parallel_for(kernel_transform_loop, len(weights), weights.size, kernel, half, weights)
    return weights


@inner_loop
def transform_column(x, c, y, q):
    """Transform four pixels, one below the other."""
    return input_transform(
        x[c, u(y), u(q)], x[c, u(y + 1), u(q)], x[c, u(y + 2), u(q)], x[c, u(y + 3), u(q)]
    )


@inner_loop
def transform_tile(x, y, q, values, at):
    """Transform the 4 × 4 pixels from (y, q) on, of all channels, into ``values[:, :, at:]``."""
    for c in range(x.shape[0]):
        for l in range(L):
            v0 = transform_column(x, c, y, q + l)
            v1 = transform_column(x, c, y, q + L + l)
            v2 = transform_column(x, c, y, q + 2 * L + l)
            v3 = transform_column(x, c, y, q + 3 * L + l)
            for i in range(4):
                (
                    values[4 * i, c, u(at + l)],
                    values[4 * i + 1, c, u(at + l)],
                    values[4 * i + 2, c, u(at + l)],
                    values[4 * i + 3, c, u(at + l)],
                ) = input_transform(v0[i], v1[i], v2[i], v3[i])


@inner_loop
def output_tile(m, k, l, bias):
    """Sixteen products of a tile -> its 2 × 2 pixels, row by row."""
    v0 = output_transform(m[0, k, l], m[4, k, l], m[8, k, l], m[12, k, l])
    v1 = output_transform(m[1, k, l], m[5, k, l], m[9, k, l], m[13, k, l])
    v2 = output_transform(m[2, k, l], m[6, k, l], m[10, k, l], m[14, k, l])
    v3 = output_transform(m[3, k, l], m[7, k, l], m[11, k, l], m[15, k, l])
    y00, y01 = output_transform(v0[0], v1[0], v2[0], v3[0])
    y10, y11 = output_transform(v0[1], v1[1], v2[1], v3[1])
    return y00 + bias, y01 + bias, y10 + bias, y11 + bias
