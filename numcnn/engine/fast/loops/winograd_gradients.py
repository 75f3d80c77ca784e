"""The gradient of a kernel of 3 × 3 in 36 products for every 144: Winograd's algorithm, transposed.

Forward, a kernel g and a tile of x become a tile of y in three steps: ``y = A'[(G g) · (B' x)]``,
with the transforms G, B' and A' of `numcnn.engine.fast.loops.winograd`.  For a given x that is
linear in g.  So the gradient of g is the same steps transposed, in the opposite order::

    dg = G'[Σ_tiles (A dy) · (B' x)]

The sum over the tiles stands inside: G' is applied once for all of them.

The lanes of a register are filters here, as in the kernel gradient of a dense layer, and the sum
runs over tiles and images: then no lanes are to be added up.  So the tiles of dy are turned, from
sixteen images side by side to their filters side by side.  The last tiles of an image may overlap
those before; what these have had is zero in them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.winograd import TILE, points, transform_tile
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES
TILES = 4
"""Tiles at a time."""
STEP, SPAN = (TILES + 1) * L, (TILES * L + 1) * L
"""From one of the 36 factors to the next, of x and of dy: no power of two."""


@inner_loop
def tile_transform(d0, d1, d2, d3, a, b):
    """`winograd.output_transform`, transposed: four gradients -> those of the six products."""
    a2, b2 = a * a, b * b
    even_a, odd_a = d0 + a2 * d2, a * (d1 + a2 * d3)
    even_b, odd_b = d0 + b2 * d2, b * (d1 + b2 * d3)
    return d0, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, d3


@inner_loop
def kernel_transform_back(w0, w1, w2, w3, w4, w5, a, b):
    """`winograd.kernel_transform`, transposed: gradients of six factors -> of three weights."""
    a2, b2 = a * a, b * b
    of_a, of_b = 1 / (2 * a2 * (a2 - b2)), 1 / (2 * b2 * (b2 - a2))
    even_a, odd_a = of_a * (w1 + w2), of_a * a * (w1 - w2)
    even_b, odd_b = of_b * (w3 + w4), of_b * b * (w3 - w4)
    first = w0 / (a2 * b2) + even_a + even_b
    return first, odd_a + odd_b, a2 * even_a + b2 * even_b + w5


@inner_loop
def turn(g, f, y, q, had, turned):
    """The 4 × 4 pixels of 16 filters from f on, filters side by side.

    Zeros in the rows and columns, so many from the first, that tiles before `had`.
    """
    top, left = had
    filters = min(L, g.shape[0] - f)
    for i in range(4):
        for j in range(4):
            pixel = (4 * i + j) * L * L
            if i < top or j < left:
                turned[pixel : pixel + L * L] = 0
            else:
                for k in range(filters):
                    for l in range(L):
                        turned[pixel + l * L + k] = g[u(f + k), u(y + i), u(q + j * L + l)]


@inner_loop
def transform_gradients(turned, tiles, at, v):
    """4 × 4 pixels -> 36 factors of sixteen filters, for each of the sixteen images."""
    a, b = points(turned)
    for l in range(L):
        for j in range(4):
            for k in range(L):
                r, w = u((j * L + l) * L + k), j * L + k
                v[w], v[w + 4 * L], v[w + 8 * L], v[w + 12 * L], v[w + 16 * L], v[w + 20 * L] = (
                    tile_transform(
                        turned[r],
                        turned[r + u(4 * L * L)],
                        turned[r + u(8 * L * L)],
                        turned[r + u(12 * L * L)],
                        a,
                        b,
                    )
                )
        for i in range(6):
            for k in range(L):
                r, w = 4 * i * L + k, u((at + l) * L + 6 * i * SPAN + k)
                (
                    tiles[w],
                    tiles[w + u(SPAN)],
                    tiles[w + u(2 * SPAN)],
                    tiles[w + u(3 * SPAN)],
                    tiles[w + u(4 * SPAN)],
                    tiles[w + u(5 * SPAN)],
                ) = tile_transform(v[r], v[r + L], v[r + 2 * L], v[r + 3 * L], a, b)


@cache
def multiply_tiles(CB: int, VECTORS: int) -> Any:
    """Return two loops: over tiles, and over what has been added up.

    ``products[e, c, f] += Σ_t values[c, e, t] · tiles[f, e, t]``, 36 times.

    CB · VECTORS registers of sums stay in the processor while t runs over tiles and images.  They
    are one block of products, ``(36, blocks, CB · VECTORS · 16)``: so they are copied a register at
    a time.  The blocks of filters follow each other, those of channels come after that.
    """
    P = VECTORS * L

    @inner_loop
    def multiply(values, tiles, products, sums):
        across = len(tiles) // VECTORS
        for e in range(36):
            for block in range(products.shape[1]):
                c, f = block // across * CB, block % across * VECTORS
                for q in range(len(sums)):
                    sums[q] = products[e, block, q]
                for t in range(TILES * L):
                    for l in range(L):
                        for v in range(VECTORS):
                            for d in range(CB):
                                sums[d * P + v * L + l] += (
                                    values[u(c + d), u(e * STEP + t)]
                                    * tiles[u(f + v), u(e * SPAN + t * L + l)]
                                )
                for q in range(len(sums)):
                    products[e, block, q] = sums[q]

    @inner_loop
    def weights_of(products, v, dkernel):
        """The 36 sums of each channel and filter -> 3 × 3 gradients; whether all are finite."""
        a, b = points(dkernel)
        _, _, C, F = dkernel.shape
        across = -(-F // P)
        nonfinite = 0 * a
        for c in range(C):
            for j in range(6):
                for f in range(0, F, P):
                    block = c // CB * across + f // P
                    for k in range(min(P, F - f)):
                        r, w = u(c % CB * P + k), u(f + k)
                        v[0, j, w], v[1, j, w], v[2, j, w] = kernel_transform_back(
                            products[j, block, r],
                            products[6 + j, block, r],
                            products[12 + j, block, r],
                            products[18 + j, block, r],
                            products[24 + j, block, r],
                            products[30 + j, block, r],
                            a,
                            b,
                        )
            for i in range(3):
                for f in range(F):
                    w0, w1, w2 = kernel_transform_back(
                        v[i, 0, f], v[i, 1, f], v[i, 2, f], v[i, 3, f], v[i, 4, f], v[i, 5, f], a, b
                    )
                    dkernel[i, 0, c, f], dkernel[i, 1, c, f], dkernel[i, 2, c, f] = w0, w1, w2
                    nonfinite += 0 * (w0 + w1 + w2)
        return nonfinite == 0  # 0 · ∞ is NaN

    return multiply, weights_of


@cache
def winograd_filters(CB: int, VECTORS: int, upstream_gradient: Any) -> Any:
    """As `numcnn.engine.fast.loops.gradients.direct_filters`, for a tile and more."""
    (multiply, weights_of), transform = multiply_tiles(CB, VECTORS), transform_tile(STEP)
    P = VECTORS * L

    @inner_loop
    def gradients(lanes, behind, image, strides, g, inside, whole, dkernel, dbias):
        C, F = dkernel.shape[2:]
        top, bottom, left, right = inside
        upstream_gradient(lanes, *behind, 0, F, strides, inside, 0, g, np.empty(L, g.dtype), dbias)
        channels, filters = -(-C // CB) * CB, -(-F // P) * P
        values = scratch((1, channels, 36 * STEP), g)[0]
        tiles = scratch((1, filters // L, 36 * SPAN), g)[0]
        products = scratch((36, channels // CB * filters // P, CB * P), g)
        sums = np.empty(CB * P, g.dtype)
        turned, v = scratch((1, 1, 16 * L * L), g)[0, 0], scratch((1, 1, 36 * L), g)[0, 0]
        values[:], tiles[:], turned[:], products[:] = 0, 0, 0, 0
        OH, OW = bottom - top, right - left
        across = -(-OW // TILE)
        count = across * -(-OH // TILE)
        for t0 in range(0, count, TILES):
            for m in range(TILES):
                if t0 + m < count:
                    y, p = TILE * ((t0 + m) // across), TILE * ((t0 + m) % across)
                    row, column = min(y, OH - TILE), min(p, OW - TILE)
                    transform(image, row, column * L, values, m * L, v)
                    had = y - row, p - column
                    for f in range(0, F, L):
                        turn(g, f, top + row, (left + column) * L, had, turned)
                        transform_gradients(turned, tiles[f // L], m * L, v)
                else:
                    for e in range(36):
                        values[:, e * STEP + m * L : e * STEP + (m + 1) * L] = 0
            multiply(values, tiles, products, sums)
        return weights_of(products, scratch((3, 6, F), g), dkernel)

    return gradients
