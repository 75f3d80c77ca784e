"""Depthwise convolution, sixteen images at a time: a window for each channel alone.

There is little to compute here for each number that is read, so a channel of sixteen images is
finished in all respects while it is in the processor's cache: a `plane`, ``(rows, columns·16)``,
with the zeros around it.  Threads share the channels, even those of sixteen images.

Shapes: x ``(B, C, H, W·16)``, y and dy ``(B, C·M, OH, OW·16)``.  Weights are ``(C, M, KH, KW)``:
one window after another.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.block_sizes import SUMS
from numcnn.engine.fast.loops.convolution import pad_image, padding_buffer
from numcnn.engine.fast.loops.gradients import relu_gradient, sum_loop
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for
from numcnn.geometry import WindowGrid

L = LANES
UNROLLED = 25
"""Cells of a window, at most, that the compiler writes out: all of a 5 × 5 window."""

Pair = tuple[int, int]


@cache
def window_row(IB: int, JB: int) -> Any:
    """``row[ox] += Σ_{i,j} window[i, j] · plane[oy·SH + i·DH, ox·SW + j·DW]``, for all ox.

    IB rows and JB columns of the window at a time; they divide its size.  Without strides the
    pixels of a row, and their lanes, are one long run of SIMD.
    """

    @inner_loop
    def add_row(lanes, plane, window, strides, dilation, oy, row):
        (KH, KW), (SH, SW), (DH, DW) = window.shape, strides, dilation
        run = len(row) if SW == 1 else lanes
        for r in range(0, KH, IB):
            for q in range(0, KW, JB):
                for first in range(0, len(row), run):
                    for l in range(run):
                        s = row[u(first + l)]
                        for i in range(IB):
                            for j in range(JB):
                                s += (
                                    window[r + i, q + j]
                                    * plane[
                                        u(oy * SH + (r + i) * DH),
                                        u(first * SW + (q + j) * DW * lanes + l),
                                    ]
                                )
                        row[u(first + l)] = s

    return add_row


@cache
def window_gradient(IB: int, JB: int) -> Any:
    """``dwindow[i, j] = Σ_{oy,ox} g[oy, ox] · plane[oy·SH + i·DH, ox·SW + j·DW]``.

    IB rows and JB columns of the window at a time, whose sums stay in registers.  g stands in its
    plane from (top, left) on, SH rows and SW columns apart.
    """
    T = IB * JB

    @inner_loop
    def gradient(plane, g, strides, dilation, top, left, OH, OW, dwindow, sums, totals):
        (KH, KW), (SH, SW), (DH, DW) = dwindow.shape, strides, dilation
        for i0 in range(0, KH, IB):
            r = min(i0, KH - IB)
            for j0 in range(0, KW, JB):
                q = min(j0, KW - JB)
                for t in range(T * L):
                    sums[t] = 0
                for oy in range(OH):
                    for ox in range(OW):
                        for l in range(L):
                            for i in range(IB):
                                for j in range(JB):
                                    sums[(i * JB + j) * L + l] += (
                                        g[u(top + oy * SH), u((left + ox * SW) * L + l)]
                                        * plane[
                                            u(oy * SH + (r + i) * DH),
                                            u((ox * SW + (q + j) * DW) * L + l),
                                        ]
                                    )
                for t in range(T):
                    totals[t] = 0
                for l in range(L):
                    for t in range(T):
                        totals[t] += sums[t * L + l]
                for i in range(IB):
                    for j in range(JB):
                        dwindow[r + i, q + j] = totals[i * JB + j]

    return gradient


@cache
def forward_loop(IB: int, JB: int) -> Any:
    """Channels start to stop, counted through all groups of images."""
    add_row = window_row(IB, JB)

    @loop
    def forward(lanes, x, weights, bias, strides, dilation, pads, lower_bound, y, start, stop):
        B, C, H, Q = x.shape
        M = weights.shape[1]
        images = x.reshape(B * C, 1, H, Q)
        buffer = padding_buffer(images, pads)
        for at in range(start, stop):
            n, c = at // C, at % C
            plane = pad_image(images[at], buffer, pads)[0]
            for m in range(M):
                for oy in range(y.shape[2]):
                    row = y[n, c * M + m, oy]
                    for q in range(len(row)):
                        row[q] = bias[c * M + m]
                    add_row(lanes, plane, weights[c, m], strides, dilation, oy, row)
                    for q in range(len(row)):
                        row[q] = lower_bound if row[q] < lower_bound else row[q]

    return forward


@cache
def backward_loop(forward_block: Pair, block: Pair) -> Any:
    """The gradients of channels start to stop, counted through all groups of images.

    dx is dy, as far apart as the strides are, convolved with the rotated window.
    """
    add_row, gradient = window_row(*forward_block), window_gradient(*block)
    T = block[0] * block[1]

    @loop
    def backward(lanes, upstream, x, rotated, geometry, input_gradient, results, start, stop):
        (dy, y, relu), (dx, dkernel, dbias) = upstream, results
        strides, dilation, pads = geometry
        B, C, H, Q = x.shape
        M, KH, KW = rotated.shape[1:]
        OH, OW = dy.shape[2], dy.shape[3] // lanes
        images = x.reshape(B * C, 1, H, Q)
        buffer = padding_buffer(images, pads)
        below, beside = (KH - 1) * dilation[0], (KW - 1) * dilation[1]
        top, left = below - pads[0], beside - pads[2]
        g = scratch((1, H + below, Q + beside * L), x)
        g[:] = 0  # around and between the numbers of dy
        sums, totals = np.empty(max(T, 1) * L, x.dtype), np.empty(T, x.dtype)
        for at in range(start, stop):
            n, c = at // C, at % C
            plane = pad_image(images[at], buffer, pads)[0]
            if input_gradient:
                dx[n, c] = 0
            for m in range(M):
                f, inside = c * M + m, (top, 0, left, 0)
                relu_gradient(
                    lanes, dy[n], y[n], y[n], relu, f, 1, strides, inside, 0, g, sums, dbias[n]
                )
                gradient(
                    *(plane, g[0], strides, dilation, top, left, OH, OW),
                    *(dkernel[n, c, m], sums, totals),
                )
                if input_gradient:
                    for iy in range(H):
                        add_row(lanes, g[0], rotated[c, m], (1, 1), dilation, iy, dx[n, c, iy])

    return backward


def forward(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: Pair,
    dilation: Pair,
    grid: WindowGrid,
    relu: bool,
) -> np.ndarray:
    """x ``(B, C, H, W·16)`` -> y ``(B, C·M, OH, OW·16)``, behind relu if that is asked for."""
    KH, KW, C, M = kernel.shape
    y = empty((len(x), C * M, grid.OH, grid.OW * L), x.dtype)
    weights = np.ascontiguousarray(kernel.transpose(2, 3, 0, 1))
    lower_bound = x.dtype.type(0 if relu else -np.inf)
    run = forward_loop(*written_out(KH, KW))
    settings = strides, dilation, grid[2:], lower_bound
    parallel_for(run, len(x) * C, y.size * KH * KW, L, x, weights, bias, *settings, y)
    return y


def backward(
    dy: np.ndarray,
    y: np.ndarray,
    relu: bool,
    x: np.ndarray,
    kernel: np.ndarray,
    strides: Pair,
    dilation: Pair,
    grid: WindowGrid,
    input_gradient: bool,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """dx, dkernel and dbias; with `relu`, y is its output, and dy the gradient behind it."""
    B, (KH, KW, C, M) = len(x), kernel.shape
    rotated = np.ascontiguousarray(kernel[::-1, ::-1].transpose(2, 3, 0, 1))
    dx = empty(x.shape if input_gradient else (B, 0, 0, 0), x.dtype)
    dkernels, dbiases = empty((B, C, M, KH, KW), x.dtype), empty((B, C * M), x.dtype)
    rows = -(-KH // -(-KH // max(1, SUMS // KW)))  # of equal parts, within the registers
    columns = -(-KW // -(-KW // SUMS))
    run = backward_loop(written_out(KH, KW), (rows, columns))
    geometry, results = (strides, dilation, grid[2:]), (dx, dkernels, dbiases)
    work = 2 * dy.size * KH * KW
    parallel_for(run, B * C, work, L, (dy, y, relu), x, rotated, geometry, input_gradient, results)
    dkernel, dbias = empty((C, M, KH, KW), x.dtype), empty((C * M,), x.dtype)
    parallel_for(sum_loop, kernel.size, 4 * dkernels.size, dkernels, dbiases, dkernel, dbias)
    dkernel = np.ascontiguousarray(dkernel.transpose(2, 3, 0, 1))
    return dx if input_gradient else None, dkernel, dbias


@cache
def written_out(KH: int, KW: int) -> Pair:
    """Return the rows and columns of a window that are written out; they divide its size."""
    columns = max(n for n in range(1, min(KW, UNROLLED) + 1) if KW % n == 0)
    most = UNROLLED // columns
    return max(n for n in range(1, min(KH, most) + 1) if KH % n == 0), columns
