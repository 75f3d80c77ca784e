"""Pooling, sixteen images at a time: any window, anywhere, for maximum and mean.

The innermost loop runs over the lanes.  How many they are is an argument, though it is always
sixteen: a loop this small over a constant would be written out, number by number, before the
compiler looks for SIMD.
"""

from __future__ import annotations

import numpy as np

from numcnn.engine.fast.compiled import LANES, loop, part, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.geometry import WindowGrid

L = LANES


@part
def cells_inside(o, stride, before, window, length):
    """Where window o starts on an axis, and from where to where its cells are inside the image."""
    start = o * stride - before
    return start, max(0, -start), min(window, length - start)


@loop
def maximum_loop(lanes, x, window, strides, pads, y, winner, start, stop):
    """The largest pixel of each window, and which of its cells that is, in row-major order.

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
                        winner[n, c, oy, u(ox * lanes + l)] = i0 * KW + j0
                    for i in range(i0, i1):
                        for j in range(j0, j1):
                            for l in range(lanes):
                                v = x[n, c, u(iy + i), u((ix + j) * lanes + l)]
                                best = y[n, c, oy, u(ox * lanes + l)]
                                if not (v <= best) and best == best:  # larger, or the first NaN
                                    y[n, c, oy, u(ox * lanes + l)] = v
                                    winner[n, c, oy, u(ox * lanes + l)] = i * KW + j


@loop
def maximum_back_loop(lanes, dy, winner, window, strides, pads, dx, start, stop):
    """Each window's gradient goes to its winner."""
    C, OH, OQ = dy.shape[1:]
    KW, (SH, SW), (top, _, left, _) = window[1], strides, pads
    for n in range(start, stop):
        dx[n] = 0
        for c in range(C):
            for oy in range(OH):
                for ox in range(OQ // lanes):
                    for l in range(lanes):
                        i, j = divmod(winner[n, c, oy, u(ox * lanes + l)], KW)
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
    """Numbers of x -> numbers of y, and the winning cell of each window."""
    B, C = x.shape[:2]
    y = empty((B, C, grid.OH, grid.OW * L), x.dtype)
    winner = empty(y.shape, np.int32)
    parallel(maximum_loop, B, 8 * x.size, L, x, window, strides, grid[2:], y, winner)
    return y, winner


def maximum_back(
    dy: np.ndarray,
    winner: np.ndarray,
    shape: tuple[int, ...],
    window: Pair,
    strides: Pair,
    grid: WindowGrid,
) -> np.ndarray:
    """Numbers of dy -> numbers of dx."""
    dx = empty(shape, dy.dtype)
    parallel(maximum_back_loop, len(dy), 8 * dx.size, L, dy, winner, window, strides, grid[2:], dx)
    return dx


def mean(x: np.ndarray, window: Pair, strides: Pair, grid: WindowGrid) -> np.ndarray:
    """Numbers of x -> numbers of y."""
    B, C = x.shape[:2]
    y = empty((B, C, grid.OH, grid.OW * L), x.dtype)
    parallel(mean_loop, B, 8 * x.size, L, x, window, strides, grid[2:], y)
    return y


def mean_back(
    dy: np.ndarray, shape: tuple[int, ...], window: Pair, strides: Pair, grid: WindowGrid
) -> np.ndarray:
    """Numbers of dy -> numbers of dx."""
    dx = empty(shape, dy.dtype)
    parallel(mean_back_loop, len(dy), 8 * dx.size, L, dy, window, strides, grid[2:], dx)
    return dx
