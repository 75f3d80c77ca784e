"""Convolution, sixteen images at a time, without ever building the column matrix.

What im2col would copy is read where it stands: pixel (oy + i, ox + j) of the image is pixel
(oy, ox) of the column for (i, j).  The sum over a window, `direct_row`, serves the forward pass and
the input gradient: dx is dy, convolved with the rotated kernel.

Shapes for one group of sixteen images: x ``(C, H, W·16)``, y and dy ``(F, OH, OW·16)``; the kernel
is ``(KH, KW, C, F)`` as everywhere.  A ``view`` is an array with zeros around an image, the edges
of the image in it (top, bottom, left, right), the strides, and the gaps: how far apart its pixels
are, GH rows and GW columns, and by how much that is shifted.  Row r of the view is row
``(r + shift) / GH`` of the array if that is whole, and zeros if not; there are such gaps in the
gradient of a convolution with strides alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops import columns, fractional, winograd, winograd_tiles
from numcnn.engine.fast.loops.block_sizes import GENERAL, convolution_block, winograd_block
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for, planning
from numcnn.geometry import WindowGrid

L = LANES
Pair = tuple[int, int]
NO_GAPS = (1, 1), (0, 0)
MANY_CHANNELS = 32
"""From so many channels of x on they run inside of the window's cells."""
MAX_CELLS = 64
"""The largest window whose sum is written out by the compiler, if there are fewer channels."""


@cache
def direct_row(FB: int, XB: int, channels_inside: bool, window: Pair = (0, 0)) -> Any:
    """``y[f, ox] = bias[f] + Σ_{c,i,j} kernel[i, j, c, f] · x[c, oy·SH + i, ox·SW + j]``, a row oy.

    FB channels of XB neighbouring pixels, from f on; their weights are one of `columns.blocks`.
    Their FB · XB registers of sums stay in the processor while c, i and j run; each register of x
    that is loaded serves FB channels, each weight XB pixels.  The innermost loop, over the lanes,
    is one SIMD instruction.  Window cells that lie outside the image for all XB pixels are left
    out.

    channels_inside : whether c runs inside of i and j: faster if there are many of them
    window : KH and KW, if the compiler shall write out the sum over a window that lies inside the
        image: faster if there are few channels
    """
    P = XB * L
    ROWS, CELLS = window

    @inner_loop
    def add_products(weights, x, i, j, c, row, column, SW, sums):
        for l in range(L):
            for k in range(FB):
                for m in range(XB):
                    sums[k * P + m * L + l] += (
                        weights[i, j, c, k] * x[c, u(row), u((column + m * SW) * L + l)]
                    )

    @inner_loop
    def convolve_row(view, weights, bias, lower_bound, f, oy, y, row, sums):
        x, (top, bottom, left, right), (SH, SW), _ = view
        KH, KW, C, _ = weights.shape
        OW = y.shape[2] // L
        iy = oy * SH
        for p0 in range(0, OW, XB):
            p = min(p0, OW - XB)  # the last block may overlap the one before
            ix = p * SW
            for t in range(FB * P):
                sums[t] = 0
            rows = range(max(0, top - iy), min(KH, bottom - iy))
            cells = range(max(0, left - ix - (XB - 1) * SW), min(KW, right - ix))
            if channels_inside:
                for i in rows:
                    for j in cells:
                        for c in range(C):
                            add_products(weights, x, i, j, c, iy + i, ix + j, SW, sums)
            elif len(rows) == ROWS and len(cells) == CELLS:
                for c in range(C):
                    for i in range(ROWS):
                        for j in range(CELLS):
                            add_products(weights, x, i, j, c, iy + i, ix + j, SW, sums)
            else:
                for c in range(C):
                    for i in rows:
                        for j in cells:
                            add_products(weights, x, i, j, c, iy + i, ix + j, SW, sums)
            for l in range(P):
                for k in range(FB):
                    s = sums[k * P + l] + bias[u(f + k)]
                    y[k, row, u(p * L + l)] = lower_bound if s < lower_bound else s

    return convolve_row


@inner_loop
def padding_buffer(x, pads):
    """Zeros with room for an image and its padding; empty if there is no padding."""
    C, H, Q = x.shape[1:]
    top, bottom, left, right = pads
    shape = (C, top + H + bottom, (left + right) * L + Q)
    buffer = scratch(shape if top + bottom + left + right > 0 else (0, 0, 0), x)
    buffer[:] = 0
    return buffer


@inner_loop
def pad_image(x, buffer, pads):
    """The image with zeros around it: itself if there is no padding, else its copy in `buffer`."""
    if buffer.size == 0:
        return x
    C, H, Q = x.shape
    top, _, left, _ = pads
    for c in range(C):
        for y in range(H):
            for q in range(Q):
                buffer[c, u(top + y), u(left * L + q)] = x[c, y, q]
    return buffer


@cache
def direct_image(FB: int, XB: int, channels_inside: bool, window: Pair = (0, 0)) -> Any:
    """All channels and rows of y, of sixteen images.  Returns True: valid for any numbers."""
    convolve_row = direct_row(FB, XB, channels_inside, window)

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        F, OH, _ = y.shape
        sums = np.empty(FB * XB * L, y.dtype)
        for oy in range(OH):  # the rows of x that a row of y needs stay in the nearest caches
            for block in range(len(weights)):
                f = min(block * FB, F - FB)
                rows = y[f : f + FB]
                convolve_row(view, weights[block], bias, lower_bound, f, oy, rows, oy, sums)
        return True

    return convolve_image


def direct(kernel: np.ndarray, block: Pair) -> tuple[int, int, bool, Pair]:
    """Return the arguments of `direct_row`, for a kernel."""
    KH, KW, C, _ = kernel.shape
    many, known = C >= MANY_CHANNELS, KH * KW <= MAX_CELLS
    return *block, many, (KH, KW) if known and not many and block != GENERAL else (0, 0)


def definition(kernel: np.ndarray, gaps: Pair, block: Pair) -> tuple[Any, np.ndarray]:
    """Return the loop over an image that computes the definition, and the kernel as it needs it."""
    weights = columns.blocks(kernel, block[0])
    if gaps != (1, 1):
        return fractional.fractional_image(*block), weights
    if columns.pays(kernel, block):
        return columns.columns_image(*block), weights
    return direct_image(*direct(kernel, block)), weights


def by_winograd(kernel: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return the loop that computes the same by Winograd's algorithm, where `winograd.pays`."""
    tiles = winograd_block(kernel.shape[3])
    return winograd_tiles.winograd_image(*tiles), winograd.transformed_kernel(kernel, tiles[0])


def run_until_valid(ways: Iterator[tuple[Any, Any]], valid: np.ndarray, work: int) -> None:
    """Run one loop after the other, until the results of all groups of images are valid.

    Each way is a loop and its arguments.  It is made only if it is needed, and leaves out the
    groups that are valid; those of the last, the definition, always are.
    """
    for way, arguments in ways:
        parallel_for(way, len(valid), work, *arguments)
        if planning.jobs is not None or all(valid.tolist()):
            return


@cache
def convolution_loop(convolve_image: Any) -> Any:
    """The forward pass of some groups of images."""

    @loop
    def forward(x, kernel, bias, strides, pads, lower_bound, y, valid, start, stop):
        H, Q = x.shape[2:]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        buffer = padding_buffer(x, pads)
        for n in range(start, stop):
            if valid[n]:
                continue
            view = (pad_image(x[n], buffer, pads), inside, strides, NO_GAPS)
            valid[n] = convolve_image(view, kernel, bias, lower_bound, y[n])

    return forward


def forward(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    relu: bool,
) -> np.ndarray:
    """x ``(B, C, H, W·16)`` -> y ``(B, F, OH, OW·16)``, behind relu if that is asked for."""
    B, C, _, Q = x.shape
    KH, KW, _, F = kernel.shape
    y, valid = empty((B, F, grid.OH, grid.OW * L), x.dtype), np.zeros(B, np.bool_)
    lower_bound = x.dtype.type(0 if relu else -np.inf)
    work = y.size * KH * KW * C
    block = convolution_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)

    def ways() -> Iterator[tuple[Any, Any]]:
        if winograd.pays(kernel, strides, grid.OH, grid.OW):
            yield by_winograd(kernel)
        yield definition(kernel, (1, 1), block)

    given = strides, grid[2:], lower_bound, y, valid
    loops = ((convolution_loop(image), (x, weights, bias, *given)) for image, weights in ways())
    run_until_valid(loops, valid, work)
    return y
