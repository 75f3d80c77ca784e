"""Maximum and mean pooling, sixteen images at a time: any window, strides and padding.

The innermost loop runs over the lanes.  Their number is an argument, though it is always sixteen:
the compiler would unroll a short loop over a constant, number by number, before it looks for SIMD.
"""

from __future__ import annotations

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for
from numcnn.geometry import WindowGrid

L = LANES


@inner_loop
def cells_inside(o, stride, before, window, length):
    """The start of window o on an axis, and the range of its cells inside the image."""
    start = o * stride - before
    return start, max(0, -start), min(window, length - start)


@loop
def maximum_loop(lanes, x, window, strides, pads, y, argmax, start, stop):
    """The largest pixel of each window, and which of its cells it is, in row-major order.

    Windows are never padded: i and j run over the cells inside the image only.
    """
    C, H, Q = x.shape[1:]
    OH, W = y.shape[2], Q // lanes
    (KH, KW), (SH, SW), (top, _, left, _) = window, strides, pads
    for n in range(start, stop):
        for c in range(C):
            for oy in range(OH):
                iy, i0, i1 = cells_inside(oy, SH, top, KH, H)
                for ox in range(y.shape[3] // lanes):
                    ix, j0, j1 = cells_inside(ox, SW, left, KW, W)
                    for l in range(lanes):
                        y[n, c, oy, u(ox * lanes + l)] = x[
                            n, c, u(iy + i0), u((ix + j0) * lanes + l)
                        ]
                        argmax[n, c, oy, u(ox * lanes + l)] = i0 * KW + j0
                    for i in range(i0, i1):
                        for j in range(j0, j1):
                            for l in range(lanes):
                                v = x[n, c, u(iy + i), u((ix + j) * lanes + l)]
                                best = y[n, c, oy, u(ox * lanes + l)]
                                if not (v <= best) and best == best:  # larger, or the first NaN
                                    y[n, c, oy, u(ox * lanes + l)] = v
                                    argmax[n, c, oy, u(ox * lanes + l)] = i * KW + j


@loop
def maximum_back_loop(lanes, dy, argmax, window, strides, pads, dx, start, stop):
    """Each window's gradient goes to its largest pixel."""
    C, OH, OQ = dy.shape[1:]
    KW, (SH, SW), (top, _, left, _) = window[1], strides, pads
    for n in range(start, stop):
        dx[n] = 0
        for c in range(C):
            for oy in range(OH):
                for ox in range(OQ // lanes):
                    for l in range(lanes):
                        i, j = divmod(argmax[n, c, oy, u(ox * lanes + l)], KW)
                        dx[n, c, u(oy * SH - top + i), u((ox * SW - left + j) * lanes + l)] += dy[
                            n, c, oy, u(ox * lanes + l)
                        ]


@loop
def mean_loop(lanes, x, window, strides, pads, y, start, stop):
    """The mean of each window over its cells inside the image."""
    C, H, Q = x.shape[1:]
    OH, W = y.shape[2], Q // lanes
    (KH, KW), (SH, SW), (top, _, left, _) = window, strides, pads
    for n in range(start, stop):
        y[n] = 0
        for c in range(C):
            for oy in range(OH):
                iy, i0, i1 = cells_inside(oy, SH, top, KH, H)
                for ox in range(y.shape[3] // lanes):
                    ix, j0, j1 = cells_inside(ox, SW, left, KW, W)
                    count = x.dtype.type((i1 - i0) * (j1 - j0))
                    for i in range(i0, i1):
                        for j in range(j0, j1):
                            for l in range(lanes):
                                y[n, c, oy, u(ox * lanes + l)] += x[
                                    n, c, u(iy + i), u((ix + j) * lanes + l)
                                ]
                    for l in range(lanes):
                        y[n, c, oy, u(ox * lanes + l)] /= count


@loop
def mean_back_loop(lanes, dy, window, strides, pads, dx, start, stop):
    """Each pixel of a window gets an equal share of its gradient."""
    C, H, Q = dx.shape[1:]
    OH, W = dy.shape[2], Q // lanes
    (KH, KW), (SH, SW), (top, _, left, _) = window, strides, pads
    for n in range(start, stop):
        dx[n] = 0
        for c in range(C):
            for oy in range(OH):
                iy, i0, i1 = cells_inside(oy, SH, top, KH, H)
                for ox in range(dy.shape[3] // lanes):
                    ix, j0, j1 = cells_inside(ox, SW, left, KW, W)
                    count = dx.dtype.type((i1 - i0) * (j1 - j0))
                    for i in range(i0, i1):
                        for j in range(j0, j1):
                            for l in range(lanes):
                                dx[n, c, u(iy + i), u((ix + j) * lanes + l)] += (
                                    dy[n, c, oy, u(ox * lanes + l)] / count
                                )


Pair = tuple[int, int]


def maximum(
    x: np.ndarray, window: Pair, strides: Pair, grid: WindowGrid
) -> tuple[np.ndarray, np.ndarray]:
    """x ``(B, C, H, W·16)`` -> y, and for each window the cell of its maximum."""
    B, C = x.shape[:2]
    y = empty((B, C, grid.OH, grid.OW * L), x.dtype)
    argmax = empty(y.shape, np.int32)
    parallel_for(maximum_loop, B, 8 * x.size, L, x, window, strides, grid[2:], y, argmax)
    return y, argmax


def maximum_back(
    dy: np.ndarray,
    argmax: np.ndarray,
    shape: tuple[int, ...],
    window: Pair,
    strides: Pair,
    grid: WindowGrid,
) -> np.ndarray:
    """dy -> dx of this shape."""
    dx = empty(shape, dy.dtype)
    parallel_for(
        maximum_back_loop, len(dy), 8 * dx.size, L, dy, argmax, window, strides, grid[2:], dx
    )
    return dx


def mean(x: np.ndarray, window: Pair, strides: Pair, grid: WindowGrid) -> tuple[np.ndarray, None]:
    """x ``(B, C, H, W·16)`` -> y, and nothing that its gradient needs."""
    B, C = x.shape[:2]
    y = empty((B, C, grid.OH, grid.OW * L), x.dtype)
    parallel_for(mean_loop, B, 8 * x.size, L, x, window, strides, grid[2:], y)
    return y, None


def mean_back(
    dy: np.ndarray, _: None, shape: tuple[int, ...], window: Pair, strides: Pair, grid: WindowGrid
) -> np.ndarray:
    """dy -> dx of this shape."""
    dx = empty(shape, dy.dtype)
    parallel_for(mean_back_loop, len(dy), 8 * dx.size, L, dy, window, strides, grid[2:], dx)
    return dx
