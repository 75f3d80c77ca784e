"""Convolution by the columns of a row of pixels: im2col, but no more of it than a cache holds.

The column of a pixel is all that its window sees.  The columns of a row of sixteen images are
copied out of x, where channels lie far apart; then FB filters after the other take them from there.

That pays where the window is one cell and there are many filters.  There the definition's loop
reads each number once for every block of filters, and the channels of a pixel, often a power of two
apart, drive each other out of the cache.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
MIN_BLOCKS = 3
"""Blocks of filters from which the copy pays."""


def pays(kernel: np.ndarray, block: tuple[int, int]) -> bool:
    """Return whether this way is the faster one."""
    return block[0] > 1 and kernel.shape[:2] == (1, 1) and kernel.shape[3] >= MIN_BLOCKS * block[0]


def blocks(kernel: np.ndarray, FB: int) -> np.ndarray:
    """``(KH, KW, C, F)`` -> ``(blocks, KH, KW, C, FB)``; the last block may overlap the one before.

    So a loop reads the weights of FB filters one behind the other.  In the kernel they are F
    numbers apart, often a power of two, and push each other out of the cache.

    Examples
    --------
    >>> blocks(np.arange(5.0).reshape(1, 1, 1, 5), 2).ravel()
    array([0., 1., 2., 3., 3., 4.])
    """
    weights = empty((-(-kernel.shape[3] // FB), *kernel.shape[:3], FB), kernel.dtype)
    filters = kernel.transpose(3, 0, 1, 2)  # of any memory order: the loop is compiled once
    parallel_for(blocks_loop, len(weights), 8 * weights.size, filters, weights)
    return weights


@loop
def blocks_loop(filters, weights, start, stop):
    """Blocks start to stop of `blocks`."""
    F, KH, KW, C = filters.shape
    FB = weights.shape[4]
    for block in range(start, stop):
        f = min(block * FB, F - FB)
        for i in range(KH):
            for j in range(KW):
                for c in range(C):
                    for k in range(FB):
                        weights[block, i, j, c, k] = filters[u(f + k), i, j, c]


@cache
def columns_row(FB: int, XB: int) -> Any:
    """All channels of one row oy of y; the kernel, of one cell, comes in `blocks`.

    FB filters of XB pixels stay in registers.
    """
    P = XB * L

    @inner_loop
    def copy_columns(x, oy, strides, columns):
        """The columns of row oy: the channels of each of its pixels."""
        SH, SW = strides
        for c in range(x.shape[0]):
            for ox in range(columns.shape[2] // L - 1):
                for l in range(L):
                    columns[0, c, u(ox * L + l)] = x[c, u(oy * SH), u(ox * SW * L + l)]

    @inner_loop
    def multiply(weights, columns, at, sums):
        """``sums = Σ weights · columns``: FB filters of XB pixels."""
        for t in range(FB * P):
            sums[t] = 0
        for c in range(len(weights)):
            for l in range(L):
                for k in range(FB):
                    for m in range(XB):
                        sums[k * P + m * L + l] += (
                            weights[c, k] * columns[0, c, u((at + m) * L + l)]
                        )

    @inner_loop
    def convolve_row(view, weights, bias, lower_bound, oy, y, row, columns, sums):
        F, OW = len(y), y.shape[2] // L
        copy_columns(view[0], oy, view[2], columns)
        for block in range(len(weights)):
            f = min(block * FB, F - FB)
            for ox in range(0, OW, XB):
                at = min(ox, OW - XB)
                multiply(weights[block, 0, 0], columns, at, sums)
                for l in range(P):
                    for k in range(FB):
                        s = sums[k * P + l] + bias[u(f + k)]
                        y[u(f + k), u(row), u(at * L + l)] = lower_bound if s < lower_bound else s

    return convolve_row


@inner_loop
def room_for_columns(x, OQ):
    """Room for the columns of a row, and a lane more: channels are no power of two apart."""
    return scratch((1, x.shape[0], OQ + L), x)


@cache
def columns_image(FB: int, XB: int) -> Any:
    """As `numcnn.engine.fast.loops.convolution.direct_image`; the kernel comes in `blocks`."""
    convolve_row = columns_row(FB, XB)

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        columns, sums = room_for_columns(view[0], y.shape[2]), np.empty(FB * XB * L, y.dtype)
        for oy in range(y.shape[1]):
            convolve_row(view, weights, bias, lower_bound, oy, y, oy, columns, sums)
        return True

    return convolve_image
