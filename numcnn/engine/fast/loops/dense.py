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
ROWS = 16
"""Rows of a kernel that are packed at a time."""


@cache
def products(UB: int) -> Any:
    """``y[k] = biases[k] + Σ_d weights[d, k] · x[d]``, UB units of a group of sixteen images.

    Their UB registers of sums stay in the processor while d runs; each x that is loaded serves all
    of them.  biases and y are flat, sixteen numbers for each unit: so they are copied a register at
    a time, where a short loop in a loop would be written out number by number.
    """

    @inner_loop
    def units(x, weights, biases, sums, y):
        for q in range(len(sums)):
            sums[q] = biases[q]  # first, as for a few images: they round alike
        for d in range(len(x)):
            for l in range(L):
                for k in range(UB):
                    sums[k * L + l] += weights[d, k] * x[d, 0, l]
        for q in range(len(sums)):
            y[q] = sums[q]

    return units


@cache
def dense_loop(UB: int) -> Any:
    """``y[k] = bias[k] + Σ_d kernel[d, k] · x[d]``, UB units at a time: of some parts of y.

    A part is a block of units and one of so many `shares` of the images, block by block.  First the
    kernel's columns of each block are laid side by side.  In the kernel they are so far apart that
    they would push each other out of the cache; ROWS of them at a time are read to their end.
    """
    units = products(UB)

    @inner_loop
    def pack(kernel, first_block, packed):
        D, U = kernel.shape
        for d0 in range(0, D, ROWS):
            for block in range(len(packed)):
                first = min((first_block + block) * UB, U - UB)
                for d in range(d0, min(d0 + ROWS, D)):
                    for k in range(UB):
                        packed[block, u(d), k] = kernel[u(d), u(first + k)]

    @loop
    def forward(x, kernel, bias, shares, y, start, stop):
        B, (D, U) = len(x), kernel.shape
        first_block, behind = start // shares, -(-stop // shares)
        packed = np.empty((behind - first_block, D, UB), x.dtype)
        pack(kernel, first_block, packed)
        biases, sums = np.empty(UB * L, x.dtype), np.empty(UB * L, x.dtype)
        rows = y.reshape(B, U * L)
        for part in range(start, stop):
            block, share = divmod(part, shares)
            first = min(block * UB, U - UB)
            for q in range(UB * L):
                biases[q] = bias[u(first + q // L)]
            for n in range(share * B // shares, (share + 1) * B // shares):
                weights = packed[u(block - first_block)]
                units(x[n], weights, biases, sums, rows[n, first * L : (first + UB) * L])

    return forward


@cache
def dx_loop(DB: int) -> Any:
    """``dx[d] = Σ_k kernel[d, k] · dy[k]``, DB features at a time: of some groups of images."""
    features = products(DB)

    @loop
    def backward(dy, kernel, dx, start, stop):
        B, D = dx.shape[:2]
        no_bias, sums = np.zeros(DB * L, dy.dtype), np.empty(DB * L, dy.dtype)
        rows = dx.reshape(B, D * L)
        for n in range(start, stop):
            for d0 in range(0, D, DB):
                d = min(d0, D - DB)
                weights = kernel[d : d + DB].T
                features(dy[n], weights, no_bias, sums, rows[n, d * L : (d + DB) * L])

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
                for q in range(DB * P):
                    sums[q] = 0
                for n in range(B):
                    for image in range(L):
                        for v in range(P):
                            for d in range(DB):
                                sums[d * P + v] += (
                                    x[n, u(first + d), 0, image] * transposed[block, n, image, v]
                                )
                for d in range(DB):
                    for v in range(min(P, U - block * P)):
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
            for k in range(min(P, U - block * P)):
                unit = dy[n, u(block * P + k), 0, : min(L, N - n * L)]
                for l in range(len(unit)):
                    transposed[block, n, l, k] = unit[l]
                dbias[block * P + k] += unit.sum()


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
