"""Convolution, relu and pooling in one loop, though they are three layers.

The numbers between a convolution and the pooling behind it are the largest array of a network, four
times what goes on to the next layer.  Written, read by relu, written, read by pooling, and all of
that again on the way back, they cost more time than the convolution itself.  Here only a row or two
of them exist at a time, and backward, a few channels of sixteen images.
`numcnn.engine.fast.layouts.deferred` tells how layers that know nothing of each other come to run
as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops import columns, winograd, winograd_tiles
from numcnn.engine.fast.loops.block_sizes import LITTLE, convolution_block, winograd_block
from numcnn.engine.fast.loops.columns import columns_row, room_for_columns
from numcnn.engine.fast.loops.convolution import (
    NO_GAPS,
    direct,
    direct_row,
    pad_image,
    padding_buffer,
    run_until_valid,
)
from numcnn.engine.fast.loops.windows import Windows, rows
from numcnn.engine.fast.runtime.compiling import LANES, loop, scratch
from numcnn.engine.fast.runtime.memory import empty
from numcnn.geometry import WindowGrid

L = LANES


@cache
def fused_loop(
    FB: int, XB: int, channels_inside: bool, window: tuple[int, int], windows: Windows
) -> Any:
    """PH rows of the convolution, then one row of pooling."""
    convolve_row, PH = direct_row(FB, XB, channels_inside, window), windows.PH
    pool_row, _ = rows(windows)

    @loop
    def forward(lanes, x, weights, bias, strides, pads, lower_bound, OW, results, start, stop):
        y, cells, valid = results
        H, Q = x.shape[2:]
        F, OH = y.shape[1:3]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        pixels = scratch((FB, PH, OW * L), x)
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            if valid[n]:
                continue
            view = (pad_image(x[n], buffer, pads), inside, strides, NO_GAPS)
            for oy in range(OH):
                for block in range(len(weights)):
                    f, filters = min(block * FB, F - FB), weights[block]
                    for i in range(PH):
                        iy = oy * PH + i
                        convolve_row(view, filters, bias, lower_bound, f, iy, pixels, i, sums)
                    pool_row(lanes, pixels, 0, f, y[n], oy, cells[n])
            valid[n] = True

    return forward


@cache
def fused_columns_loop(FB: int, XB: int, windows: Windows) -> Any:
    """The same by columns: PH rows of all channels, since all take them from one copy."""
    convolve_row, PH = columns_row(FB, XB), windows.PH
    pool_row, _ = rows(windows)

    @loop
    def forward(lanes, x, weights, bias, strides, pads, lower_bound, OW, results, start, stop):
        y, cells, valid = results
        H, Q = x.shape[2:]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        pixels = scratch((len(bias), PH, OW * L), x)
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            if valid[n]:
                continue
            view = (pad_image(x[n], buffer, pads), inside, strides, NO_GAPS)
            columns = room_for_columns(view[0], OW * L)
            for oy in range(y.shape[2]):
                for i in range(PH):
                    row = oy * PH + i
                    convolve_row(view, weights, bias, lower_bound, row, pixels, i, columns, sums)
                pool_row(lanes, pixels, 0, 0, y[n], oy, cells[n])
            valid[n] = True

    return forward


@cache
def fused_winograd_loop(FB: int, XB: int, kind: str) -> Any:
    """The same for windows of 2 × 2, by Winograd's algorithm: four of them are one of its tiles."""
    convolve_and_pool = winograd_tiles.winograd_image_pooled(FB, XB, kind)

    @loop
    def forward(x, weights, bias, pads, lower_bound, results, start, stop):
        y, cells, valid = results
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            if valid[n]:
                continue
            image = pad_image(x[n], buffer, pads)
            valid[n] = convolve_and_pool(image, weights, bias, lower_bound, y[n], cells[n])

    return forward


def convolve_and_pool(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    relu: bool,
    windows: Windows,
) -> tuple[np.ndarray, np.ndarray] | None:
    """x ``(B, C, H, W·16)`` -> the maximum or mean of each window, and its byte.

    None if that is too little work to be worth a loop of its own.
    """
    B, C, _, Q = x.shape
    (kind, PH, PW), (KH, KW, _, F) = windows, kernel.shape
    work = B * F * grid.OH * grid.OW * L * KH * KW * C
    if work <= LITTLE:
        return None
    y = empty((B, F, grid.OH // PH, grid.OW // PW * L), x.dtype)
    cells = empty(y.shape, np.uint8)
    lower_bound = x.dtype.type(0 if relu else -np.inf)
    block = convolution_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
    pads, results = grid[2:], (y, cells, np.zeros(B, np.bool_))

    def ways() -> Iterator[tuple[Any, Any]]:
        pooled = grid.OH // 2 * 2, grid.OW // 2 * 2  # the last row may be in no window
        if (PH, PW) == (2, 2) and winograd.pays(kernel, strides, *pooled):
            tiles = winograd_block(F)
            weights = winograd.transformed_kernel(kernel, tiles[0])
            fused = fused_winograd_loop(*tiles, kind)
            yield fused, (x, weights, bias, pads, lower_bound, results)
        fused = fused_loop(*direct(kernel, block), windows)
        if columns.pays(kernel, block):
            fused = fused_columns_loop(*block, windows)
        weights = columns.blocks(kernel, block[0])
        yield fused, (L, x, weights, bias, strides, pads, lower_bound, grid.OW, results)

    run_until_valid(ways(), results[2], work)
    return y, cells
