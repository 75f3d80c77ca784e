"""Block sizes, all in one place: how many sums a loop keeps in registers.

A sum is one number for each of sixteen images: one 512-bit register, two of 256 bits, four of 128.
Sums should fill half to two thirds of the registers.  With more, the compiler moves them to memory
and back, and the loop takes twice the time; with fewer than five, it unrolls the short loop over
the lanes before it looks for SIMD, and the loop takes ten times the time.

==============================  ==========  ===============  ===============================
machine                         block       of its FMA peak  measured with
==============================  ==========  ===============  ===============================
512 bits, 32 registers (Zen 5)  8 × 2       96 to 100 %      as it is
256 bits, 32 registers (Intel,  8 × 1       97 to 100 %      NUMBA_CPU_NAME=icelake-server
where LLVM prefers the half)
256 bits, 16 registers (AVX2)   5 × 1       87 to 96 %       as it is (Zen 3)
==============================  ==========  ===============  ===============================

A loop is compiled for each block size that it is used with, which takes a second.  So one general
size, `GENERAL`, serves wherever there is little to compute.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import llvmlite.binding as llvm
from numba.core import config as numba_config

from numcnn.engine.fast.runtime.compiling import LANES

LITTLE, LITTLE_DENSE = 400_000, 20_000
"""Up to this many multiplications the general block size serves."""
GENERAL = 1, 1
START = 5
"""What each block costs beside its multiplications, for each cell of the window: as many more."""


class Registers(NamedTuple):
    """What one machine keeps in registers: numbers of sums, one for each of sixteen lanes."""

    sums: int
    products: int  # where each sum needs a weight of its own: with 16 registers these take some too
    shapes: tuple[tuple[int, int], ...]  # (channels, pixels) to choose from
    dense: tuple[int, int]  # sums, and vectors of 16 units, where units lie side by side
    turned: tuple[int, int]  # the same for filters: channels are seldom a multiple of five
    few_images: tuple[tuple[int, int], ...]  # (channels, pixels), where channels lie side by side


def _of_this_machine() -> Registers:
    name = numba_config.CPU_NAME or llvm.get_host_cpu_name()
    wide = name.startswith(("znver4", "znver5", "skylake-avx512", "icelake", "sapphire"))
    if not numba_config.CPU_NAME:
        wide = llvm.get_host_cpu_features().get("avx512f", False)
    if wide and name.startswith("znver"):
        return Registers(20, 20, ((8, 2), (4, 4)), (16, 4), (16, 4), ((32, 7), (16, 12)))
    if wide:
        return Registers(12, 12, ((8, 1), (4, 2)), (9, 3), (9, 3), ((16, 8), (8, 12)))
    few_images = (32, 3), (16, 5), (16, 4), (8, 12), (32, 2), (64, 1)
    return Registers(6, 5, ((5, 1), (4, 1), (2, 2)), (5, 1), (4, 1), few_images)


MACHINE = _of_this_machine()
SUMS = MACHINE.sums


@cache
def convolution_block(
    F: int, OW: int, W: int, KW: int, left: int, stride: int, work: int
) -> tuple[int, int]:
    """Return (channels, pixels) that a convolution computes at a time.

    The cheapest shape: its multiplications, also those of overlapping blocks and of padding, and
    `START`.
    """
    if work <= LITTLE:
        return GENERAL

    def cost(FB: int, XB: int) -> int:
        starts = [stride * min(p, OW - XB) for p in range(0, OW, XB)]
        taps = (min(KW, left + W - p) - max(0, left - p - (XB - 1) * stride) for p in starts)
        return -(-F // FB) * sum(max(0, t) for t in taps) * (FB * XB + START)

    shapes = [(min(FB, F), min(XB, OW)) for FB, XB in MACHINE.shapes]
    return min(shapes, key=lambda shape: cost(*shape))


@cache
def winograd_block(F: int) -> tuple[int, int]:
    """Return (channels, tiles) whose products are computed at a time: the cheapest, as above."""
    return min(MACHINE.shapes, key=lambda shape: -(-F // shape[0]) * (shape[0] + START / shape[1]))


@cache
def gradient_block(F: int, C: int, KH: int, KW: int, work: int) -> tuple[int, int, int, int]:
    """Return (filters, channels, window rows and columns) a kernel gradient computes at a time.

    The most multiplications for each load, where a load of dy, which is seldom in the nearest
    cache, counts twice.  A window of one cell has nothing to share but channels.
    """
    if work <= LITTLE:
        return 1, 1, *GENERAL

    def gain(shape: tuple[int, int, int, int]) -> float:
        FB, CB, IB, JB = shape
        sums = FB * CB * IB * JB
        loads = 2 * FB + CB * IB * JB
        return sums / (sums + loads) if 5 <= sums <= SUMS else -abs(sums - SUMS)

    columns = -(-KW // -(-KW // SUMS))  # of equal parts, none larger than SUMS
    channels = min(C, SUMS) if KH * KW == 1 else 1
    shapes = [
        (FB, CB, IB, columns)
        for IB in (1, KH)
        for CB in range(1, channels + 1)
        for FB in range(1, min(F, SUMS) + 1)
    ]
    return max(shapes, key=gain)


@cache
def dense_gradient_block(D: int, U: int) -> tuple[int, int]:
    """Return (features, vectors of 16 units) that a dense kernel gradient computes at a time."""
    return _block_of_vectors(D, U, *MACHINE.dense)


@cache
def turned_block(C: int, F: int) -> tuple[int, int]:
    """Return (channels, vectors of 16 filters) at a time, where filters lie side by side."""
    return _block_of_vectors(C, F, *MACHINE.turned)


def _block_of_vectors(rows: int, numbers: int, sums: int, vectors: int) -> tuple[int, int]:
    vectors = min(-(-numbers // LANES), vectors)
    return min(rows, max(1, sums // vectors)), vectors


@cache
def channels_block(F: int, OW: int) -> tuple[int, int]:
    """Return (channels, pixels) at a time, where channels lie side by side: for a few images.

    The cheapest of the shapes that fit, as above.  Where none has so few channels or pixels, one is
    cut: a last resort, because the compiler may unroll its loop before it looks for SIMD.
    """

    def cost(P: int, XB: int) -> int:
        return -(-F // P) * -(-OW // XB) * (P * XB + START * LANES)

    shapes = [(P, XB) for P, XB in MACHINE.few_images if P <= F]
    shapes = shapes or [(F, min(MACHINE.few_images)[1])]
    fitting = [(P, XB) for P, XB in shapes if XB <= OW]
    return min(fitting or [(P, OW) for P, _ in shapes], key=lambda shape: cost(*shape))


@cache
def dense_block(U: int, work: int) -> int:
    """Return how many units a dense layer computes at a time: equal parts of U."""
    return 1 if work <= LITTLE_DENSE else -(-U // -(-U // MACHINE.products))


@cache
def units_block(U: int) -> int:
    """Return how many units a dense layer computes at a time for a few images, equal parts of U.

    0 where sums of so few units would not stay in registers.
    """
    UB = -(-U // -(-U // (SUMS * LANES)))
    return UB if UB >= 5 * LANES else 0
