"""The gradients of a convolution, sixteen images at a time.

The kernel's, `kernel_gradient`, correlates the image with dy; the input's is a convolution again
(`numcnn.engine.fast.loops.convolution`, which also says the shapes).  Both are computed for a group
of sixteen images while its dy is in the nearest cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.loops import few_pixels, winograd
from numcnn.engine.fast.loops.block_sizes import (
    convolution_block,
    gradient_block,
    turned_block,
)
from numcnn.engine.fast.loops.convolution import (
    by_winograd,
    definition,
    direct_image,
    pad_image,
    padding_buffer,
    run_until_valid,
)
from numcnn.engine.fast.loops.winograd_gradients import winograd_filters
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, scratch, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for
from numcnn.geometry import WindowGrid

L = LANES


class Upstream(NamedTuple):
    """The gradient that reaches a convolution, with what may have stood behind it.

    dy : ``(B, F, rows, columns·16)``, the gradient behind pooling and relu
    y : their output; dy itself where there is neither
    cells : of each pooling window its byte (`numcnn.engine.fast.loops.windows`); any array where
        there was none
    relu : whether dy has to go through relu, whose output is y
    """

    dy: np.ndarray
    y: np.ndarray
    cells: np.ndarray
    relu: bool


@cache
def kernel_gradient(FB: int, CB: int, IB: int, JB: int) -> Any:
    """``dkernel[i, j, c, f] = Σ_{oy,ox} dy[f, oy, ox] · x[c, oy·SH + i, ox·SW + j]``, FB of the f.

    CB channels, IB rows and JB columns of the window at a time: their registers of sums stay in the
    processor while oy and ox run over the image.  Only at the end are the sixteen lanes of each
    added up.  ``dy[at]`` belongs to filter f.
    """
    T = FB * CB * IB * JB

    @inner_loop
    def gradient(x, strides, dy, at, inside, f, dkernel, sums, totals):
        KH, KW, C, _ = dkernel.shape
        SH, SW = strides
        top, bottom, left, right = inside
        for c0 in range(0, C, CB):
            c = min(c0, C - CB)
            for i0 in range(0, KH, IB):
                r = min(i0, KH - IB)
                for j0 in range(0, KW, JB):
                    q = min(j0, KW - JB)
                    for t in range(T * L):
                        sums[t] = 0
                    for oy in range(bottom - top):
                        for ox in range(right - left):
                            for l in range(L):
                                for k in range(FB):
                                    for b in range(CB):
                                        for i in range(IB):
                                            for j in range(JB):
                                                sums[
                                                    (((k * CB + b) * IB + i) * JB + j) * L + l
                                                ] += (
                                                    dy[
                                                        u(at + k),
                                                        u(top + oy),
                                                        u((left + ox) * L + l),
                                                    ]
                                                    * x[
                                                        u(c + b),
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
                        for b in range(CB):
                            for i in range(IB):
                                for j in range(JB):
                                    dkernel[r + i, q + j, c + b, f + k] = totals[
                                        ((k * CB + b) * IB + i) * JB + j
                                    ]

    return gradient


@inner_loop
def relu_gradient(lanes, dy, y, cells, relu, f, count, strides, inside, at, g, sums, dbias):
    """The gradient of `count` channels into g, and its sums for the bias: lane by lane in `sums`,
    so that no addition waits for the one before.

    With `relu` nothing passes where y, relu's output, is not above zero.  (That test stands here
    and in `fusion`: as a loop of its own it would keep the compiler from SIMD.)
    """
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
                    g[u(at + k), u(top + oy * SH), u((left + ox * SW) * lanes + l)] = d
                    sums[l] += d
        dbias[f + k] = sums[:lanes].sum()


@cache
def direct_filters(block: Any, upstream_gradient: Any) -> Any:
    """The gradients of kernel and bias, by the definition, a few filters at a time.

    `upstream_gradient` writes the gradient of some channels, as it comes out of relu (and of
    pooling), into g; into its place there if the `whole` of it is needed.  `inside` are the edges
    of the gradient in g.  Returns True: valid for any numbers.
    """
    gradient = kernel_gradient(*block)
    FB, T = block[0], math.prod(block)

    @inner_loop
    def gradients(lanes, behind, image, strides, g, inside, whole, dkernel, dbias):
        F, sums, totals = dkernel.shape[3], np.empty(T * L, g.dtype), np.empty(T, g.dtype)
        for f0 in range(0, F, FB):
            f = min(f0, F - FB)
            at = f if whole else 0
            upstream_gradient(lanes, *behind, f, FB, (1, 1), inside, at, g, sums, dbias)
            gradient(image, strides, g, at, inside, f, dkernel, sums, totals)
        return True

    return gradients


@inner_loop
def room_around(K, size, stride, pad):
    """Where dy begins in g, and the length of g, for a window of K that runs back over x."""
    before = K - 1 - pad  # in pixels of x
    start = -(-before // stride)
    return start, start + (size + K - 2 - before) // stride + 1


@cache
def gradients_loop(FB: int, of_filters: Any, convolve_image: Any) -> Any:
    """All gradients of some groups of images; FB filters of dy at a time, if no more are needed.

    One group of images goes through everything before the next begins, so g is still in the
    processor's cache when it is needed, and never leaves it.
    """

    @loop
    def backward(lanes, upstream, x, rotated, geometry, input_gradient, gradients, start, stop):
        dy, y, cells, relu = upstream
        strides, pads, OH, OW = geometry
        dx, dkernel, dbias, valid = gradients
        C, H, Q = x.shape[1:]
        KH, KW = dkernel.shape[1:3]
        no_bias, lower_bound = np.zeros(C, x.dtype), x.dtype.type(-np.inf)
        buffer = padding_buffer(x, pads)
        t, l, rows, columns, shift = 0, 0, OH, OW, (0, 0)
        if input_gradient:  # all channels, with room for the window around them
            t, rows = room_around(KH, H, strides[0], pads[0])
            l, columns = room_around(KW, Q // L, strides[1], pads[2])
            shift = t * strides[0] - (KH - 1 - pads[0]), l * strides[1] - (KW - 1 - pads[2])
        g = scratch((dy.shape[1] if input_gradient else FB, rows, columns * L), x)
        g[:] = 0  # `upstream_gradient` leaves what is around as it is
        inside = (t, t + OH, l, l + OW)
        view = (g, inside, (1, 1), (strides, shift))
        for n in range(start, stop):
            if valid[n]:
                continue
            image = pad_image(x[n], buffer, pads)
            behind = (dy[n], y[n], cells[n], relu)
            valid[n] = of_filters(
                lanes, behind, image, strides, g, inside, input_gradient, dkernel[n], dbias[n]
            )
            if input_gradient and valid[n]:
                valid[n] = convolve_image(view, rotated, no_bias, lower_bound, dx[n])

    return backward


def backward(
    upstream_gradient: Any,
    upstream: Upstream,
    x: np.ndarray,
    kernel: np.ndarray,
    strides: tuple[int, int],
    grid: WindowGrid,
    input_gradient: bool,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """dx, dkernel and dbias, from `upstream`, which `upstream_gradient` can read."""
    B, C, _, Q = x.shape
    KH, KW, _, F = kernel.shape
    dkernel, dbias = empty((B, *kernel.shape), x.dtype), empty((B, F), x.dtype)
    dx, rotated = empty((B, 0, 0, 0), x.dtype), kernel
    if input_gradient:
        dx = empty(x.shape, x.dtype)
        rotated = kernel[::-1, ::-1].swapaxes(2, 3)  # (KH, KW, F, C)
    work = B * F * grid.OH * grid.OW * L * KH * KW * C
    across = max(1, Q // L // strides[1])  # neighbours in a block are as far apart as in dy
    block = convolution_block(C, across, grid.OW, KW, KW - 1 - grid.left, 1, work)
    geometry, valid = (strides, grid[2:], grid.OH, grid.OW), np.zeros(B, np.bool_)
    few, turned = gradient_block(F, C, KH, KW, work), turned_block(C, F)
    at_once, filters = few[0], direct_filters(few, upstream_gradient)
    if few_pixels.pays(grid.OH * grid.OW, C, F, turned, work):
        at_once, filters = F, few_pixels.turned_filters(*turned, upstream_gradient)

    def ways() -> Iterator[tuple[Any, Any, np.ndarray]]:
        """The loops over the filters and over dx, and the kernel for the latter."""
        if not input_gradient:  # any loop over dx: it is not called
            yield filters, direct_image(*block, False), kernel[np.newaxis]
            return
        if strides == (1, 1) and winograd.pays(rotated, strides, dx.shape[2], Q // L):
            yield winograd_filters(*turned, upstream_gradient), *by_winograd(rotated)
        yield filters, *definition(rotated, strides, block)

    given = geometry, input_gradient, (dx, dkernel, dbias, valid)
    loops = (
        (gradients_loop(at_once, *of_group), (L, tuple(upstream), x, weights, *given))
        for *of_group, weights in ways()
    )
    run_until_valid(loops, valid, 2 * work)
    totals = empty(kernel.shape, x.dtype), empty((F,), x.dtype)
    parallel_for(sum_loop, kernel.size, 4 * dkernel.size, dkernel, dbias, *totals)
    return dx if input_gradient else None, *totals


@loop
def sum_loop(dkernels, dbiases, dkernel, dbias, start, stop):
    """The sums over all groups of images, in their order, whatever thread each comes from.

    Weights start to stop of the kernel, and the bias with the first.
    """
    B, size = len(dkernels), dkernel.size
    parts, total = dkernels.reshape(B, size), dkernel.reshape(size)
    total[start:stop] = 0
    for n in range(B):
        for k in range(start, stop):
            total[u(k)] += parts[n, u(k)]
    if start == 0:
        dbias[:] = 0
        for n in range(B):
            for f in range(len(dbias)):
                dbias[f] += dbiases[n, f]
