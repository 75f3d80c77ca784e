"""Convolution, sixteen images at a time, without ever building the column matrix.

What im2col would copy is read where it stands: pixel (oy + i, ox + j) of the image is pixel
(oy, ox) of the column for (i, j).  The three sums of a convolution are two loops:

* `correlation` is the forward pass, and the input gradient too: dx is dy, correlated with the
  kernel turned round.
* `kernel_gradient` correlates the image with dy.

Shapes of one block of sixteen images: x ``(C, H, W·16)``, y and dy ``(F, OH, OW·16)``; the kernel
is ``(KH, KW, C, F)`` as everywhere.  ``inside`` is where an array with zeros around it holds an
image: top, bottom, left, right.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.blocks import correlation_block, gradient_block
from numcnn.engine.fast.compiled import LANES, loop, part, scratch, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.geometry import WindowGrid

L = LANES


class Called(NamedTuple):
    """A convolution as it was called; x, kernel and bias are not to change until it is computed."""

    x: Any
    kernel: np.ndarray
    bias: np.ndarray | None
    strides: tuple[int, int]
    grid: WindowGrid
    output_shape: tuple[int, int, int, int]


# --- the two sums --------------------------------------------------------------------------------


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


@cache
def kernel_gradient(FB: int, IB: int, JB: int) -> Any:
    """``dkernel[i, j, c, f] = Σ_{oy,ox} dy[f, oy, ox] · x[c, oy·SH + i, ox·SW + j]``, FB of the f.

    IB rows and JB columns of the window at a time: FB · IB · JB registers of sums stay in the
    processor while oy and ox run over the image.  Only at the end are the sixteen lanes of each
    added up.  ``dy[at]`` belongs to channel f; dy stands in its array as x would, SH rows apart.
    """
    T = FB * IB * JB

    @part
    def gradient(x, strides, dy, at, inside, OH, OW, f, dkernel, sums, totals):
        KH, KW, C, _ = dkernel.shape
        SH, SW = strides
        top, _, left, _ = inside
        for c in range(C):
            for i0 in range(0, KH, IB):
                r = min(i0, KH - IB)
                for j0 in range(0, KW, JB):
                    q = min(j0, KW - JB)
                    for l in range(L):
                        for t in range(T):
                            sums[t * L + l] = 0
                    for oy in range(OH):
                        for ox in range(OW):
                            for l in range(L):
                                for k in range(FB):
                                    for i in range(IB):
                                        for j in range(JB):
                                            sums[((k * IB + i) * JB + j) * L + l] += (
                                                dy[
                                                    u(at + k),
                                                    u(top + oy * SH),
                                                    u((left + ox * SW) * L + l),
                                                ]
                                                * x[
                                                    c,
                                                    u(oy * SH + r + i),
                                                    u((ox * SW + q + j) * L + l),
                                                ]
                                            )
                    for t in range(T):
                        totals[t] = 0
                    for l in range(L):
                        for t in range(T):
                            totals[t] += sums[t * L + l]
                    for k in range(FB):
                        for i in range(IB):
                            for j in range(JB):
                                dkernel[r + i, q + j, c, f + k] = totals[(k * IB + i) * JB + j]

    return gradient


# --- what surrounds them -------------------------------------------------------------------------


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


@part
def masked(lanes, dy, y, winner, relu, f, count, strides, inside, at, g, dbias):
    """The gradient of `count` channels into g, and its sums for the bias.

    With `relu` nothing passes where y, relu's output, is not above zero.
    """
    _, OH, OQ = dy.shape
    SH, SW = strides
    top, _, left, _ = inside
    zero = dbias.dtype.type(0)
    for k in range(count):
        total = zero
        for oy in range(OH):
            for ox in range(OQ // lanes):
                for l in range(lanes):
                    d = dy[u(f + k), oy, u(ox * lanes + l)]
                    if relu:
                        d = d if y[u(f + k), oy, u(ox * lanes + l)] > zero else zero
                    g[u(at + k), u(top + oy * SH), u((left + ox * SW) * lanes + l)] = d
                    total += d
        dbias[f + k] = total


# --- over all blocks of images -------------------------------------------------------------------


@cache
def forward_loop(FB: int, XB: int) -> Any:
    """The forward pass of blocks of images, row by row."""
    correlate = correlation(FB, XB)

    @loop
    def forward(x, kernel, bias, strides, pads, lowest, y, start, stop):
        H, Q = x.shape[2:]
        F, OH = y.shape[1:3]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        room = room_for(x, pads)
        for n in range(start, stop):
            view = (padded(x[n], room, pads), inside, strides)
            for f0 in range(0, F, FB):
                f = min(f0, F - FB)
                for oy in range(OH):
                    correlate(view, kernel, bias, lowest, f, oy, y[n, f : f + FB], oy, sums)

    return forward


@cache
def backward_loop(gradient_size: Any, dx_size: Any, fill: Any = masked) -> Any:
    """All gradients of blocks of images.

    `fill` writes the gradient of some channels, as it comes out of relu (and of pooling), into g.
    One block of images goes through everything before the next begins, so g is still in the
    processor's cache when it is needed, and never leaves it.
    """
    gradient = kernel_gradient(*gradient_size)
    correlate = correlation(*dx_size)
    FB, IB, JB = gradient_size
    CB, XB = dx_size
    T = FB * IB * JB
    SUMS = max(T, CB * XB) * L

    @loop
    def backward(lanes, upstream, x, turned, grid, input_gradient, gradients, start, stop):
        dy, y, winner, relu = upstream
        strides, pads, OH, OW = grid
        dx, dkernel, dbias = gradients
        C, H, Q = x.shape[1:]
        F = dy.shape[1]
        KH, KW = turned.shape[:2]
        rows, columns = (OH - 1) * strides[0] + 1, (OW - 1) * strides[1] + 1
        sums, totals = np.empty(SUMS, x.dtype), np.empty(T, x.dtype)
        nothing, lowest = np.zeros(C, x.dtype), x.dtype.type(-np.inf)
        room = room_for(x, pads)
        if input_gradient:  # all channels, with room for the window around them
            t, l = KH - 1 - pads[0], KW - 1 - pads[2]
            g = scratch((F, H + KH - 1, Q + (KW - 1) * L), x)
        else:
            t, l = 0, 0
            g = scratch((FB, rows, columns * L), x)
        g[:] = 0  # `fill` leaves what is around and between as it is
        inside = (t, t + rows, l, l + columns)
        view = (g, inside, (1, 1))
        for n in range(start, stop):
            image = padded(x[n], room, pads)
            for f0 in range(0, F, FB):
                f = min(f0, F - FB)
                at = f if input_gradient else 0
                fill(lanes, dy[n], y[n], winner[n], relu, f, FB, strides, inside, at, g, dbias[n])
                gradient(image, strides, g, at, inside, OH, OW, f, dkernel[n], sums, totals)
            if input_gradient:
                for c0 in range(0, C, CB):
                    c = min(c0, C - CB)
                    for iy in range(H):
                        rows_of_dx = dx[n, c : c + CB]
                        correlate(view, turned, nothing, lowest, c, iy, rows_of_dx, iy, sums)

    return backward


# --- the engine's side ---------------------------------------------------------------------------


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
    y = empty((B, F, grid.OH, grid.OW * L), x.dtype)
    lowest = x.dtype.type(0 if relu else -np.inf)
    work = y.size * KH * KW * C
    size = correlation_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
    parallel(forward_loop(*size), B, work, x, kernel, bias, strides, grid[2:], lowest, y)
    return y


def backward(
    fill: Any,
    upstream: tuple[np.ndarray, np.ndarray, np.ndarray, bool],
    x: np.ndarray,
    kernel: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    input_gradient: bool,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Numbers of dx, dkernel and dbias, from the `upstream` that `fill` is made for: dy, y, winner
    and whether relu was between.
    """
    B, C, _, Q = x.shape
    KH, KW, _, F = kernel.shape
    dkernel, dbias = empty((B, *kernel.shape), x.dtype), empty((B, F), x.dtype)
    dx, turned = empty((B, 0, 0, 0), x.dtype), kernel
    if input_gradient:
        dx = empty(x.shape, x.dtype)
        turned = np.ascontiguousarray(kernel[::-1, ::-1].swapaxes(2, 3))  # (KH, KW, F, C)
    work = B * F * grid.OH * grid.OW * L * KH * KW * C
    span = (grid.OW - 1) * strides[1] + 1
    run = backward_loop(
        gradient_block(F, KH, KW, work),
        correlation_block(C, Q // L, span, KW, KW - 1 - grid.left, 1, work),
        fill,
    )
    gradients, places = (dx, dkernel, dbias), (strides, grid[2:], grid.OH, grid.OW)
    parallel(run, B, 2 * work, L, upstream, x, turned, places, input_gradient, gradients)
    # The sums of the blocks are added in a fixed order, whatever thread they come from.
    return dx if input_gradient else None, dkernel.sum(0), dbias.sum(0)
