"""Dense layers, sixteen images at a time: x is ``(B, D, 1, 16)``, like images of one pixel.

No BLAS multiplies here: its threads keep spinning after each product, and take the cores away from
the other loops.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast.loops.block_sizes import MACHINE, dense_block, dense_gradient_block
from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
PARTS = 16
"""At least so many parts to share among threads, if there are so many images."""


@cache
def products(UB: int) -> Any:
    """``y[first + k] = bias[k] + Σ_d rows[k, d] · x[d]``, UB units of a group of sixteen images.

    Their UB registers of sums stay in the processor while d runs; each x that is loaded serves all
    of them.
    """

    @inner_loop
    def units(x, rows, bias, first, y, sums):
        for l in range(L):
            for k in range(UB):
                sums[k * L + l] = bias[k]  # first, as for a few images: they round alike
        for d in range(len(x)):
            for l in range(L):
                for k in range(UB):
                    sums[k * L + l] += rows[k, d] * x[d, 0, l]
        for l in range(L):
            for k in range(UB):
                y[u(first + k), 0, l] = sums[k * L + l]

    return units


@cache
def dense_loop(UB: int) -> Any:
    """``y[k] = bias[k] + Σ_d kernel[d, k] · x[d]``, UB units at a time: of some parts of y.

    A part is a block of units and one of so many `shares` of the images, block by block.  The
    kernel's columns of a block become rows, once for its images: in the kernel their numbers are so
    far apart that they would push each other out of the cache.
    """
    units = products(UB)

    @loop
    def forward(x, kernel, bias, shares, y, start, stop):
        B, (D, U) = len(x), kernel.shape
        rows, sums = np.empty((UB, D), x.dtype), np.empty(UB * L, x.dtype)
        for part in range(start, stop):
            block, share = divmod(part, shares)
            first = min(block * UB, U - UB)
            if part == start or share == 0:
                for d in range(D):
                    for k in range(UB):
                        rows[k, d] = kernel[d, u(first + k)]
            for n in range(share * B // shares, (share + 1) * B // shares):
                units(x[n], rows, bias[first : first + UB], first, y[n], sums)

    return forward


@cache
def dx_loop(DB: int) -> Any:
    """``dx[d] = Σ_k kernel[d, k] · dy[k]``, DB features at a time: of some groups of images."""
    features = products(DB)

    @loop
    def backward(dy, kernel, dx, start, stop):
        D = len(kernel)
        no_bias, sums = np.zeros(DB, dy.dtype), np.empty(DB * L, dy.dtype)
        for n in range(start, stop):
            for d0 in range(0, D, DB):
                d = min(d0, D - DB)
                features(dy[n], kernel[d : d + DB], no_bias, d, dx[n], sums)

    return backward


@cache
def dkernel_loop(DB: int, VECTORS: int) -> Any:
    """``dkernel[d, k] = Σ_n x[n, d] · dy[n, k]``, DB features and VECTORS · 16 units at a time.

    Here the sixteen lanes of a register are units of one image, so dy comes transposed, ``(blocks,
    B, 16, P)`` with P units in a block: to add up the lanes of sixteen images at the end would cost
    more than the products.
    """
    P = VECTORS * L

    @inner_loop
    def weights(x, transposed, dkernel, sums, start, stop):
        B, D = x.shape[:2]
        U = dkernel.shape[1]
        for d0 in range(start * DB, stop * DB, DB):
            first = min(d0, D - DB)
            for block in range(len(transposed)):
                for v in range(P):
                    for d in range(DB):
                        sums[d * P + v] = 0
                for n in range(B):
                    for image in range(L):
                        for v in range(P):
                            for d in range(DB):
                                sums[d * P + v] += (
                                    x[n, u(first + d), 0, image] * transposed[block, n, image, v]
                                )
                for v in range(min(P, U - block * P)):
                    for d in range(DB):
                        dkernel[u(first + d), u(block * P + v)] = sums[d * P + v]

    @loop
    def backward(x, transposed, dkernel, start, stop):
        weights(x, transposed, dkernel, np.empty(DB * P, x.dtype), start, stop)

    return backward


@loop
def transpose_loop(N, dy, transposed, dbias, start, stop):
    """The units of each image side by side, zeros for lanes without an image; and their sums."""
    B, U = dy.shape[:2]
    P = transposed.shape[3]
    transposed[start:stop] = 0
    dbias[start * P : stop * P] = 0
    for block in range(start, stop):
        for n in range(B):
            for l in range(min(L, N - n * L)):
                for k in range(min(P, U - block * P)):
                    transposed[block, n, l, k] = dy[n, u(block * P + k), 0, l]
                    dbias[block * P + k] += dy[n, u(block * P + k), 0, l]


def forward(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """x ``(B, D, 1, 16)`` -> y ``(B, U, 1, 16)``."""
    B, D = x.shape[:2]
    U = kernel.shape[1]
    y = empty((B, U, 1, L), x.dtype)
    work = B * L * D * U
    UB = dense_block(U, work)
    blocks = -(-U // UB)
    shares = min(B, -(-PARTS // blocks))
    parallel_for(dense_loop(UB), blocks * shares, work, x, kernel, bias, shares, y)
    return y


def backward(
    N: int, dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, input_gradient: bool
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """dy of N images -> dx (None without `input_gradient`), dkernel, dbias."""
    B, D = x.shape[:2]
    U = kernel.shape[1]
    work = B * L * D * U
    DB, VECTORS = dense_gradient_block(D, U)
    P = VECTORS * L
    transposed = empty((-(-U // P), B, L, P), dy.dtype)
    dkernel, dbias = empty(kernel.shape, dy.dtype), empty((U,), dy.dtype)
    parallel_for(transpose_loop, len(transposed), 8 * transposed.size, N, dy, transposed, dbias)
    parallel_for(dkernel_loop(DB, VECTORS), -(-D // DB), work, x, transposed, dkernel)
    if not input_gradient:
        return None, dkernel, dbias
    dx = empty(x.shape, dy.dtype)
    parallel_for(dx_loop(min(D, 8, MACHINE.products)), B, work, dy, kernel, dx)
    return dx, dkernel, dbias
