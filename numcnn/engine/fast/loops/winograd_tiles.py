"""Convolution by Winograd's algorithm, sixteen images at a time: tile by tile.

A tile is 2 × 2 pixels of y (`numcnn.engine.fast.loops.winograd`).  XB tiles are finished before the
next ones begin: their pixels are transformed once, then come the products for FB channels of y at a
time, summed over the channels of x, sixteen for each tile; and these become pixels.

An infinity in a tile makes NaN of pixels that the definition leaves alone.  So the loops return
whether all numbers came out finite; if not, the caller computes those images by the definition.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.winograd import FB, XB, output_tile, transform_tile
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES


@inner_loop
def write_pixels(products, at, bias, lower_bound, out, f, tile, nonfinite):
    """The pixels of a tile -> y."""
    (y,) = out
    _, OH, OQ = y.shape
    row, q = min(2 * tile[0], OH - 2), min(2 * tile[1] * L, OQ - 2 * L)
    for k in range(products.shape[1]):
        for l in range(L):
            y00, y01, y10, y11 = output_tile(products, k, u(at + l), bias[u(f + k)])
            nonfinite[l] += 0 * (y00 + y01 + y10 + y11)
            y[u(f + k), u(row), u(q + l)] = lower_bound if y00 < lower_bound else y00
            y[u(f + k), u(row), u(q + L + l)] = lower_bound if y01 < lower_bound else y01
            y[u(f + k), u(row + 1), u(q + l)] = lower_bound if y10 < lower_bound else y10
            y[u(f + k), u(row + 1), u(q + L + l)] = lower_bound if y11 < lower_bound else y11


@inner_loop
def write_maximum(products, at, bias, lower_bound, out, f, tile, nonfinite):
    """The largest pixel of a tile -> y, and which of the four it is -> argmax."""
    y, argmax = out
    row, q = tile[0], tile[1] * L
    for k in range(products.shape[1]):
        for l in range(L):
            y00, y01, y10, y11 = output_tile(products, k, u(at + l), bias[u(f + k)])
            nonfinite[l] += 0 * (y00 + y01 + y10 + y11)
            best, where = y00 if y00 > lower_bound else lower_bound, np.uint8(0)
            if y01 > best:
                best, where = y01, np.uint8(1)
            if y10 > best:
                best, where = y10, np.uint8(2)
            if y11 > best:
                best, where = y11, np.uint8(3)
            y[u(f + k), u(row), u(q + l)] = best
            argmax[u(f + k), u(row), u(q + l)] = where


@cache
def convolve_tiles(FB: int, XB: int, write: Any) -> Any:
    """All channels of sixteen images: ``m = Σ_c weights[c] · values[c]``, 16 times, and `write`.

    As in `convolution.direct_row`, FB · XB registers of sums stay in the processor while c
    runs: FB channels of XB tiles at a time.
    """
    P = XB * L

    @inner_loop
    def multiply(weights, values, products, sums):
        for e in range(16):
            for l in range(P):
                for k in range(FB):
                    sums[k * P + l] = 0
            for c in range(weights.shape[1]):
                for l in range(L):
                    for k in range(FB):
                        for m in range(XB):
                            sums[k * P + m * L + l] += weights[e, c, k] * values[e, c, m * L + l]
            for l in range(P):
                for k in range(FB):
                    products[e, k, l] = sums[k * P + l]

    @inner_loop
    def convolve(x, weights, bias, lower_bound, tile_grid, out):
        C, H, Q = x.shape
        F = len(bias)
        down, across = tile_grid
        sums, nonfinite = np.empty(FB * P, x.dtype), np.zeros(L, x.dtype)
        values = scratch((16, C | 1, P), x)  # odd, so that the sixteen do not share a cache set
        products = scratch((16, FB, P), x)
        for t0 in range(0, down * across, XB):
            t = min(t0, down * across - XB)
            for m in range(XB):
                row, q = 2 * ((t + m) // across), 2 * ((t + m) % across) * L
                transform_tile(x, min(row, H - 4), min(q, Q - 4 * L), values, m * L)
            for block in range(len(weights)):
                f = min(block * FB, F - FB)
                multiply(weights[block], values, products, sums)
                for m in range(XB):
                    tile = (t + m) // across, (t + m) % across
                    write(products, m * L, bias, lower_bound, out, f, tile, nonfinite)
        return nonfinite.sum() == 0  # 0 · ∞ is NaN

    return convolve


@cache
def winograd_image() -> Any:
    """As `numcnn.engine.fast.loops.convolution.direct_image`, for strides of 1."""
    convolve = convolve_tiles(FB, XB, write_pixels)

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        tile_grid = (y.shape[1] + 1) // 2, (y.shape[2] // L + 1) // 2
        return convolve(view[0], weights, bias, lower_bound, tile_grid, (y,))

    return convolve_image


@cache
def winograd_image_pooled() -> Any:
    """The same with max pooling over windows of 2 × 2: a window is a tile."""
    convolve = convolve_tiles(FB, XB, write_maximum)

    @inner_loop
    def convolve_and_pool(image, weights, bias, lower_bound, y, argmax):
        tile_grid = y.shape[1], y.shape[2] // L
        return convolve(image, weights, bias, lower_bound, tile_grid, (y, argmax))

    return convolve_and_pool
