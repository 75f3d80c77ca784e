"""The limits of this machine: multiply-adds per second, and bytes per second from memory.

Both are measured, not looked up.  For arithmetic, a compiled loop multiplies and adds numbers that
never leave the processor's registers.  No loop that waits for memory, or does other work, can be
faster.  For memory, a compiled loop adds one large array to another (``a = b + s·c``, the *triad*
of McCalpin's STREAM benchmark).

Together they are the *roofline* (Williams, Waterman and Patterson 2009): a computation with I
operations per byte moved cannot run faster than ``min(flops, I · bandwidth)``.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

NUMBERS = 512
"""Numbers in each of the eight chains of `_compiled_loops`; all of them fit into the L1 cache."""
ROUNDS = 8_000
TRIAD_NUMBERS = 1 << 23
"""32 MB per array in float32, 96 MB in total: more than the caches of most processors."""
TRIES = 100
"""Repetitions of each measurement, a few milliseconds each; the shortest time counts, because other
programs can only slow it down."""
LONGEST = 2.0
"""Seconds after which a measurement is not repeated."""
ENOUGH = 0.01
"""Seconds that a clock with steps of 0.1 ms, as in a browser, measures to one percent."""


class Machine(NamedTuple):
    """Measured limits.

    flops : operations per second on all `cores` together; a multiply-add counts as two
    flops_one_core : operations per second on one core
    bandwidth : bytes per second, read and written
    cores : the number of cores that this process may use
    vector_bits : width of the registers that the compiler used; 0 if unknown
    fma : whether the loop multiplied and added in one instruction
    how : what was measured
    """

    flops: float
    flops_one_core: float
    bandwidth: float
    cores: int
    vector_bits: int
    fma: bool
    how: str

    def attainable(self, flop: float, moved: float) -> float:
        """Return the roof for `flop` operations on `moved` bytes: the maximum speed, per second."""
        return min(self.flops, flop / moved * self.bandwidth) if moved else self.flops

    def __str__(self) -> str:
        registers = f"{self.vector_bits}-bit registers, " if self.vector_bits else ""
        return (
            f"{self.flops / 1e9:.0f} GFLOP/s on {self.cores} cores, "
            f"{self.flops_one_core / 1e9:.0f} on one ({registers}{self.how}); "
            f"{self.bandwidth / 1e9:.0f} GB/s from memory"
        )


def measure(dtype: Any = "float32") -> Machine:
    """Measure this machine, once per process; this takes about a second.

    Where Numba cannot compile, a large matrix product in NumPy is measured instead, and the result
    says so.

    Parameters
    ----------
    dtype : {"float32", "float64"}

    Examples
    --------
    >>> machine = measure()
    >>> machine.attainable(flop=1e9, moved=1e15) < machine.attainable(flop=1e9, moved=1e3)
    True
    """
    return _measured(np.dtype(dtype).name)


@cache
def _measured(dtype: str) -> Machine:
    cores = usable_cores()
    loops = _compiled_loops(dtype)
    if loops is None:
        return Machine(*_by_numpy(dtype), cores, 0, False, "a matrix product of NumPy's")
    multiply_add, triad, assembly = loops
    arrays = [(np.full((8, NUMBERS), 0.5, dtype), np.empty(NUMBERS, dtype)) for _ in range(cores)]
    flop = 2.0 * 8 * 8 * NUMBERS * ROUNDS
    one = flop / _seconds(multiply_add, arrays[:1])
    every = cores * flop / _seconds(multiply_add, arrays)

    parts = [(np.ones((3, TRIAD_NUMBERS // cores), dtype),) for _ in range(cores)]
    bandwidth = sum(part.nbytes for (part,) in parts) / _seconds(triad, parts)
    bits, fma = instructions(assembly)
    how = "multiply-add in one instruction" if fma else "multiply, then add"
    return Machine(max(every, one), one, bandwidth, cores, bits, fma, how)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def instructions(assembly: str) -> tuple[int, bool]:
    """Return the register width of a loop in bits, and whether it uses fused multiply-adds.

    Examples
    --------
    >>> instructions("vfmadd213ps %zmm1, %zmm2, %zmm3")
    (512, True)
    >>> instructions("mulps %xmm1, %xmm2")
    (128, False)
    >>> instructions("fmla v0.4s, v1.4s, v2.4s")
    (128, True)
    """
    arithmetic = [line for line in assembly.splitlines() if re.search("mul|fmadd|fmla", line)]
    fused = [line for line in arithmetic if "fmadd" in line or "fmla" in line]
    text = "\n".join(fused or arithmetic)
    for register, bits in (("zmm", 512), ("ymm", 256), ("xmm", 128), (r"v\d+\.", 128)):
        if re.search(rf"\b{register}", text):
            return bits, bool(fused)
    return 0, bool(fused)


def _compiled_loops(dtype: str) -> tuple[Callable[..., Any], Callable[..., Any], str] | None:
    """Return the two loops, compiled for arrays of `dtype`, and the first one's assembly."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return None
    try:
        import numba
    except ImportError:
        return None

    @numba.njit(nogil=True, fastmath={"contract"}, error_model="numpy")
    def multiply_add(sums: Any, out: Any) -> None:
        """Eight independent chains: a multiply-add need not wait for the one before it."""
        factor, summand = sums[0, 0], sums[0, 1]
        for _ in range(ROUNDS):
            for q in range(NUMBERS):
                s0, s1, s2, s3 = sums[0, q], sums[1, q], sums[2, q], sums[3, q]
                s4, s5, s6, s7 = sums[4, q], sums[5, q], sums[6, q], sums[7, q]
                for _ in range(8):
                    s0 = s0 * factor + summand
                    s1 = s1 * factor + summand
                    s2 = s2 * factor + summand
                    s3 = s3 * factor + summand
                    s4 = s4 * factor + summand
                    s5 = s5 * factor + summand
                    s6 = s6 * factor + summand
                    s7 = s7 * factor + summand
                out[q] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7

    @numba.njit(nogil=True, fastmath={"contract"})
    def triad(arrays: Any) -> None:
        scale = arrays[1, 0]
        for i in range(arrays.shape[1]):
            arrays[0, i] = arrays[1, i] + scale * arrays[2, i]

    multiply_add(np.zeros((8, NUMBERS), dtype), np.zeros(NUMBERS, dtype))
    return multiply_add, triad, next(iter(multiply_add.inspect_asm().values()))


def _by_numpy(dtype: str) -> tuple[float, float, float]:
    """Return operations per second, twice, and bytes per second, as measured with NumPy."""
    side, seconds = 64, 0.0
    while seconds < ENOUGH and side < 1024:  # without BLAS, a product of 1024 cubed takes seconds
        side *= 2
        matrix = np.ones((side, side), dtype)
        seconds = _seconds(np.matmul, [(matrix, matrix)])
    flops = 2.0 * side**3 / seconds
    source = np.ones(TRIAD_NUMBERS, dtype)
    copied = np.empty_like(source)
    return flops, flops, 2.0 * source.nbytes / _seconds(np.copyto, [(copied, source)])


def _seconds(loop: Callable[..., Any], parts: list[tuple[Any, ...]]) -> float:
    """Return the shortest time of running ``loop(*part)`` for all parts, one thread for each."""
    best, begin = float("inf"), time.perf_counter()
    for _ in range(TRIES):
        if best < float("inf") and time.perf_counter() - begin > LONGEST:
            break
        gate = threading.Barrier(len(parts))
        starts, ends = [0.0] * len(parts), [0.0] * len(parts)

        def run(number: int, gate: Any = gate, starts: Any = starts, ends: Any = ends) -> None:
            _stay_on_core(number)
            gate.wait()
            starts[number] = time.perf_counter()
            loop(*parts[number])
            ends[number] = time.perf_counter()

        if len(parts) == 1 and sys.platform == "emscripten":  # a browser's page has one thread
            run(0)
            best = min(best, ends[0] - starts[0])
            continue
        threads = [threading.Thread(target=run, args=(number,)) for number in range(len(parts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        best = min(best, max(ends) - min(starts))
    return best


def _stay_on_core(number: int) -> None:
    """Keep the calling thread on its own core, where the system allows it.

    Otherwise a scheduler may put short threads on one core, and all cores look like one.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(OSError):  # not permitted everywhere
            os.sched_setaffinity(0, {cores[number % len(cores)]})
