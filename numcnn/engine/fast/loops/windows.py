"""Pooling over windows side by side, a row of windows at a time: the maximum or the mean.

Beside the pixels of y, pooling writes a byte for each window, from which the gradient finds its way
back through pooling and relu: which cell was the maximum; or, for a mean, a bit for each cell that
relu has let through.  So the pixels themselves need not be kept.

`numcnn.engine.fast.loops.fusion` has these loops in one with the convolution before them;
`numcnn.engine.fast.loops.pooling` serves all other windows.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.loops.gradients import Upstream
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
CELLS = {"maximum": 256, "mean": 8}
"""Cells of a window about which a byte can say enough."""


class Windows(NamedTuple):
    """Windows of PH × PW cells: neither do they overlap nor leave gaps, and nothing is padded."""

    kind: str
    PH: int
    PW: int


@cache
def rows(windows: Windows) -> tuple[Any, Any]:
    """Pooling of some channels, forward and backward.

    The window is a constant, so that the compiler unrolls it.
    """
    return {"maximum": maximum_rows, "mean": mean_rows}[windows.kind](*windows[1:])


def maximum_rows(PH: int, PW: int) -> tuple[Any, Any]:
    """The largest cell of each window; its byte says which one that is."""

    @inner_loop
    def max_pool_row(lanes, x, row, f, y, oy, argmax):
        """PH rows of some channels x, from `row` on -> row oy of the channels f.. of y."""
        C = x.shape[0]
        for c in range(C):
            for ox in range(y.shape[2] // lanes):
                for l in range(lanes):
                    best = x[c, u(row), u(ox * PW * lanes + l)]
                    where = np.uint8(0)
                    for i in range(PH):
                        for j in range(PW):
                            v = x[c, u(row + i), u((ox * PW + j) * lanes + l)]
                            if not (v <= best) and best == best:  # larger, or the first NaN
                                best = v
                                where = np.uint8(i * PW + j)
                    y[u(f + c), u(oy), u(ox * lanes + l)] = best
                    argmax[u(f + c), u(oy), u(ox * lanes + l)] = where

    @inner_loop
    def max_pool_gradient(
        lanes, dy, y, argmax, relu, f, count, strides, inside, at, g, sums, dbias
    ):
        """The gradient of `count` channels to each window's maximum; else as `relu_gradient`."""
        _, OH, OQ = dy.shape
        SH, SW = strides
        top, _, left, _ = inside
        zero = dbias.dtype.type(0)
        for k in range(count):
            sums[:lanes] = zero
            for oy in range(OH):
                for ox in range(OQ // lanes):
                    for l in range(lanes):
                        d = dy[u(f + k), oy, u(ox * lanes + l)]
                        if relu:
                            d = d if y[u(f + k), oy, u(ox * lanes + l)] > zero else zero
                        sums[l] += d
                        where = argmax[u(f + k), oy, u(ox * lanes + l)]
                        for i in range(PH):
                            for j in range(PW):
                                here = where == np.uint8(i * PW + j)
                                g[
                                    u(at + k),
                                    u(top + (oy * PH + i) * SH),
                                    u((left + (ox * PW + j) * SW) * lanes + l),
                                ] = d if here else zero
            dbias[f + k] = sums[:lanes].sum()

    return max_pool_row, max_pool_gradient


def mean_rows(PH: int, PW: int) -> tuple[Any, Any]:
    """The mean of each window; bit i · PW + j of its byte says whether cell (i, j) is above 0."""

    @inner_loop
    def mean_pool_row(lanes, x, row, f, y, oy, above):
        """As `max_pool_row`."""
        zero, count = y.dtype.type(0), y.dtype.type(PH * PW)
        for c in range(x.shape[0]):
            for ox in range(y.shape[2] // lanes):
                for l in range(lanes):
                    total, bits = zero, np.uint8(0)
                    for i in range(PH):
                        for j in range(PW):
                            v = x[c, u(row + i), u((ox * PW + j) * lanes + l)]
                            total += v
                            bit = np.uint8(1 << (i * PW + j))
                            bits = np.uint8(bits | bit) if v > zero else bits
                    y[u(f + c), u(oy), u(ox * lanes + l)] = total / count
                    above[u(f + c), u(oy), u(ox * lanes + l)] = bits

    @inner_loop
    def mean_pool_gradient(
        lanes, dy, y, above, relu, f, count, strides, inside, at, g, sums, dbias
    ):
        """The gradient of `count` channels, in equal shares; else as `relu_gradient`."""
        _, OH, OQ = dy.shape
        SH, SW = strides
        top, _, left, _ = inside
        zero, cells = dbias.dtype.type(0), dbias.dtype.type(PH * PW)
        for k in range(count):
            sums[:lanes] = zero
            for oy in range(OH):
                for ox in range(OQ // lanes):
                    for l in range(lanes):
                        share = dy[u(f + k), oy, u(ox * lanes + l)] / cells
                        bits = above[u(f + k), oy, u(ox * lanes + l)]
                        if not relu:
                            bits = np.uint8(255)
                        for i in range(PH):
                            for j in range(PW):
                                through = np.uint8(bits & np.uint8(1 << (i * PW + j))) != 0
                                d = share if through else zero
                                sums[l] += d
                                g[
                                    u(at + k),
                                    u(top + (oy * PH + i) * SH),
                                    u((left + (ox * PW + j) * SW) * lanes + l),
                                ] = d
            dbias[f + k] = sums[:lanes].sum()

    return mean_pool_row, mean_pool_gradient


@cache
def pool_loops(windows: Windows) -> tuple[Any, Any]:
    """The same for numbers that no convolution in the loop makes: forward, backward."""
    pool_row, pool_gradient = rows(windows)
    PH = windows.PH

    @loop
    def forward(lanes, x, y, cells, start, stop):
        for n in range(start, stop):
            for oy in range(y.shape[2]):
                pool_row(lanes, x[n], oy * PH, 0, y[n], oy, cells[n])

    @loop
    def backward(lanes, upstream, whole_windows, dx, start, stop):
        dy, y, cells, relu = upstream
        C, H, Q = dx.shape[1:]
        sums, no_bias = np.empty(lanes, dx.dtype), np.empty(C, dx.dtype)
        inside = (0, H, 0, Q // lanes)
        for n in range(start, stop):
            if not whole_windows:
                dx[n] = 0
            of_n = (dy[n], y[n], cells[n], relu)
            pool_gradient(lanes, *of_n, 0, C, (1, 1), inside, 0, dx[n], sums, no_bias)

    return forward, backward


def pool(x: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """x ``(B, C, H, W·16)`` -> the maximum or mean of each window, and its byte."""
    (B, C, H, Q), (_, PH, PW) = x.shape, windows
    y = empty((B, C, H // PH, Q // L // PW * L), x.dtype)
    cells = empty(y.shape, np.uint8)
    parallel_for(pool_loops(windows)[0], B, 4 * x.size, L, x, y, cells)
    return y, cells


def pool_back(upstream: Upstream, shape: tuple[int, ...], windows: Windows) -> np.ndarray:
    """dy -> dx of this shape."""
    dx = empty(shape, upstream.dy.dtype)
    whole = shape[2] % windows.PH == shape[3] // L % windows.PW == 0
    _, backward = pool_loops(windows)
    parallel_for(backward, len(dx), 4 * dx.size, L, tuple(upstream), whole, dx)
    return dx
