"""The gradients of a convolution whose window is one cell, a strip of rows after the other.

Such a window sees one pixel, so nothing of a strip reaches beyond it.  The strip's dy comes out of
relu and pooling, meets x in the kernel's gradient, and becomes dx, all in the nearer caches.  A
whole group of sixteen images would leave them between these steps: with 64 channels of 32 × 32
pixels it has four million bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.columns import columns_row, room_for_columns
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u

L = LANES
ROWS, VECTORS = 2, 64
"""The rows of a strip, at least; and the registers of a channel that are multiplied at a time: with
more the nearest cache would lose x, with fewer the sums would come and go too often."""


@cache
def strip_products(FB: int, CB: int) -> Any:
    """``products[c, f] += Σ g[f] · x[c]`` over some rows, lane by lane.

    FB filters and CB channels at a time: their sums stay in registers.
    """
    T = FB * CB

    @inner_loop
    def add_products(x, first, g, start, stop, products, sums):
        C, F, OW = len(x), len(g), g.shape[2] // L
        for cb in range(-(-C // CB)):
            c = min(cb * CB, C - CB)
            for fb in range(-(-F // FB)):
                f = min(fb * FB, F - FB)
                for l in range(L):
                    for t in range(T):
                        sums[t * L + l] = products[cb, fb, t * L + l]
                for row in range(start, stop):
                    for ox in range(OW):
                        for l in range(L):
                            for k in range(FB):
                                for b in range(CB):
                                    sums[(k * CB + b) * L + l] += (
                                        g[u(f + k), u(row), u(ox * L + l)]
                                        * x[u(c + b), u(first + row), u(ox * L + l)]
                                    )
                for l in range(L):
                    for t in range(T):
                        products[cb, fb, t * L + l] = sums[t * L + l]

    @inner_loop
    def add_lanes(products, dkernel):
        """The sixteen lanes of each product -> dkernel ``(C, F)``."""
        C, F = dkernel.shape
        for cb in range(-(-C // CB)):
            c = min(cb * CB, C - CB)
            for fb in range(-(-F // FB)):
                f = min(fb * FB, F - FB)
                for k in range(FB):
                    for b in range(CB):
                        at = (k * CB + b) * L
                        dkernel[c + b, f + k] = products[cb, fb, at : at + L].sum()

    return add_products, add_lanes


@cache
def one_cell_loop(FB: int, CB: int, block: Any, PH: int, upstream_gradient: Any) -> Any:
    """All gradients of some groups of images, as `numcnn.engine.fast.loops.gradients` orders them.

    `block` is that of dx, PH the rows of a pooling window behind the convolution.
    """
    add_products, add_lanes = strip_products(FB, CB)
    convolve_row = columns_row(*block)
    windows = max(1, ROWS // PH)
    sums_of_dx = block[0] * block[1] * L

    @loop
    def backward(lanes, upstream, x, rotated, geometry, input_gradient, gradients, start, stop):
        dy, y, argmax, relu = upstream
        OW = geometry[3]
        dx, dkernel, dbias, valid = gradients
        C, F = dkernel.shape[3:]
        no_bias, lower_bound = np.zeros(C, x.dtype), x.dtype.type(-np.inf)
        g = scratch((F, windows * PH, OW * L), x)
        g[:] = 0  # `upstream_gradient` leaves what no window covers as it is
        inside = (0, windows * PH, 0, OW)
        view = (g, inside, (1, 1), (1, 1))
        columns, cells = room_for_columns(view, rotated, OW * L)
        sums, row_sums = np.empty(FB * CB * L, x.dtype), np.empty(sums_of_dx, x.dtype)
        products = scratch((-(-C // CB), -(-F // FB), FB * CB * L), x)
        rows_at_a_time = max(1, VECTORS // OW)
        for n in range(start, stop):
            behind = (dy[n], y[n], argmax[n], relu)
            products[:] = 0
            for first in range(0, dy.shape[2], windows):
                last = min(first + windows, dy.shape[2])
                rows = (last - first) * PH
                upstream_gradient(
                    *(lanes, *behind, 0, F, (first, last), (1, 1)),
                    *(inside, 0, g, sums, dbias[n]),
                )
                for row in range(0, rows, rows_at_a_time):
                    stop_row = min(row + rows_at_a_time, rows)
                    add_products(x[n], first * PH, g, row, stop_row, products, sums)
                for row in range(rows):
                    convolve_row(
                        *(view, rotated, no_bias, lower_bound, row),
                        *(dx[n], first * PH + row, columns, cells, row_sums),
                    )
            dx[n, :, dy.shape[2] * PH :] = 0
            add_lanes(products, dkernel[n, 0, 0])
            valid[n] = True

    return backward
