"""Convolution by Winograd's algorithm, sixteen images at a time: tile by tile.

A tile is 4 × 4 pixels of y (`numcnn.engine.fast.loops.winograd`).  XB tiles are finished before the
next ones begin: their pixels are transformed once, then come the products for FB channels of y at a
time, summed over the channels of x, 36 for each tile; and these become pixels.

An infinity in a tile makes NaN of pixels that the definition leaves alone.  So the loops return
whether all numbers came out finite; if not, the caller computes those images by the definition.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.winograd import TILE, output_tile, transform_tile, window_sizes
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES


@inner_loop
def write_pixels(pixels, lower_bound, out, f, tile):
    """The pixels of a tile -> y."""
    (y,) = out
    row, q = tile
    for i in range(4):
        for p in range(4 * L):
            v = pixels[4 * i * L + p]
            y[u(f), u(row + i), u(q + p)] = lower_bound if v < lower_bound else v


@inner_loop
def write_maximum(pixels, lower_bound, out, f, tile):
    """The largest pixel of each window of 2 × 2 -> y, and which of the four it is -> argmax."""
    y, argmax = out
    row, q = tile[0] // 2, tile[1] // 2
    for i in range(2):
        for j in range(2):
            for l in range(L):
                p = (8 * i + 2 * j) * L + l
                best, where = lower_bound, np.uint8(0)
                if pixels[p] > best:
                    best = pixels[p]
                if pixels[p + L] > best:
                    best, where = pixels[p + L], np.uint8(1)
                if pixels[p + 4 * L] > best:
                    best, where = pixels[p + 4 * L], np.uint8(2)
                if pixels[p + 5 * L] > best:
                    best, where = pixels[p + 5 * L], np.uint8(3)
                y[u(f), u(row + i), u(q + j * L + l)] = best
                argmax[u(f), u(row + i), u(q + j * L + l)] = where


@inner_loop
def write_mean(pixels, lower_bound, out, f, tile):
    """The mean of each window of 2 × 2 -> y, and a bit for each of the four that is above 0."""
    y, above = out
    row, q = tile[0] // 2, tile[1] // 2
    zero, quarter = y.dtype.type(0), y.dtype.type(0.25)
    for i in range(2):
        for j in range(2):
            for l in range(L):
                p = (8 * i + 2 * j) * L + l
                total, bits = zero, np.uint8(0)
                for cell, place in enumerate((0, L, 4 * L, 5 * L)):
                    v = pixels[p + place]
                    v = lower_bound if v < lower_bound else v
                    total += v
                    bits = np.uint8(bits | np.uint8(1 << cell)) if v > zero else bits
                y[u(f), u(row + i), u(q + j * L + l)] = total * quarter
                above[u(f), u(row + i), u(q + j * L + l)] = bits


@cache
def convolve_tiles(FB: int, XB: int, write: Any) -> Any:
    """All channels of sixteen images: ``m = Σ_c weights[c] · values[c]``, 36 times, and `write`.

    As in `convolution.direct_row`, FB · XB registers of sums stay in the processor while c
    runs: FB channels of XB tiles at a time.
    """
    P = XB * L
    transform, transform_back = transform_tile(L), output_tile(FB * P)

    @inner_loop
    def multiply(weights, values, products, sums):
        for e in range(36):
            for t in range(FB * P):
                sums[t] = 0
            for c in range(weights.shape[1]):
                for l in range(L):
                    for k in range(FB):
                        for m in range(XB):
                            sums[k * P + m * L + l] += (
                                weights[e, c, k] * values[c, u((36 * m + e) * L + l)]
                            )
            for t in range(len(sums)):
                products[u(e * FB * P + t)] = sums[t]

    @inner_loop
    def convolve(x, weights, bias, lower_bound, pixels_shape, out):
        C, F, (OH, OW) = len(x), len(bias), pixels_shape
        down, across = -(-OH // TILE), -(-OW // TILE)
        sums, nonfinite = np.empty(FB * P, x.dtype), np.zeros(L, x.dtype)
        values = scratch((1, C, (36 * XB + 1) * L), x)[0]  # channels are no power of two apart
        products, sizes = scratch((1, 1, 36 * FB * P), x)[0, 0], scratch((1, 1, 16 * P), x)[0, 0]
        work = scratch((1, 2, 36 * L), x)[0]
        v, pixels = work[0], work[1]
        for t0 in range(0, down * across, XB):
            t = max(0, min(t0, down * across - XB))  # one tile: the same once more
            for m in range(XB):
                row = min(TILE * ((t + m) // across), OH - TILE)
                q = min(TILE * ((t + m) % across), OW - TILE) * L
                transform(x, row, q, values, 36 * m * L, v)
                window_sizes(x, row, q, sizes, 16 * m * L, v)
            for block in range(len(weights)):
                f = min(block * FB, F - FB)
                multiply(weights[block], values, products, sums)
                for m in range(XB):
                    row = min(TILE * ((t + m) // across), OH - TILE)
                    q = min(TILE * ((t + m) % across), OW - TILE) * L
                    for k in range(FB):
                        transform_back(
                            products,
                            k * P + m * L,
                            bias[u(f + k)],
                            sizes,
                            16 * m * L,
                            v,
                            pixels,
                            nonfinite,
                        )
                        write(pixels, lower_bound, out, f + k, (row, q))
        return nonfinite.sum() == 0  # 0 · ∞ is NaN

    return convolve


@cache
def winograd_image(FB: int, XB: int) -> Any:
    """As `numcnn.engine.fast.loops.convolution.direct_image`, for strides of 1."""
    convolve = convolve_tiles(FB, XB, write_pixels)

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        return convolve(view[0], weights, bias, lower_bound, (y.shape[1], y.shape[2] // L), (y,))

    return convolve_image


@cache
def winograd_image_pooled(FB: int, XB: int, kind: str) -> Any:
    """The same with pooling over windows of 2 × 2: four of them are a tile."""
    convolve = convolve_tiles(FB, XB, {"maximum": write_maximum, "mean": write_mean}[kind])

    @inner_loop
    def convolve_and_pool(image, weights, bias, lower_bound, y, cells):
        pixels_shape = 2 * y.shape[1], 2 * y.shape[2] // L
        return convolve(image, weights, bias, lower_bound, pixels_shape, (y, cells))

    return convolve_and_pool
