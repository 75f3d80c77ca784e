"""Convolution, relu and max pooling in one loop, though they are three layers.

The numbers between a convolution and the pooling behind it are the largest array of a network, four
times what goes on to the next layer.  Written, read by relu, written, read by pooling, and all of
that again on the way back, they cost more time than the convolution itself.  Here only a row or two
of them exist at a time, and backward, a few channels of sixteen images.
`numcnn.engine.fast.layouts.deferred` tells how layers that know nothing of each other come to run
as one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops import columns, winograd, winograd_tiles
from numcnn.engine.fast.loops.block_sizes import LITTLE, convolution_block
from numcnn.engine.fast.loops.columns import columns_row, room_for_columns
from numcnn.engine.fast.loops.convolution import (
    NO_GAPS,
    direct_row,
    pad_image,
    padding_buffer,
    run_with_fallback,
)
from numcnn.engine.fast.loops.gradients import Upstream
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for
from numcnn.geometry import WindowGrid

L = LANES


@cache
def max_pool_loops(PH: int, PW: int) -> tuple[Any, Any]:
    """Max pooling over windows of PH × PW side by side, forward and backward.

    The window is a constant, so that the compiler unrolls it.
    """

    @inner_loop
    def max_pool_row(lanes, x, f, y, oy, argmax):
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


@cache
def pool_loops(PH: int, PW: int) -> tuple[Any, Any]:
    """The same for numbers that no convolution in the loop makes: forward, backward."""
    max_pool_row, max_pool_gradient = max_pool_loops(PH, PW)

    @loop
    def forward(lanes, x, y, argmax, start, stop):
        for n in range(start, stop):
            for oy in range(y.shape[2]):
                max_pool_row(lanes, x[n, :, oy * PH : (oy + 1) * PH], 0, y[n], oy, argmax[n])

    @loop
    def backward(lanes, upstream, whole_windows, dx, start, stop):
        dy, y, argmax, relu = upstream
        C, H, Q = dx.shape[1:]
        sums, no_bias = np.empty(lanes, dx.dtype), np.empty(C, dx.dtype)
        inside = (0, H, 0, Q // lanes)
        for n in range(start, stop):
            if not whole_windows:
                dx[n] = 0
            of_n = (dy[n], y[n], argmax[n], relu)
            max_pool_gradient(lanes, *of_n, 0, C, (1, 1), inside, 0, dx[n], sums, no_bias)

    return forward, backward


def pool(x: np.ndarray, window: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x ``(B, C, H, W·16)`` -> the maximum of each window, and the cell where it is."""
    (B, C, H, Q), (PH, PW) = x.shape, window
    y = empty((B, C, H // PH, Q // L // PW * L), x.dtype)
    argmax = empty(y.shape, np.uint8)
    parallel_for(pool_loops(PH, PW)[0], B, 4 * x.size, L, x, y, argmax)
    return y, argmax


def pool_back(upstream: Upstream, shape: tuple[int, ...], window: tuple[int, int]) -> np.ndarray:
    """dy -> dx of this shape."""
    dx = empty(shape, upstream.dy.dtype)
    whole = shape[2] % window[0] == shape[3] // L % window[1] == 0
    _, backward = pool_loops(*window)
    parallel_for(backward, len(dx), 4 * dx.size, L, tuple(upstream), whole, dx)
    return dx


@cache
def fused_loop(FB: int, XB: int, PH: int, PW: int) -> Any:
    """PH rows of the convolution, then one row of pooling."""
    convolve_row = direct_row(FB, XB)
    max_pool_row, _ = max_pool_loops(PH, PW)

    @loop
    def forward(lanes, x, kernel, bias, strides, pads, lower_bound, OW, y, argmax, start, stop):
        H, Q = x.shape[2:]
        F, OH = y.shape[1:3]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        rows = scratch((FB, PH, OW * L), x)
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            view = (pad_image(x[n], buffer, pads), inside, strides, NO_GAPS)
            for oy in range(OH):
                for f0 in range(0, F, FB):
                    f = min(f0, F - FB)
                    for i in range(PH):
                        iy = oy * PH + i
                        convolve_row(view, kernel, bias, lower_bound, f, iy, rows, i, sums)
                    max_pool_row(lanes, rows, f, y[n], oy, argmax[n])

    return forward


@cache
def fused_columns_loop(FB: int, XB: int, PH: int, PW: int) -> Any:
    """The same by columns: PH rows of all channels, since all take them from one copy."""
    convolve_row = columns_row(FB, XB)
    max_pool_row, _ = max_pool_loops(PH, PW)

    @loop
    def forward(lanes, x, weights, bias, strides, pads, lower_bound, OW, y, argmax, start, stop):
        H, Q = x.shape[2:]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        rows = scratch((len(bias), PH, OW * L), x)
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            view = (pad_image(x[n], buffer, pads), inside, strides, NO_GAPS)
            columns = room_for_columns(view[0], OW * L)
            for oy in range(y.shape[2]):
                for i in range(PH):
                    row = oy * PH + i
                    convolve_row(view, weights, bias, lower_bound, row, rows, i, columns, sums)
                max_pool_row(lanes, rows, 0, y[n], oy, argmax[n])

    return forward


@cache
def fused_winograd_loop() -> Any:
    """The same for windows of 2 × 2, by Winograd's algorithm: a window is one of its tiles."""
    convolve_and_pool = winograd_tiles.winograd_image_pooled()

    @loop
    def forward(x, weights, bias, pads, lower_bound, y, argmax, valid, start, stop):
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            image = pad_image(x[n], buffer, pads)
            valid[n] = convolve_and_pool(image, weights, bias, lower_bound, y[n], argmax[n])

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
    """x ``(B, C, H, W·16)`` -> the maximum of each window, and the cell where it is.

    None if that is too little work to be worth a loop of its own.
    """
    B, C, _, Q = x.shape
    (PH, PW), (KH, KW, _, F) = window, kernel.shape
    work = B * F * grid.OH * grid.OW * L * KH * KW * C
    if work <= LITTLE:
        return None
    y = empty((B, F, grid.OH // PH, grid.OW // PW * L), x.dtype)
    argmax = empty(y.shape, np.uint8)
    lower_bound = x.dtype.type(0 if relu else -np.inf)
    block = convolution_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
    way, weights, pads, valid = fused_loop, kernel, grid[2:], np.empty(B, np.bool_)
    if columns.pays(kernel, block):
        way, weights = fused_columns_loop, columns.blocks(kernel, block[0])
    ways: list[tuple[Any, Any]] = [
        (
            way(*block, PH, PW),
            (L, x, weights, bias, strides, pads, lower_bound, grid.OW, y, argmax),
        )
    ]
    if window == (2, 2) and winograd.pays(kernel, strides, grid.OH, grid.OW):
        weights = winograd.transformed_kernel(kernel)
        arguments = x, weights, bias, pads, lower_bound, y, argmax, valid
        ways.insert(0, (fused_winograd_loop(), arguments))
    run_with_fallback(ways, valid, work)
    return y, argmax
