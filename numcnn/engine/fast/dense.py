"""Dense layers, sixteen images at a time: x is ``(B, D, 1, 16)``, like images of one pixel.

No library multiplies here: the threads of a BLAS keep spinning after each product, and take the
cores away from the other loops.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.blocks import SUMS, dense_block, dense_gradient_block
from numcnn.engine.fast.compiled import LANES, loop, part, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel

L = LANES


@cache
def forward_loop(UB: int) -> Any:
    """``y[k] = bias[k] + Σ_d kernel[d, k] · x[d]``, UB units at a time.

    Their UB registers of sums stay in the processor while d runs; each x that is loaded serves all
    of them.
    """

    @part
    def units(x, kernel, bias, y, sums):
        D, U = kernel.shape
        for k0 in range(0, U, UB):
            first = min(k0, U - UB)
            for l in range(L):
                for k in range(UB):
                    sums[k * L + l] = bias[u(first + k)]
            for d in range(D):
                for l in range(L):
                    for k in range(UB):
                        sums[k * L + l] += kernel[d, u(first + k)] * x[d, 0, l]
            for l in range(L):
                for k in range(UB):
                    y[u(first + k), 0, l] = sums[k * L + l]

    @loop
    def forward(x, kernel, bias, y, start, stop):
        sums = np.empty(UB * L, x.dtype)
        for n in range(start, stop):
            units(x[n], kernel, bias, y[n], sums)

    return forward


@cache
def dx_loop(DB: int) -> Any:
    """``dx[d] = Σ_k kernel[d, k] · dy[k]``, DB features at a time."""

    @part
    def features(dy, kernel, dx, sums):
        D, U = kernel.shape
        for d0 in range(0, D, DB):
            first = min(d0, D - DB)
            for l in range(L):
                for d in range(DB):
                    sums[d * L + l] = 0
            for k in range(U):
                for l in range(L):
                    for d in range(DB):
                        sums[d * L + l] += kernel[u(first + d), k] * dy[k, 0, l]
            for l in range(L):
                for d in range(DB):
                    dx[u(first + d), 0, l] = sums[d * L + l]

    @loop
    def backward(dy, kernel, dx, start, stop):
        sums = np.empty(DB * L, dy.dtype)
        for n in range(start, stop):
            features(dy[n], kernel, dx[n], sums)

    return backward


@cache
def dkernel_loop(DB: int, GROUPS: int) -> Any:
    """``dkernel[d, k] = Σ_n x[n, d] · dy[n, k]``, DB features and GROUPS · 16 units at a time.

    Here the sixteen lanes of a register are units of one image, so dy comes turned, ``(B, 16,
    units)``: to add up the lanes of sixteen images at the end would cost more than the products.
    """
    P = GROUPS * L

    @part
    def weights(x, turned, dkernel, sums, start, stop):
        B, D = x.shape[:2]
        U = dkernel.shape[1]
        for d0 in range(start * DB, stop * DB, DB):
            first = min(d0, D - DB)
            for k0 in range(0, U, P):
                for v in range(P):
                    for d in range(DB):
                        sums[d * P + v] = 0
                for n in range(B):
                    for image in range(L):
                        for v in range(P):
                            for d in range(DB):
                                sums[d * P + v] += (
                                    x[n, u(first + d), 0, image] * turned[n, image, u(k0 + v)]
                                )
                for v in range(min(P, U - k0)):
                    for d in range(DB):
                        dkernel[u(first + d), u(k0 + v)] = sums[d * P + v]

    @loop
    def backward(x, turned, dkernel, start, stop):
        weights(x, turned, dkernel, np.empty(DB * P, x.dtype), start, stop)

    return backward


@loop
def turn_loop(N, dy, turned, dbias):
    """The units of each image side by side, lanes without an image as zeros; and their sums."""
    B, U = dy.shape[:2]
    turned[:] = 0
    dbias[:] = 0
    for n in range(B):
        for l in range(min(L, N - n * L)):
            for k in range(U):
                turned[n, l, k] = dy[n, k, 0, l]
                dbias[k] += dy[n, k, 0, l]


def forward(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Numbers of x ``(B, D, 1, 16)`` -> numbers of y ``(B, U, 1, 16)``."""
    B, D = x.shape[:2]
    U = kernel.shape[1]
    y = empty((B, U, 1, L), x.dtype)
    work = B * L * D * U
    parallel(forward_loop(dense_block(U, work)), B, work, x, kernel, bias, y)
    return y


def backward(
    N: int, dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, input_gradient: bool
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Numbers of dy, of N images -> numbers of dx, dkernel, dbias."""
    B, D = x.shape[:2]
    U = kernel.shape[1]
    work = B * L * D * U
    DB, GROUPS = dense_gradient_block(D, U)
    turned = empty((B, L, -(-U // (GROUPS * L)) * GROUPS * L), dy.dtype)
    dkernel, dbias = empty(kernel.shape, dy.dtype), empty((U,), dy.dtype)
    turn_loop(N, dy, turned, dbias)
    parallel(dkernel_loop(DB, GROUPS), -(-D // DB), work, x, turned, dkernel)
    if not input_gradient:
        return None, dkernel, dbias
    dx = empty(x.shape, dy.dtype)
    parallel(dx_loop(min(D, 8, SUMS)), B, work, dy, kernel, dx)
    return dx, dkernel, dbias
