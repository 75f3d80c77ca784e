"""The gradient of a kernel over small images: sixteen filters side by side.

`numcnn.engine.fast.loops.gradients.kernel_gradient` keeps a sum for each of sixteen images, and
adds the sixteen up at the end of an image.  That is little beside an image of 32 × 32, and most of
the time at 1 × 1.

So for small images the lanes of a register are filters, as in the kernel gradient of a dense layer,
and the sum runs over pixels and images: then no lanes are to be added up.  dy is turned for it,
from sixteen images side by side to its filters side by side.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.block_sizes import LITTLE
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, scratch, u

L = LANES
PIXELS, PIXELS_OF_MORE = 64, 49
"""Images of dy up to this size: a larger one, turned, leaves the nearest cache; with more than one
register of filters, earlier."""


def pays(pixels: int, C: int, F: int, block: tuple[int, int], work: int) -> bool:
    """Return whether this way is the faster one: blocks (channels, registers) must fit exactly."""
    CB, VECTORS = block
    fits = C % CB == 0 and F % (VECTORS * L) == 0
    return work > LITTLE and pixels <= (PIXELS if VECTORS == 1 else PIXELS_OF_MORE) and fits


@cache
def turned_filters(CB: int, VECTORS: int, upstream_gradient: Any) -> Any:
    """As `numcnn.engine.fast.loops.gradients.direct_filters`, which needs the whole of dy here.

    CB channels and VECTORS · 16 filters at a time: their sums stay in registers.
    """
    P = VECTORS * L

    @inner_loop
    def turn(dy, inside, f, turned):
        """P filters of dy, from f on: a row for each pixel of each image."""
        top, bottom, left, right = inside
        row = 0
        for oy in range(top, bottom):
            for ox in range(left, right):
                for k in range(P):
                    for l in range(L):
                        turned[u(row + l), u(k)] = dy[u(f + k), u(oy), u(ox * L + l)]
                row += L

    @inner_loop
    def weights(x, strides, turned, size, c, i, j, sums):
        """``sums[d, k] = Σ x[c + d] · dy[k]`` for cell (i, j), over pixels and images."""
        SH, SW = strides
        OH, OW = size
        for k in range(CB * P):
            sums[k] = 0
        for oy in range(OH):
            for ox in range(OW):
                for l in range(L):
                    for k in range(P):
                        for d in range(CB):
                            sums[d * P + k] += (
                                x[u(c + d), u(oy * SH + i), u((ox * SW + j) * L + l)]
                                * turned[u((oy * OW + ox) * L + l), k]
                            )

    @inner_loop
    def gradients(lanes, behind, image, strides, g, inside, whole, dkernel, dbias):
        KH, KW, C, F = dkernel.shape
        upstream_gradient(lanes, *behind, 0, F, (1, 1), inside, 0, g, np.empty(L, g.dtype), dbias)
        top, bottom, left, right = inside
        size = bottom - top, right - left
        turned = scratch((1, size[0] * size[1] * L, P), g)[0]
        sums = np.empty(CB * P, g.dtype)
        for f in range(0, F, P):
            turn(g, inside, f, turned)
            for i in range(KH):
                for j in range(KW):
                    for c0 in range(0, C, CB):
                        c = min(c0, C - CB)
                        weights(image, strides, turned, size, c, i, j, sums)
                        for d in range(CB):
                            weights_of_channel = dkernel[i, j, u(c + d), f : f + P]
                            for k in range(len(weights_of_channel)):
                                weights_of_channel[k] = sums[d * P + k]
        return True

    return gradients
