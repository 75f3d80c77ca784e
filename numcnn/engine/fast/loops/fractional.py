"""Fractionally strided convolution, sixteen images at a time: dx of a convolution with strides.

The pixels of dy are the strides apart in the image that dx is, GH rows and GW columns, and nothing
lies between them.  So pixel (y, x) of dx meets only some cells of the window, and pixels that are
GW apart in a row meet the same: they are computed together, and no zero is ever multiplied.

Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016
(arXiv:1603.07285), section 4.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, u

L = LANES


@cache
def fractional_image(FB: int, XB: int) -> Any:
    """As `numcnn.engine.fast.loops.convolution.direct_image`; the kernel comes in `columns.blocks`.

    FB filters of XB pixels stay in registers.
    """
    P = XB * L

    @inner_loop
    def add_products(x, weights, row, column, sums):
        """``sums += weights · x``, one cell of the window: FB filters of XB pixels."""
        for c in range(len(weights)):
            for l in range(L):
                for k in range(FB):
                    for m in range(XB):
                        sums[k * P + m * L + l] += (
                            weights[c, k] * x[c, u(row), u((column + m) * L + l)]
                        )

    @inner_loop
    def convolve_image(view, weights, bias, lower_bound, y):
        x, (top, bottom, _, _), _, ((GH, GW), (down, right)) = view
        (F, OH, OQ), (KH, KW) = y.shape, weights.shape[1:3]
        sums = np.empty(FB * P, y.dtype)
        for oy in range(OH):
            row = oy + down
            first_cell, end = max(-row % GH, top * GH - row), min(KH, bottom * GH - row)
            for ox in range(min(GW, OQ // L)):  # and the pixels GW, 2·GW, ... further on
                column, count = ox + right, (OQ // L - ox + GW - 1) // GW
                for block in range(len(weights)):
                    f = min(block * FB, F - FB)
                    for m0 in range(0, count, XB):
                        at = min(m0, count - XB)  # the last block may overlap the one before
                        for t in range(FB * P):
                            sums[t] = 0
                        for i in range(first_cell, end, GH):
                            for j in range(-column % GW, KW, GW):
                                here = (row + i) // GH, (column + j) // GW + at
                                add_products(x, weights[block, i, j], *here, sums)
                        for l in range(L):
                            for k in range(FB):
                                for m in range(XB):
                                    s = sums[k * P + m * L + l] + bias[u(f + k)]
                                    y[u(f + k), u(oy), u((ox + (at + m) * GW) * L + l)] = (
                                        lower_bound if s < lower_bound else s
                                    )
        return True

    return convolve_image
