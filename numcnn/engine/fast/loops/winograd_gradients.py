"""The gradient of a kernel of 3 × 3 in 16 products for every 36: Winograd's algorithm, transposed.

Forward, a kernel g and a tile of x become a tile of y in three steps: ``y = A'[(G g) · (B' x)]``,
with the transforms G, B' and A' of `numcnn.engine.fast.loops.winograd`.  For a given x that is
linear in g.  So the gradient of g is the same steps transposed, in the opposite order::

    dg = G'[Σ_tiles (A dy) · (B' x)]

The sum over the tiles stands inside: G' is applied once for all of them.

The lanes of a register are filters here, as in the kernel gradient of a dense layer, and the sum
runs over tiles and images: then no lanes are to be added up.  So the tiles of dy are turned, from
sixteen images side by side to their filters side by side.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.winograd import transform_tile
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES
TILES = 8
"""Tiles at a time: of 32 channels they fill the nearest cache."""


@inner_loop
def tile_transform(d0, d1):
    """`winograd.output_transform`, transposed: two gradients -> those of the four products."""
    return d0, d0 + d1, d0 - d1, -d1


@inner_loop
def kernel_transform_back(w0, w1, w2, w3, half):
    """`winograd.kernel_transform`, transposed: gradients of four factors -> of three weights."""
    both = half * (w1 + w2)
    return w0 + both, half * (w1 - w2), both + w3


@inner_loop
def transform_gradients(g, y, q, turned, tiles, at):
    """The 2 × 2 pixels of g from (y, q) on, of all filters, into ``tiles[:, at:]``."""
    for f in range(g.shape[0]):
        for l in range(L):
            turned[0, l, f] = g[f, u(y), u(q + l)]
            turned[1, l, f] = g[f, u(y), u(q + L + l)]
            turned[2, l, f] = g[f, u(y + 1), u(q + l)]
            turned[3, l, f] = g[f, u(y + 1), u(q + L + l)]
    for l in range(L):
        for f in range(turned.shape[2]):
            v0 = tile_transform(turned[0, l, f], turned[2, l, f])
            v1 = tile_transform(turned[1, l, f], turned[3, l, f])
            for i in range(4):
                (
                    tiles[4 * i, u(at + l), f],
                    tiles[4 * i + 1, u(at + l), f],
                    tiles[4 * i + 2, u(at + l), f],
                    tiles[4 * i + 3, u(at + l), f],
                ) = tile_transform(v0[i], v1[i])


@cache
def multiply_tiles(CB: int, VECTORS: int) -> Any:
    """``products[e, c, f] += Σ_t values[e, c, t] · tiles[e, t, f]``, sixteen times.

    CB · VECTORS registers of sums stay in the processor while t runs over tiles and images.
    """
    P = VECTORS * L

    @inner_loop
    def multiply(values, tiles, products, sums):
        _, C, F = products.shape
        for e in range(16):
            for c in range(0, C, CB):
                for f in range(0, F, P):
                    for v in range(P):
                        for d in range(CB):
                            sums[d * P + v] = products[e, u(c + d), u(f + v)]
                    for t in range(TILES * L):
                        for v in range(P):
                            for d in range(CB):
                                sums[d * P + v] += (
                                    values[e, u(c + d), u(t)] * tiles[e, u(t), u(f + v)]
                                )
                    for v in range(P):
                        for d in range(CB):
                            products[e, u(c + d), u(f + v)] = sums[d * P + v]

    return multiply


@inner_loop
def weights_of(products, half, dkernel):
    """The sixteen sums of each channel and filter -> 3 × 3 gradients; whether all are finite."""
    nonfinite = 0 * half
    _, _, C, F = dkernel.shape
    for c in range(C):
        for f in range(F):
            p = products[:, c, f]
            v0 = kernel_transform_back(p[0], p[1], p[2], p[3], half)
            v1 = kernel_transform_back(p[4], p[5], p[6], p[7], half)
            v2 = kernel_transform_back(p[8], p[9], p[10], p[11], half)
            v3 = kernel_transform_back(p[12], p[13], p[14], p[15], half)
            for j in range(3):
                w = kernel_transform_back(v0[j], v1[j], v2[j], v3[j], half)
                dkernel[0, j, c, f], dkernel[1, j, c, f], dkernel[2, j, c, f] = w
                nonfinite += 0 * (w[0] + w[1] + w[2])
    return nonfinite == 0  # 0 · ∞ is NaN


@cache
def winograd_filters(CB: int, VECTORS: int, upstream_gradient: Any) -> Any:
    """As `numcnn.engine.fast.loops.gradients.direct_filters`, for an even number of pixels."""
    multiply = multiply_tiles(CB, VECTORS)
    P = VECTORS * L

    @inner_loop
    def gradients(lanes, behind, image, strides, g, inside, whole, dkernel, dbias):
        C, F = dkernel.shape[2:]
        top, bottom, left, right = inside
        upstream_gradient(lanes, *behind, 0, F, strides, inside, 0, g, np.empty(L, g.dtype), dbias)
        channels, filters = -(-C // CB) * CB, -(-F // P) * P
        values = scratch((16, channels | 1, TILES * L + L), g)  # as much more as keeps
        tiles = scratch((16, TILES * L + 1, filters), g)  # the sixteen from sharing a cache set
        turned = scratch((4, L, filters), g)
        products, sums = scratch((16, channels, filters), g), np.empty(CB * P, g.dtype)
        values[:], turned[:], products[:] = 0, 0, 0
        across = (right - left) // 2
        count = across * ((bottom - top) // 2)
        for t0 in range(0, count, TILES):
            tiles[:] = 0
            for m in range(min(TILES, count - t0)):
                y, q = 2 * ((t0 + m) // across), 2 * ((t0 + m) % across) * L
                transform_tile(image, y, q, values, m * L)
                transform_gradients(g, top + y, left * L + q, turned, tiles, m * L)
            multiply(values, tiles, products, sums)
        return weights_of(products, g.dtype.type(0.5), dkernel)

    return gradients
