"""Convolution, sixteen images at a time, without ever building the column matrix.

What im2col would copy is read where it stands: pixel (oy + i, ox + j) of the image is pixel
(oy, ox) of the column for (i, j).  The sum over a window, `correlation`, is the forward pass, and
the input gradient too: dx is dy, correlated with the kernel turned round.

Shapes of one block of sixteen images: x ``(C, H, W·16)``, y and dy ``(F, OH, OW·16)``; the kernel
is ``(KH, KW, C, F)`` as everywhere.  ``inside`` is where an array with zeros around it holds an
image: top, bottom, left, right.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast import tiles, winograd
from numcnn.engine.fast.blocks import correlation_block
from numcnn.engine.fast.compiled import LANES, loop, part, scratch, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.geometry import WindowGrid

L = LANES


@cache
def correlation(FB: int, XB: int) -> Any:
    """``y[f, ox] = bias[f] + Σ_{c,i,j} kernel[i, j, c, f] · x[c, oy·SH + i, ox·SW + j]``, a row oy.

    FB channels of XB neighbouring pixels are finished before the next ones begin.  Their FB · XB
    registers of sums stay in the processor while c, i and j run; each register of x that is loaded
    serves FB channels, each weight XB pixels.  The innermost loop, over the lanes, is one SIMD
    instruction.  Window cells that lie outside the image for all XB pixels are left out.
    """
    P = XB * L

    @part
    def correlate(view, kernel, bias, lowest, f, oy, y, row, sums):
        x, (top, bottom, left, right), (SH, SW) = view
        KH, KW, C, _ = kernel.shape
        OW = y.shape[2] // L
        iy = oy * SH
        for p0 in range(0, OW, XB):
            p = min(p0, OW - XB)  # the last block may overlap the one before
            ix = p * SW
            for l in range(P):
                for k in range(FB):
                    sums[k * P + l] = bias[u(f + k)]
            for c in range(C):
                for i in range(max(0, top - iy), min(KH, bottom - iy)):
                    for j in range(max(0, left - ix - (XB - 1) * SW), min(KW, right - ix)):
                        for l in range(L):
                            for k in range(FB):
                                for m in range(XB):
                                    sums[k * P + m * L + l] += (
                                        kernel[i, j, c, u(f + k)]
                                        * x[c, u(iy + i), u((ix + m * SW + j) * L + l)]
                                    )
            for l in range(P):
                for k in range(FB):
                    s = sums[k * P + l]
                    y[k, row, u(p * L + l)] = lowest if s < lowest else s

    return correlate


@part
def room_for(x, pads):
    """An array of zeros that has room for an image and its padding; empty if there is none."""
    C, H, Q = x.shape[1:]
    top, bottom, left, right = pads
    shape = (C, top + H + bottom, (left + right) * L + Q)
    room = scratch(shape if top + bottom + left + right > 0 else (0, 0, 0), x)
    room[:] = 0
    return room


@part
def padded(x, room, pads):
    """The image with zeros around it: itself if there is no padding, else its copy in the room."""
    if room.size == 0:
        return x
    C, H, Q = x.shape
    top, _, left, _ = pads
    for c in range(C):
        for y in range(H):
            for q in range(Q):
                room[c, u(top + y), u(left * L + q)] = x[c, y, q]
    return room


@cache
def correlation_of_image(FB: int, XB: int) -> Any:
    """All channels and rows of y, of sixteen images.  Returns that it is good for any numbers."""
    correlate = correlation(FB, XB)

    @part
    def correlate_image(view, kernel, bias, lowest, y):
        F, OH, _ = y.shape
        sums = np.empty(FB * XB * L, y.dtype)
        for f0 in range(0, F, FB):
            f = min(f0, F - FB)
            for oy in range(OH):
                correlate(view, kernel, bias, lowest, f, oy, y[f : f + FB], oy, sums)
        return True

    return correlate_image


def correlations(
    kernel: np.ndarray, strides: tuple[int, int], y: np.ndarray, size: tuple[int, int]
) -> list[tuple[Any, np.ndarray]]:
    """Return the ways to compute y, ``(B, F, OH, OW·16)``, and how each wants the kernel.

    The fastest comes first; size is the block of the definition's.
    """
    by_definition = correlation_of_image(*size), kernel
    if not winograd.pays(kernel, strides, y.shape[2], y.shape[3] // L):
        return [by_definition]
    return [(tiles.correlation_of_image(), winograd.factors(kernel)), by_definition]


def in_turn(ways: list[tuple[Any, Any]], good: np.ndarray, work: int) -> None:
    """Run the first of some loops over all blocks of images, the next where it was no good.

    Each way is a loop and its arguments; all but the last write into good whether they were.
    """
    (first, arguments), *others = ways
    parallel(first, len(good), work, *arguments)
    for way in others:
        bad = np.flatnonzero(~good)
        parallel(_run_blocks, len(bad), work * len(bad) // len(good), *way, bad)


def _run_blocks(loop: Any, arguments: tuple[Any, ...], blocks: Any, start: int, stop: int) -> None:
    for n in blocks[start:stop]:
        loop(*arguments, n, n + 1)


@cache
def forward_loop(correlate_image: Any) -> Any:
    """The forward pass of blocks of images."""

    @loop
    def forward(x, kernel, bias, strides, pads, lowest, y, good, start, stop):
        H, Q = x.shape[2:]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        room = room_for(x, pads)
        for n in range(start, stop):
            view = (padded(x[n], room, pads), inside, strides)
            good[n] = correlate_image(view, kernel, bias, lowest, y[n])

    return forward


def forward(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    relu: bool,
) -> np.ndarray:
    """Numbers of x ``(B, C, H, W·16)`` -> numbers of y ``(B, F, OH, OW·16)``."""
    B, C, _, Q = x.shape
    KH, KW, _, F = kernel.shape
    y, good = empty((B, F, grid.OH, grid.OW * L), x.dtype), np.empty(B, np.bool_)
    lowest = x.dtype.type(0 if relu else -np.inf)
    work = y.size * KH * KW * C
    size = correlation_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
    ways = [
        (forward_loop(correlate), (x, weights, bias, strides, grid[2:], lowest, y, good))
        for correlate, weights in correlations(kernel, strides, y, size)
    ]
    in_turn(ways, good, work)
    return y
