"""Convolution by the columns of a row of pixels: im2col, but no more of it than a cache holds.

The column of a pixel is all that its window sees.  The columns of a row of sixteen images are
copied out of x, where channels lie far apart; then FB filters after the other take them from there.

That pays in two cases.  Where the window is one cell, the definition's loop reads each number once
for every block of filters, and the channels of a pixel, often a power of two apart, drive each
other out of the cache.  And in the gradient of a convolution with strides, dy has zeros between its
numbers: their cells are left out of the columns, and so never multiplied.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES
MIN_BLOCKS = 3
"""Blocks of filters from which the copy pays for windows of one cell."""


def pays(kernel: np.ndarray, gaps: tuple[int, int], block: tuple[int, int]) -> bool:
    """Return whether this way is the faster one."""
    many = kernel.shape[:2] == (1, 1) and kernel.shape[3] >= MIN_BLOCKS * block[0]
    return block[0] > 1 and (many or gaps != (1, 1))


def blocks(kernel: np.ndarray, FB: int) -> np.ndarray:
    """``(KH, KW, C, F)`` -> ``(blocks, KH, KW, C, FB)``; the last block may overlap the one before.

    Examples
    --------
    >>> blocks(np.arange(5).reshape(1, 1, 1, 5), 2).ravel()
    array([0, 1, 2, 3, 3, 4])
    """
    F = kernel.shape[3]
    return np.stack([kernel[..., f : f + FB] for f in (min(f, F - FB) for f in range(0, F, FB))])


@cache
def columns_row(FB: int, XB: int) -> Any:
    """All channels of one row oy of y; the kernel comes in `blocks`.

    FB filters of XB pixels stay in registers.  Pixels of a row that are GW apart, as far as the
    numbers of x, see the same cells of the window, and are computed together.
    """
    P = XB * L

    @inner_loop
    def copy_columns(view, window, oy, first, count, cells, columns):
        """The columns of `count` pixels of row oy; return the number of their cells."""
        x, (top, bottom, left, _), (SH, SW), (GH, GW) = view
        (KH, KW), iy, step = window, oy * SH, SW * GW
        i0 = top - iy if top > iy else (top - iy) % GH  # the first row with numbers
        found = 0
        for i in range(i0, min(KH, bottom - iy), GH):
            for j in range((left - first * SW) % GW, KW, GW):
                for c in range(x.shape[0]):
                    for m in range(count):
                        for l in range(L):
                            columns[u(found), c, u(m * L + l)] = x[
                                c, u(iy + i), u((first * SW + m * step + j) * L + l)
                            ]
                cells[found] = i * KW + j
                found += 1
        return found

    @inner_loop
    def multiply(weights, cells, found, columns, at, bias, f, sums):
        """``sums = bias + Σ weights · columns``: FB filters of XB pixels."""
        for l in range(P):
            for k in range(FB):
                sums[k * P + l] = bias[u(f + k)]
        for t in range(found):
            cell = u(cells[t])
            for c in range(weights.shape[1]):
                for l in range(L):
                    for k in range(FB):
                        for m in range(XB):
                            sums[k * P + m * L + l] += (
                                weights[cell, c, k] * columns[u(t), c, u((at + m) * L + l)]
                            )

    @inner_loop
    def convolve_row(view, weights, bias, lower_bound, oy, y, row, columns, cells, sums):
        (F, _, OQ), GW = y.shape, view[3][1]
        KH, KW, C = weights.shape[1:4]
        OW, by_cell = OQ // L, weights.reshape(len(weights), KH * KW, C, FB)
        for first in range(min(GW, OW)):
            count = (OW - first + GW - 1) // GW
            found = copy_columns(view, (KH, KW), oy, first, count, cells, columns)
            for block in range(len(weights)):
                f = min(block * FB, F - FB)
                for m0 in range(0, count, XB):
                    at = min(m0, count - XB)
                    multiply(by_cell[block], cells, found, columns, at, bias, f, sums)
                    for l in range(L):
                        for k in range(FB):
                            for m in range(XB):
                                s = sums[k * P + m * L + l]
                                y[u(f + k), u(row), u((first + (at + m) * GW) * L + l)] = (
                                    lower_bound if s < lower_bound else s
                                )

    return convolve_row


@inner_loop
def room_for_columns(view, weights, OQ):
    """Room for the columns of a row, and for the cells of a window."""
    x, _, _, (GH, GW) = view
    KH, KW, C = weights.shape[1:4]
    most = -(-KH // GH) * -(-KW // GW)
    columns = scratch((most, C, OQ + L), x)  # a lane more: channels are no power of two apart
    return columns, np.empty(KH * KW, np.intp)


@cache
def columns_image(FB: int, XB: int) -> Any:
    """As `numcnn.engine.fast.loops.convolution.direct_image`; the kernel comes in `blocks`."""
    convolve_row = columns_row(FB, XB)

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        columns, cells = room_for_columns(view, weights, y.shape[2])
        sums = np.empty(FB * XB * L, y.dtype)
        for oy in range(y.shape[1]):
            convolve_row(view, weights, bias, lower_bound, oy, y, oy, columns, cells, sums)
        return True

    return convolve_image
