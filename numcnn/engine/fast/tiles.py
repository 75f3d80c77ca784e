"""Convolution in Winograd's way, sixteen images at a time: tile by tile.

A tile is 2 × 2 pixels of y (`numcnn.engine.fast.winograd`).  XB tiles are finished before the next
ones begin: the factors of their pixels are made once, then the products of FB channels of y at a
time, summed over the channels of x, sixteen for each tile; and these become pixels.

An infinity in a tile makes NaN of pixels that the definition leaves alone.  So whoever computes in
this way is told whether all numbers came out finite, and turns to the definition if not.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.compiled import LANES, part, scratch, u
from numcnn.engine.fast.winograd import FB, XB, factors_of_tile, tile_of_products

L = LANES


@part
def write_pixels(products, at, bias, lowest, out, f, tile, infinite):
    """The pixels of a tile -> y."""
    (y,) = out
    _, OH, OQ = y.shape
    row, q = min(2 * tile[0], OH - 2), min(2 * tile[1] * L, OQ - 2 * L)
    for k in range(products.shape[1]):
        for l in range(L):
            y00, y01, y10, y11 = tile_of_products(products, k, u(at + l), bias[u(f + k)])
            infinite[l] += 0 * (y00 + y01 + y10 + y11)
            y[u(f + k), u(row), u(q + l)] = lowest if y00 < lowest else y00
            y[u(f + k), u(row), u(q + L + l)] = lowest if y01 < lowest else y01
            y[u(f + k), u(row + 1), u(q + l)] = lowest if y10 < lowest else y10
            y[u(f + k), u(row + 1), u(q + L + l)] = lowest if y11 < lowest else y11


@part
def write_largest(products, at, bias, lowest, out, f, tile, infinite):
    """The largest pixel of a tile -> y, which one that is -> winner."""
    y, winner = out
    row, q = tile[0], tile[1] * L
    for k in range(products.shape[1]):
        for l in range(L):
            y00, y01, y10, y11 = tile_of_products(products, k, u(at + l), bias[u(f + k)])
            infinite[l] += 0 * (y00 + y01 + y10 + y11)
            best, where = y00 if y00 > lowest else lowest, np.uint8(0)
            if y01 > best:
                best, where = y01, np.uint8(1)
            if y10 > best:
                best, where = y10, np.uint8(2)
            if y11 > best:
                best, where = y11, np.uint8(3)
            y[u(f + k), u(row), u(q + l)] = best
            winner[u(f + k), u(row), u(q + l)] = where


@cache
def correlation(FB: int, XB: int, write: Any) -> Any:
    """All channels of sixteen images: ``m = Σ_c weights[c] · values[c]``, 16 times, and `write`.

    As in `numcnn.engine.fast.convolution`, FB · XB registers of sums stay in the processor while c
    runs: FB channels of XB tiles at a time.
    """
    P = XB * L

    @part
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

    @part
    def correlate(x, weights, bias, lowest, tiles, out):
        C, H, Q = x.shape
        F = len(bias)
        down, across = tiles
        sums, infinite = np.empty(FB * P, x.dtype), np.zeros(L, x.dtype)
        values = scratch((16, C | 1, P), x)  # odd, so that the sixteen do not meet in the cache
        products = scratch((16, FB, P), x)
        for t0 in range(0, down * across, XB):
            t = min(t0, down * across - XB)
            for m in range(XB):
                row, q = 2 * ((t + m) // across), 2 * ((t + m) % across) * L
                factors_of_tile(x, min(row, H - 4), min(q, Q - 4 * L), values, m * L)
            for group in range(len(weights)):
                f = min(group * FB, F - FB)
                multiply(weights[group], values, products, sums)
                for m in range(XB):
                    tile = (t + m) // across, (t + m) % across
                    write(products, m * L, bias, lowest, out, f, tile, infinite)
        return infinite.sum() == 0  # 0 · ∞ is NaN

    return correlate


@cache
def correlation_of_image() -> Any:
    """Return what `numcnn.engine.fast.convolution.correlation_of_image` does, in this way."""
    correlate = correlation(FB, XB, write_pixels)

    @part
    def correlate_image(view, weights, bias, lowest, y):
        tiles = (y.shape[1] + 1) // 2, (y.shape[2] // L + 1) // 2
        return correlate(view[0], weights, bias, lowest, tiles, (y,))

    return correlate_image


@cache
def correlation_and_pooling() -> Any:
    """Return the same with max pooling over windows of 2 × 2: a window is a tile."""
    correlate = correlation(FB, XB, write_largest)

    @part
    def correlate_and_pool(image, weights, bias, lowest, y, winner):
        tiles = y.shape[1], y.shape[2] // L
        return correlate(image, weights, bias, lowest, tiles, (y, winner))

    return correlate_and_pool
