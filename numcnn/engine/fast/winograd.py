"""Convolution with a window of 3 × 3 in 16 products for every 36: Winograd's minimal filtering.

Two neighbouring sums, ``y0 = x0·g0 + x1·g1 + x2·g2`` and ``y1 = x1·g0 + x2·g1 + x3·g2``, are six
products.  Four are enough::

    m0 = (x0 − x2) · g0
    m1 = (x1 + x2) · (g0 + g1 + g2) / 2        y0 = m0 + m1 + m2
    m2 = (x2 − x1) · (g0 − g1 + g2) / 2        y1 = m1 − m2 − m3
    m3 = (x1 − x3) · g2

Along the columns of an image and then along its rows, that makes 4 × 4 products for a tile of 2 × 2
pixels of y, which are 4 · 9 by the definition.  The additions before the products serve all
channels of y, and those behind them come after the sum over the channels of x: with many channels
of both they cost little.

The loops that work on sixteen images in this way are in `numcnn.engine.fast.tiles`.

Source: A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015
(arXiv:1509.09308), their F(2 × 2, 3 × 3); S. Winograd, Arithmetic Complexity of Computations, 1980.
"""

from __future__ import annotations

import numpy as np

from numcnn.engine.fast.blocks import SHAPES
from numcnn.engine.fast.compiled import LANES, loop, part, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel

L = LANES
FB, XB = SHAPES[0]
"""Channels, and tiles, whose products are computed at a time."""
MANY = 20
"""Channels on both sides from which it pays; more on one side make up for less on the other."""
TILES = 9
"""Tiles of an image from which it pays: the kernel's factors have to be made first.  Both measured
with ``python -m benchmarks.winograd``."""


def pays(kernel: np.ndarray, strides: tuple[int, int], OH: int, OW: int) -> bool:
    """Return whether OH × OW pixels are computed sooner in this way."""
    KH, KW, C, F = kernel.shape
    fits = (KH, KW, *strides) == (3, 3, 1, 1) and F >= FB
    many = 2 * C * F >= MANY * (C + F) and (OH // 2) * (OW // 2) >= TILES
    return fits and many


# --- four numbers, three weights, two sums -------------------------------------------------------


@part
def of_image(x0, x1, x2, x3):
    """Return the factors that are made of four numbers."""
    return x0 - x2, x1 + x2, x2 - x1, x1 - x3


@part
def of_kernel(g0, g1, g2, half):
    """Return the factors that are made of three weights."""
    return g0, half * (g0 + g1 + g2), half * (g0 - g1 + g2), g2


@part
def of_products(m0, m1, m2, m3):
    """Return the two sums that four products make."""
    return m0 + m1 + m2, m1 - m2 - m3


# --- the same along columns (v), and then along rows ---------------------------------------------


@loop
def kernel_loop(kernel, half, weights, start, stop):
    """``(3, 3, C, F)`` -> ``(groups, 16, C, FB)``; the last group may overlap the one before."""
    _, _, C, FB = weights.shape
    for group in range(start, stop):
        f = min(group * FB, kernel.shape[3] - FB)
        for c in range(C):
            for k in range(FB):
                g, w = kernel[:, :, c, f + k], weights[group, :, c, k]
                v0 = of_kernel(g[0, 0], g[1, 0], g[2, 0], half)
                v1 = of_kernel(g[0, 1], g[1, 1], g[2, 1], half)
                v2 = of_kernel(g[0, 2], g[1, 2], g[2, 2], half)
                for i in range(4):
                    w[4 * i], w[4 * i + 1], w[4 * i + 2], w[4 * i + 3] = of_kernel(
                        v0[i], v1[i], v2[i], half
                    )


def factors(kernel: np.ndarray) -> np.ndarray:
    """Return all factors that are made of a kernel ``(3, 3, C, F)``: ``(groups, 16, C, FB)``."""
    C, F = kernel.shape[2:]
    weights = empty((-(-F // FB), 16, C, FB), kernel.dtype)
    parallel(kernel_loop, len(weights), weights.size, kernel, kernel.dtype.type(0.5), weights)
    return weights


@part
def column(x, c, y, q):
    """Return the factors of four pixels, one below the other."""
    return of_image(
        x[c, u(y), u(q)], x[c, u(y + 1), u(q)], x[c, u(y + 2), u(q)], x[c, u(y + 3), u(q)]
    )


@part
def factors_of_tile(x, y, q, values, at):
    """The 4 × 4 pixels from (y, q) on, of all channels -> ``values[:, :, at:]``."""
    for c in range(x.shape[0]):
        for l in range(L):
            v0 = column(x, c, y, q + l)
            v1 = column(x, c, y, q + L + l)
            v2 = column(x, c, y, q + 2 * L + l)
            v3 = column(x, c, y, q + 3 * L + l)
            for i in range(4):
                (
                    values[4 * i, c, u(at + l)],
                    values[4 * i + 1, c, u(at + l)],
                    values[4 * i + 2, c, u(at + l)],
                    values[4 * i + 3, c, u(at + l)],
                ) = of_image(v0[i], v1[i], v2[i], v3[i])


@part
def tile_of_products(m, k, l, bias):
    """Return the 2 × 2 pixels of a tile, row by row."""
    v0 = of_products(m[0, k, l], m[4, k, l], m[8, k, l], m[12, k, l])
    v1 = of_products(m[1, k, l], m[5, k, l], m[9, k, l], m[13, k, l])
    v2 = of_products(m[2, k, l], m[6, k, l], m[10, k, l], m[14, k, l])
    v3 = of_products(m[3, k, l], m[7, k, l], m[11, k, l], m[15, k, l])
    y00, y01 = of_products(v0[0], v1[0], v2[0], v3[0])
    y10, y11 = of_products(v0[1], v1[1], v2[1], v3[1])
    return y00 + bias, y01 + bias, y10 + bias, y11 + bias
