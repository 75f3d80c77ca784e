"""Convolution, relu and max pooling in one loop, though they are three layers.

The numbers between a convolution and the pooling behind it are the largest array of a network, four
times what goes on to the next layer.  Written, read by relu, written, read by pooling, and all of
that again on the way back, they cost more time than the convolution itself.  Here a row or two of
them exist at a time, and backward, a few channels of sixteen images.  How layers that know nothing
of each other come to run as one is told in `numcnn.engine.fast.waiting`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast import tiles, winograd
from numcnn.engine.fast.blocks import LITTLE, correlation_block
from numcnn.engine.fast.compiled import LANES, loop, part, scratch, u
from numcnn.engine.fast.convolution import correlation, in_turn, padded, room_for
from numcnn.engine.fast.memory import empty
from numcnn.geometry import WindowGrid

L = LANES


@cache
def pooling_parts(PH: int, PW: int) -> tuple[Any, Any]:
    """Max pooling over tiles of PH × PW, a constant, so that the compiler writes the window out."""

    @part
    def pool(lanes, x, f, y, oy, winner):
        """PH rows of some channels x -> one row of the channels f.. of y."""
        C = x.shape[0]
        for c in range(C):
            for ox in range(y.shape[2] // lanes):
                for l in range(lanes):
                    best = x[c, 0, u(ox * PW * lanes + l)]
                    where = np.uint8(0)
                    for i in range(PH):
                        for j in range(PW):
                            v = x[c, i, u((ox * PW + j) * lanes + l)]
                            if not (v <= best) and best == best:  # larger, or the first NaN
                                best = v
                                where = np.uint8(i * PW + j)
                    y[u(f + c), u(oy), u(ox * lanes + l)] = best
                    winner[u(f + c), u(oy), u(ox * lanes + l)] = where

    @part
    def spread(lanes, dy, y, winner, relu, f, count, strides, inside, at, g, sums, dbias):
        """The gradient of `count` channels to the winner of each window, as `masked` does it."""
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
                        where = winner[u(f + k), oy, u(ox * lanes + l)]
                        for i in range(PH):
                            for j in range(PW):
                                here = where == np.uint8(i * PW + j)
                                g[
                                    u(at + k),
                                    u(top + (oy * PH + i) * SH),
                                    u((left + (ox * PW + j) * SW) * lanes + l),
                                ] = d if here else zero
            dbias[f + k] = sums[:lanes].sum()

    return pool, spread


@cache
def convolve_and_pool_loop(FB: int, XB: int, PH: int, PW: int) -> Any:
    """PH rows of the convolution, then one row of pooling."""
    correlate = correlation(FB, XB)
    pool, _ = pooling_parts(PH, PW)

    @loop
    def forward(lanes, x, kernel, bias, strides, pads, lowest, OW, y, winner, start, stop):
        H, Q = x.shape[2:]
        F, OH = y.shape[1:3]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        rows = scratch((FB, PH, OW * L), x)
        room = room_for(x, pads)
        for n in range(start, stop):
            view = (padded(x[n], room, pads), inside, strides)
            for f0 in range(0, F, FB):
                f = min(f0, F - FB)
                for oy in range(OH):
                    for i in range(PH):
                        correlate(view, kernel, bias, lowest, f, oy * PH + i, rows, i, sums)
                    pool(lanes, rows, f, y[n], oy, winner[n])

    return forward


@cache
def tiles_loop() -> Any:
    """The same for windows of 2 × 2, in Winograd's way (`numcnn.engine.fast.tiles`)."""
    correlate_and_pool = tiles.correlation_and_pooling()

    @loop
    def forward(x, weights, bias, pads, lowest, y, winner, good, start, stop):
        room = room_for(x, pads)
        for n in range(start, stop):
            image = padded(x[n], room, pads)
            good[n] = correlate_and_pool(image, weights, bias, lowest, y[n], winner[n])

    return forward


def convolve_and_pool(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    relu: bool,
    window: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray] | None:
    """Numbers of x -> the maximum of each window, and its winning cell.

    None if that is too little work to be worth a loop of its own.
    """
    B, C, _, Q = x.shape
    (PH, PW), (KH, KW, _, F) = window, kernel.shape
    work = B * F * grid.OH * grid.OW * L * KH * KW * C
    if work <= LITTLE or PH * PW > 255:
        return None
    y = empty((B, F, grid.OH // PH, grid.OW // PW * L), x.dtype)
    winner = empty(y.shape, np.uint8)
    lowest = x.dtype.type(0 if relu else -np.inf)
    size = correlation_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
    run, pads, good = convolve_and_pool_loop(*size, PH, PW), grid[2:], np.empty(B, np.bool_)
    ways: list[Any] = [(run, (L, x, kernel, bias, strides, pads, lowest, grid.OW, y, winner))]
    if window == (2, 2) and winograd.pays(kernel, strides, grid.OH, grid.OW):
        weights = winograd.factors(kernel)
        ways.insert(0, (tiles_loop(), (x, weights, bias, pads, lowest, y, winner, good)))
    in_turn(ways, good, work)
    return y, winner
