"""The loops for one image, two or three: the channels lie side by side in a register."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import inner_loop, loop, u


@cache
def channels_row(P: int, XB: int) -> Any:
    """``y[ox, f] = bias[f] + Σ_{i,j,c} kernel[i, j, c, f] · x[oy·SH + i, ox·SW + j, c]``, a row oy.

    P channels of XB neighbouring pixels are finished before the next pixels; their weights are one
    of `columns.blocks`.  The innermost loop runs over the channels: one load of weights serves XB
    pixels, each pixel is a scalar.  What a window meets in one row of the image lies side by side,
    so j and c are one loop, over t: x is ``(rows, W·C)``, weights ``(KH, KW·C, P)``, a step to the
    next pixel SW·C.  ``biases`` are those of the P channels, XB times: what ``sums`` begins with,
    in one piece.
    """

    @inner_loop
    def convolve_row(x, weights, biases, step, lower_bound, iy, y, row, sums):
        KH, T, _ = weights.shape
        OW = y.shape[1] // P
        for p0 in range(0, OW, XB):
            p = min(p0, OW - XB)  # the last block may overlap the one before
            for q in range(XB * P):
                sums[q] = biases[q]
            for i in range(KH):
                for t in range(T):
                    for v in range(P):
                        for m in range(XB):
                            sums[m * P + v] += (
                                weights[i, t, v] * x[u(iy + i), u((p + m) * step + t)]
                            )
            for q in range(XB * P):
                s = sums[q]
                y[row, u(p * P + q)] = lower_bound if s < lower_bound else s

    return convolve_row


@loop
def pad_loop(x, top, left, y, start, stop):
    """Rows start to stop of all padded images: x, with zeros around it."""
    _, H, W, C = x.shape
    rows, Q = y.shape[1], y.shape[2] * C
    image_rows, padded_rows = x.reshape(-1, W * C), y.reshape(-1, Q)
    zero = x.dtype.type(0)
    for at in range(start, stop):
        n, r = at // rows, at % rows - top
        for q in range(Q):
            padded_rows[u(at), q] = zero
        if 0 <= r < H:
            for q in range(W * C):
                padded_rows[u(at), u(left * C + q)] = image_rows[u(n * H + r), q]


@cache
def few_images_convolution_loop(P: int, XB: int, PH: int, PW: int) -> Any:
    """Units start to stop of the work: P channels of a row of pooled outputs each.

    Rows go round first, then the blocks of channels, then images.
    """
    convolve_row = channels_row(P, XB)

    @inner_loop
    def max_pool(lanes, x, y, f):
        """PH rows of P channels x -> channels f.. of one row y; NaN is larger than anything."""
        for ox in range(len(y)):
            for v in range(lanes):
                best = x[0, u(ox * PW * P + v)]
                for i in range(PH):
                    for j in range(PW):
                        value = x[i, u((ox * PW + j) * P + v)]
                        best = value if not (value <= best) and best == best else best
                y[u(ox), u(f + v)] = best

    @loop
    def forward(x, weights, bias, lanes, strides, lower_bound, OW, y, start, stop):
        OH, F = y.shape[1], y.shape[3]
        blocks, KH, KW, C, _ = weights.shape
        SH, step = strides[0], strides[1] * C
        rows = np.empty((PH, OW * P), x.dtype)
        sums, biases = np.empty(XB * P, x.dtype), np.empty(XB * P, x.dtype)
        for at in range(start, stop):
            n, block, oy = at // OH // blocks, at // OH % blocks, at % OH
            f, filters = min(block * P, F - P), weights[u(block)].reshape(KH, KW * C, P)
            image, iy = x[n].reshape(x.shape[1], x.shape[2] * C), oy * PH * SH
            for m in range(XB):
                for v in range(P):
                    biases[m * P + v] = bias[u(f + v)]
            for i in range(PH):
                convolve_row(image, filters, biases, step, lower_bound, iy + i * SH, rows, i, sums)
            max_pool(lanes, rows, y[n, oy], f)

    return forward


@loop
def few_images_depthwise_loop(x, kernel, bias, strides, dilation, lower_bound, y, start, stop):
    """``y[oy, ox, c] = bias[c] + Σ_{i,j} kernel[i, j, c] · x[oy·SH + i·DH, ox·SW + j·DW, c]``.

    Rows start to stop of all images, each a run over the channels.
    """
    OH, OW, C = y.shape[1:]
    (KH, KW), (SH, SW), (DH, DW) = kernel.shape[:2], strides, dilation
    for at in range(start, stop):
        n, oy = at // OH, at % OH
        for ox in range(OW):
            for c in range(C):
                y[n, oy, ox, c] = bias[c]
            for i in range(KH):
                for j in range(KW):
                    for c in range(C):
                        y[n, oy, ox, c] += (
                            kernel[i, j, c] * x[n, u(oy * SH + i * DH), u(ox * SW + j * DW), c]
                        )
            for c in range(C):
                s = y[n, oy, ox, c]
                y[n, oy, ox, c] = lower_bound if s < lower_bound else s


@loop
def few_images_dense_loop(x, kernel, bias, y, start, stop):
    """``y[n, part] = Σ_d x[n, d] · kernel[d]`` over one part of the features, four at a time.

    The bias goes with the first part.
    """
    N, D = x.shape
    parts, U = y.shape[1:]
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


@cache
def few_images_dense_in_registers_loop(UB: int) -> Any:
    """``y[n, part] = Σ_d x[n, d] · kernel[d]`` over one part of the features, UB units at a time.

    As `few_images_dense_loop`, but the sums of UB units stay in registers while the loop runs down
    the features, from one row of weights to the next.
    """

    @loop
    def dense(x, kernel, bias, y, start, stop):
        N, D = x.shape
        parts, U = y.shape[1:]
        sums = np.empty(UB, x.dtype)
        for at in range(start, stop):
            for n in range(N):
                for k0 in range(0, U, UB):
                    k = min(k0, U - UB)  # the last block may overlap the one before
                    for q in range(UB):
                        sums[q] = bias[u(k + q)] if at == 0 else 0
                    for d in range(at * D // parts, (at + 1) * D // parts):
                        for q in range(UB):
                            sums[q] += x[n, u(d)] * kernel[u(d), u(k + q)]
                    for q in range(UB):
                        y[n, at, u(k + q)] = sums[q]

    return dense


@loop
def sum_of_parts_loop(x, y, start, stop):
    """``y[n] = Σ_part x[n, part]``, in their order."""
    parts, U = x.shape[1:]
    for n in range(start, stop):
        for k in range(U):
            y[n, k] = x[n, 0, k]
        for at in range(1, parts):
            for k in range(U):
                y[n, k] += x[n, u(at), k]
