"""Convolution with a window of 3 × 3 in 36 products for every 144: Winograd's minimal filtering.

Two neighbouring sums, ``y0 = x0·g0 + x1·g1 + x2·g2`` and ``y1 = x1·g0 + x2·g1 + x3·g2``, are six
products.  Four are enough::

    m0 = (x0 − x2) · g0
    m1 = (x1 + x2) · (g0 + g1 + g2) / 2        y0 = m0 + m1 + m2
    m2 = (x2 − x1) · (g0 − g1 + g2) / 2        y1 = m1 − m2 − m3
    m3 = (x1 − x3) · g2

What stands behind it are polynomials.  The factors of the weights are the values of
``g0 + g1·p + g2·p²`` at the points 0, 1 and −1, up to a scale, and g2, its "value at infinity"; as
many points as the product of two polynomials needs to be known.  Here four sums of three products
are computed at once, from six: at 0, ±a, ±b and infinity, with ``a = 3/4`` and ``b = 3/2``.  (With
1 and 2, which are usual, rounding errors are twice as large, and the largest three times.)

Along the columns of an image and then along its rows, that makes 6 × 6 products for a tile of 4 × 4
pixels of y; the definition needs 16 · 9.  The additions before the products serve all channels of
y, and those behind them come after the sum over the channels of x: with many channels of both they
cost little.

The loops that work on sixteen images in this way are in `numcnn.engine.fast.loops.winograd_tiles`.
The transforms are written for the compiler: arrays of one axis with constant distances between the
six numbers, so that an address is computed once for all of them.

Source: A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015
(arXiv:1509.09308), their F(4 × 4, 3 × 3); S. Winograd, Arithmetic Complexity of Computations, 1980.
The points: B. Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution
for Deep Neural Networks, 2020 (arXiv:1803.10986), who search for such.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
TILE = 4
"""Pixels of y on the side of a tile."""
MIN_CHANNELS = 11
"""Channels of x, and of y, from which it pays with sixteen registers (Zen 3); more where tiles
overlap."""
MIN_SIDE = 6
"""Pixels on a side of y from which it pays: the tiles overlap, and the kernel has its price too.
``python -m benchmarks.winograd`` measures both ways."""


def pays(kernel: np.ndarray, strides: tuple[int, int], OH: int, OW: int) -> bool:
    """Return whether this way is the faster one for OH × OW pixels."""
    KH, KW, C, F = kernel.shape
    fits = (KH, KW, *strides) == (3, 3, 1, 1) and min(OH, OW) >= MIN_SIDE
    computed = -(-OH // TILE) * -(-OW // TILE) * TILE * TILE
    return fits and min(C, F) * OH * OW >= MIN_CHANNELS * computed


# --- six numbers, three weights, four sums -------------------------------------------------------


@inner_loop
def points(like):
    """a and b, in the precision of an array."""
    return like.dtype.type(0.75), like.dtype.type(1.5)


@inner_loop
def input_transform(x0, x1, x2, x3, x4, x5, a, b):
    """Six numbers -> the left factors of the six products."""
    a2, b2 = a * a, b * b
    even_a, odd_a = x4 - b2 * x2, a * (x3 - b2 * x1)
    even_b, odd_b = x4 - a2 * x2, b * (x3 - a2 * x1)
    first = a2 * b2 * x0 - (a2 + b2) * x2 + x4
    last = a2 * b2 * x1 - (a2 + b2) * x3 + x5
    return first, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, last


@inner_loop
def kernel_transform(g0, g1, g2, a, b):
    """Three weights -> the right factors of the six products."""
    a2, b2 = a * a, b * b
    of_a, of_b = 1 / (2 * a2 * (a2 - b2)), 1 / (2 * b2 * (b2 - a2))
    even_a, odd_a = of_a * (g0 + a2 * g2), of_a * a * g1
    even_b, odd_b = of_b * (g0 + b2 * g2), of_b * b * g1
    first = g0 / (a2 * b2)
    return first, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, g2


@inner_loop
def output_transform(m0, m1, m2, m3, m4, m5, a, b):
    """Six products -> the four sums."""
    a2, b2 = a * a, b * b
    even_a, odd_a = m1 + m2, a * (m1 - m2)
    even_b, odd_b = m3 + m4, b * (m3 - m4)
    y0, y1 = m0 + even_a + even_b, odd_a + odd_b
    return y0, y1, a2 * even_a + b2 * even_b, a2 * odd_a + b2 * odd_b + m5


# --- the same along columns (v), and then along rows ---------------------------------------------


@loop
def kernel_transform_loop(filters, weights, start, stop):
    """``(F, 3, 3, C)`` -> ``(blocks, 36, C, FB)``; the last block may overlap the one before."""
    _, _, C, FB = weights.shape
    v = np.empty((6, 3, FB))  # in float64: it costs little
    a, b = points(v)
    for block in range(start, stop):
        f = min(block * FB, len(filters) - FB)
        for c in range(C):
            for j in range(3):
                for k in range(FB):
                    g = u(f + k)
                    v[0, j, k], v[1, j, k], v[2, j, k], v[3, j, k], v[4, j, k], v[5, j, k] = (
                        kernel_transform(
                            filters[g, 0, j, c], filters[g, 1, j, c], filters[g, 2, j, c], a, b
                        )
                    )
            for i in range(6):
                for k in range(FB):
                    (
                        weights[block, 6 * i, c, k],
                        weights[block, 6 * i + 1, c, k],
                        weights[block, 6 * i + 2, c, k],
                        weights[block, 6 * i + 3, c, k],
                        weights[block, 6 * i + 4, c, k],
                        weights[block, 6 * i + 5, c, k],
                    ) = kernel_transform(v[i, 0, k], v[i, 1, k], v[i, 2, k], a, b)


def transformed_kernel(kernel: np.ndarray, FB: int) -> np.ndarray:
    """Return a kernel ``(3, 3, C, F)`` in Winograd's form, ``(blocks, 36, C, FB)``."""
    C, F = kernel.shape[2:]
    weights = empty((-(-F // FB), 36, C, FB), kernel.dtype)
    filters = kernel.transpose(3, 0, 1, 2)  # of any memory order: the loop is compiled once
    parallel_for(kernel_transform_loop, len(weights), 4 * weights.size, filters, weights)
    return weights


@cache
def transform_tile(step: int) -> Any:
    """6 × 6 pixels of all channels -> their 36 factors, `step` numbers apart."""

    @inner_loop
    def transform(x, y, q, values, at, v):
        a, b = points(x)
        for c in range(x.shape[0]):
            for p in range(6 * L):
                v[p], v[6 * L + p], v[12 * L + p], v[18 * L + p], v[24 * L + p], v[30 * L + p] = (
                    input_transform(
                        x[c, u(y), u(q + p)],
                        x[c, u(y + 1), u(q + p)],
                        x[c, u(y + 2), u(q + p)],
                        x[c, u(y + 3), u(q + p)],
                        x[c, u(y + 4), u(q + p)],
                        x[c, u(y + 5), u(q + p)],
                        a,
                        b,
                    )
                )
            for i in range(6):
                for l in range(L):
                    r, w = 6 * i * L + l, u(at + 6 * i * step + l)
                    (
                        values[c, w],
                        values[c, w + u(step)],
                        values[c, w + u(2 * step)],
                        values[c, w + u(3 * step)],
                        values[c, w + u(4 * step)],
                        values[c, w + u(5 * step)],
                    ) = input_transform(
                        v[r], v[r + L], v[r + 2 * L], v[r + 3 * L], v[r + 4 * L], v[r + 5 * L], a, b
                    )

    return transform


@inner_loop
def window_sizes(x, y, q, sizes, at, v):
    """6 × 6 pixels of all channels -> Σ |x| of the 4 × 4 windows in them.

    0 tells a window of zeros, whose products would add up to a rounding error.
    """
    v[:] = 0
    for c in range(x.shape[0]):
        for i in range(6):
            for p in range(6 * L):
                v[6 * i * L + p] += abs(x[c, u(y + i), u(q + p)])
    for i in range(4):
        for p in range(6 * L):
            w = 6 * i * L + p
            v[w] += v[w + 6 * L] + v[w + 12 * L]
        for p in range(4 * L):
            w = 6 * i * L + p
            sizes[u(at + 4 * i * L + p)] = v[w] + v[w + L] + v[w + 2 * L]


@cache
def output_tile(step: int) -> Any:
    """The 36 products of a tile, from ``m[at]`` on, `step` numbers apart -> its 4 × 4 pixels.

    A window of zeros gives the bias itself, as by the definition.  A rounding error beside it would
    send a gradient through a relu that the definition keeps shut, and Adam would make a step of
    full size of it.
    """

    @inner_loop
    def transform(m, at, bias, sizes, size_at, v, pixels, nonfinite):
        a, b = points(m)
        zero = m.dtype.type(0)
        for j in range(6):
            for l in range(L):
                r, w = u(at + j * step + l), j * L + l
                v[w], v[6 * L + w], v[12 * L + w], v[18 * L + w] = output_transform(
                    m[r],
                    m[r + u(6 * step)],
                    m[r + u(12 * step)],
                    m[r + u(18 * step)],
                    m[r + u(24 * step)],
                    m[r + u(30 * step)],
                    a,
                    b,
                )
        for i in range(4):
            for l in range(L):
                r, w = 6 * i * L + l, 4 * i * L + l
                y0, y1, y2, y3 = output_transform(
                    v[r], v[r + L], v[r + 2 * L], v[r + 3 * L], v[r + 4 * L], v[r + 5 * L], a, b
                )
                nonfinite[l] += 0 * (y0 + y1 + y2 + y3)
                s = u(size_at + w)
                pixels[w] = (zero if sizes[s] == 0 else y0) + bias
                pixels[w + L] = (zero if sizes[s + u(L)] == 0 else y1) + bias
                pixels[w + 2 * L] = (zero if sizes[s + u(2 * L)] == 0 else y2) + bias
                pixels[w + 3 * L] = (zero if sizes[s + u(3 * L)] == 0 else y3) + bias

    return transform
