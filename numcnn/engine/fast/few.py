"""One image, or two or three, in the public layout: the channels lie side by side in a register.

Sixteen images side by side make no sense where there is one.  To predict it, `Few` keeps the layout
``(N, H, W, C)``, and here a register holds neighbouring channels of one pixel.  This is done for
convolution, relu, max pooling over tiles and dense layers; any other operation goes on with sixteen
lanes.  There is no way back through these loops: who trains comes in as a `Batch`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.batch import Batch, to_batch
from numcnn.engine.fast.blocks import channels_block
from numcnn.engine.fast.compiled import loop, part, u
from numcnn.engine.fast.fusion import pooling_parts
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.geometry import WindowGrid

FEW = 3
"""More images than this are done sooner side by side."""
PARTS = 8
"""Into so many sums a long dense sum is cut; threads share them, and must not change the result."""


class Few:
    """A few images as they are.

    Attributes
    ----------
    shape : tuple of int
        ``(N, H, W, C)`` or ``(N, D)``.
    dtype : numpy.dtype
    plain : numpy.ndarray
        The numbers, of that shape.
    """

    plain: np.ndarray

    def __init__(self, plain: np.ndarray) -> None:
        self.shape, self.dtype, self.plain = plain.shape, plain.dtype, plain

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.plain, dtype)

    def side_by_side(self) -> Batch:
        """Return the images as a batch."""
        return to_batch(self.plain)


class FewConvolution(Few):
    """The output of a convolution, with relu if that came next; computed when it is asked for."""

    def __init__(
        self,
        x: Few,
        kernel: np.ndarray,
        bias: np.ndarray | None,
        strides: tuple[int, int],
        grid: WindowGrid,
        relu: bool = False,
    ) -> None:
        self.shape, self.dtype = (len(x), grid.OH, grid.OW, kernel.shape[3]), x.dtype
        self.x, self.kernel, self.bias = x, kernel, bias
        self.strides, self.grid, self.relu = strides, grid, relu

    @property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """``(N, OH, OW, F)``."""
        return self.pooled((1, 1)).plain

    def with_relu(self) -> FewConvolution:
        """Return ``relu(self)``, which waits as well."""
        return FewConvolution(self.x, self.kernel, self.bias, self.strides, self.grid, relu=True)

    def pooled(self, window: tuple[int, int]) -> Few:
        """Return the maximum of each window, computed in the same loop."""
        N, OH, OW, F = self.shape
        KH, KW, C, _ = self.kernel.shape
        (PH, PW), number = window, self.dtype.type
        bias = np.zeros(F, self.dtype) if self.bias is None else self.bias
        y = empty((N, OH // PH, OW // PW, F), self.dtype)
        lowest = number(0 if self.relu else -np.inf)
        run = convolve_and_pool_loop(*channels_block(F, OW), PH, PW)
        work, rows = N * OH * OW * F * KH * KW * C, N * (OH // PH)
        x, strides, pads = self.x.plain, self.strides, self.grid[2:]
        parallel(run, rows, work, x, self.kernel, bias, strides, pads, lowest, OW, y)
        return Few(y)


@cache
def correlation(P: int, XB: int) -> Any:
    """``y[ox, f] = bias[f] + Σ_{i,j,c} kernel[i, j, c, f] · x[oy·SH + i, ox·SW + j, c]``, a row oy.

    P channels of XB neighbouring pixels are finished before the next ones begin.  The innermost
    loop runs over the channels: one load of weights serves XB pixels, each pixel is a scalar.
    """

    @part
    def correlate(x, kernel, bias, strides, lowest, oy, y, row, sums):
        KH, KW, C, F = kernel.shape
        OW = y.shape[1]
        iy, SW = oy * strides[0], strides[1]
        for f0 in range(0, F, P):
            f = min(f0, F - P)
            for p0 in range(0, OW, XB):
                p = min(p0, OW - XB)  # the last block may overlap the one before
                for v in range(P):
                    for m in range(XB):
                        sums[m * P + v] = bias[u(f + v)]
                for i in range(KH):
                    for j in range(KW):
                        for c in range(C):
                            for v in range(P):
                                for m in range(XB):
                                    sums[m * P + v] += (
                                        kernel[i, j, c, u(f + v)]
                                        * x[u(iy + i), u((p + m) * SW + j), c]
                                    )
                for v in range(P):
                    for m in range(XB):
                        s = sums[m * P + v]
                        y[row, u(p + m), u(f + v)] = lowest if s < lowest else s

    return correlate


@part
def padded_rows(x, first, count, pads):
    """Rows first.. of the padded image, `count` of them."""
    H, W, C = x.shape
    top, _, left, right = pads
    rows = np.zeros((count, left + W + right, C), x.dtype)
    for r in range(max(0, top - first), min(count, top + H - first)):
        for q in range(W):
            for c in range(C):
                rows[u(r), u(left + q), c] = x[u(first + r - top), q, c]
    return rows


@cache
def convolve_and_pool_loop(P: int, XB: int, PH: int, PW: int) -> Any:
    """Rows start to stop of all images' pooled outputs, one after the other."""
    correlate = correlation(P, XB)
    pool, _ = pooling_parts(PH, PW)

    @loop
    def forward(x, kernel, bias, strides, pads, lowest, OW, y, start, stop):
        OH, F = y.shape[1], y.shape[3]
        KH, SH = kernel.shape[0], strides[0]
        rows = np.empty((PH, OW, F), x.dtype)
        lanes = rows.reshape(1, PH, OW * F)  # to pooling: one channel, F lanes
        pooled = y.reshape(y.shape[0], 1, OH, y.shape[2] * F)
        winner = np.empty(pooled.shape[1:], np.uint8)
        sums = np.empty(P * XB, x.dtype)
        height = (PH - 1) * SH + KH
        for at in range(start, stop):
            n, oy = at // OH, at % OH
            image = x[n]
            first = oy * PH * SH
            if pads[0] + pads[1] + pads[2] + pads[3] > 0:
                image, first = padded_rows(x[n], first, height, pads), 0
            for i in range(PH):
                top = image[first + i * SH : first + i * SH + KH]
                correlate(top, kernel, bias, strides, lowest, 0, rows, i, sums)
            pool(F, lanes, 0, pooled[n], oy, winner)

    return forward


@loop
def dense_loop(x, kernel, bias, y, start, stop):
    """``y[n, part] = Σ_d x[n, d] · kernel[d]`` over one part of the features, four at a time."""
    N, D = x.shape
    U = len(bias)
    parts = y.shape[1]
    for at in range(start, stop):
        first, last = at * D // parts, (at + 1) * D // parts
        whole = last - (last - first) % 4
        for n in range(N):
            for k in range(U):
                y[n, at, k] = bias[k] if at == 0 else 0
            for d in range(first, whole, 4):
                a, b, c, e = x[n, u(d)], x[n, u(d + 1)], x[n, u(d + 2)], x[n, u(d + 3)]
                for k in range(U):
                    y[n, at, k] += (a * kernel[u(d), k] + b * kernel[u(d + 1), k]) + (
                        c * kernel[u(d + 2), k] + e * kernel[u(d + 3), k]
                    )
            for d in range(whole, last):
                for k in range(U):
                    y[n, at, k] += x[n, u(d)] * kernel[u(d), k]


def dense(x: Few, kernel: np.ndarray, bias: np.ndarray | None) -> Few:
    """``(N, D)`` -> ``(N, U)``."""
    D, U = kernel.shape
    parts = PARTS if D * U > 100_000 else 1
    y = empty((len(x), parts, U), x.dtype)
    biases = np.zeros(U, x.dtype) if bias is None else bias
    parallel(dense_loop, parts, 8 * len(x) * D * U, x.plain, kernel, biases, y)
    return Few(y.sum(1) if parts > 1 else y.reshape(len(x), U))
