"""One image, or two or three, in the public layout: the channels lie side by side in a register.

Sixteen images side by side make no sense where there is one.  To predict it, `Few` keeps the layout
``(N, H, W, C)``, and here a register holds neighbouring channels of one pixel.  This is done for
convolution, relu, max pooling over tiles and dense layers; any other operation goes on with sixteen
lanes.  There is no way back through these loops: who trains comes in as a `Batch`.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np

from numcnn.engine.fast.batch import Batch, to_batch
from numcnn.engine.fast.blocks import channels_block
from numcnn.engine.fast.compiled import loop, part, u
from numcnn.engine.fast.convolution import Called
from numcnn.engine.fast.threads import parallel

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

    def __init__(self, called: Called, relu: bool = False) -> None:
        self.shape, self.dtype = called.output_shape, called.kernel.dtype
        self.called, self.relu = called, relu

    @cached_property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """``(N, OH, OW, F)``."""
        return self.pooled((1, 1)).plain

    def with_relu(self) -> FewConvolution:
        """Return ``relu(self)``, which waits as well."""
        return FewConvolution(self.called, relu=True)

    def pooled(self, window: tuple[int, int]) -> Few:
        """Return the maximum of each window, computed in the same loop."""
        x, kernel, bias, strides, grid, _ = self.called
        N, OH, OW, F = self.shape
        KH, KW, C, _ = kernel.shape
        PH, PW = window
        y = np.empty((N, OH // PH, OW // PW, F), self.dtype)
        biases = np.zeros(F, self.dtype) if bias is None else bias
        lowest = self.dtype.type(0 if self.relu else -np.inf)
        P, XB = channels_block(F, OW)
        run = convolve_and_pool_loop(P, XB, PH, PW)
        work, units = N * OH * OW * F * KH * KW * C, N * -(-F // P) * (OH // PH)
        parallel(run, units, work, P, x.plain, kernel, biases, strides, grid[2:], lowest, OW, y)
        return Few(y)


@cache
def correlation(P: int, XB: int) -> Any:
    """``y[ox, f] = bias[f] + Σ_{i,j,c} kernel[i, j, c, f] · x[oy·SH + i, ox·SW + j, c]``, a row oy.

    P channels of XB neighbouring pixels are finished before the next pixels.  The innermost loop
    runs over the channels: one load of weights serves XB pixels, each pixel is a scalar.  What a
    window meets in one row of the image lies side by side, so j and c are one loop, over t: x is
    ``(rows, W·C)``, kernel ``(KH, KW·C, F)``, a step to the next pixel SW·C.
    """

    @part
    def correlate(x, kernel, bias, step, lowest, iy, f, y, row, sums):
        KH, T, _ = kernel.shape
        OW = y.shape[1]
        for p0 in range(0, OW, XB):
            p = min(p0, OW - XB)  # the last block may overlap the one before
            for v in range(P):
                for m in range(XB):
                    sums[m * P + v] = bias[u(f + v)]
            for i in range(KH):
                for t in range(T):
                    for v in range(P):
                        for m in range(XB):
                            sums[m * P + v] += (
                                kernel[i, t, u(f + v)] * x[u(iy + i), u((p + m) * step + t)]
                            )
            for v in range(P):
                for m in range(XB):
                    s = sums[m * P + v]
                    y[row, u(p + m), v] = lowest if s < lowest else s

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
    """Units start to stop of the work: P channels of a row of pooled outputs each.

    Rows go round first, then the blocks of channels, then images.
    """
    correlate = correlation(P, XB)

    @part
    def pool(lanes, x, y, f):
        """PH rows of P channels x -> channels f.. of one row y; NaN is larger than anything."""
        for ox in range(len(y)):
            for v in range(lanes):
                best = x[0, u(ox * PW), v]
                for i in range(PH):
                    for j in range(PW):
                        value = x[i, u(ox * PW + j), v]
                        best = value if not (value <= best) and best == best else best
                y[u(ox), u(f + v)] = best

    @loop
    def forward(lanes, x, kernel, bias, strides, pads, lowest, OW, y, start, stop):
        OH, F = y.shape[1], y.shape[3]
        KH, KW, C, _ = kernel.shape
        SH, step = strides[0], strides[1] * C
        weights = kernel.reshape(KH, KW * C, F)
        rows = np.empty((PH, OW, P), x.dtype)
        sums = np.empty(P * XB, x.dtype)
        blocks = -(-F // P)
        for at in range(start, stop):
            block, oy = at // OH, at % OH
            n, f = block // blocks, min(block % blocks * P, F - P)
            image, iy = x[n], oy * PH * SH
            if pads[0] + pads[1] + pads[2] + pads[3] > 0:
                image, iy = padded_rows(x[n], iy, (PH - 1) * SH + KH, pads), 0
            flat = image.reshape(len(image), image.shape[1] * C)
            for i in range(PH):
                correlate(flat, weights, bias, step, lowest, iy + i * SH, f, rows, i, sums)
            pool(lanes, rows, y[n, oy], f)

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
    y = np.empty((len(x), parts, U), x.dtype)
    biases = np.zeros(U, x.dtype) if bias is None else bias
    parallel(dense_loop, parts, 8 * len(x) * D * U, x.plain, kernel, biases, y)
    return Few(y.sum(1) if parts > 1 else y.reshape(len(x), U))
