"""From seven plain loops to the machine's limit: one convolution, a rung at a time.

python -m benchmarks.ladder

The layer is the second convolution of the handwriting tutorial: images of 12 × 12 with 8 channels,
a window of 5 × 5, 16 filters.  Every rung computes the same numbers, is compared with the first
one, and only then timed.  All rungs but the last use one core.  `docs/making-it-fast.md` says what
happens at each.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's product, on one core too

import argparse
import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from benchmarks import drawing
from numcnn import machine
from numcnn.engine.fast.loops.block_sizes import MACHINE
from numcnn.engine.fast.runtime.compiling import FASTMATH, LANES, NoOverlap, u

# --- the rungs -----------------------------------------------------------------------------------


def seven_loops(x, kernel):
    """The formula: x (N, H, W, C), kernel (KH, KW, C, F) -> y (N, OH, OW, F)."""
    (N, H, W, C), (KH, KW, _, F) = x.shape, kernel.shape
    y = np.zeros((N, H - KH + 1, W - KW + 1, F), x.dtype)
    for n in range(N):
        for oy in range(H - KH + 1):
            for ox in range(W - KW + 1):
                for f in range(F):
                    for i in range(KH):
                        for j in range(KW):
                            for c in range(C):
                                y[n, oy, ox, f] += x[n, oy + i, ox + j, c] * kernel[i, j, c, f]
    return y


seven_compiled_loops = njit(nogil=True)(seven_loops)


@njit(nogil=True, fastmath=FASTMATH)
def loops_turned_round(x, kernel):
    """The same seven loops, filters innermost: neighbours in memory, several an instruction."""
    (N, H, W, C), (KH, KW, _, F) = x.shape, kernel.shape
    y = np.zeros((N, H - KH + 1, W - KW + 1, F), x.dtype)
    for n in range(N):
        for oy in range(H - KH + 1):
            for ox in range(W - KW + 1):
                for i in range(KH):
                    for j in range(KW):
                        for c in range(C):
                            for f in range(F):
                                y[n, oy, ox, f] += x[n, oy + i, ox + j, c] * kernel[i, j, c, f]
    return y


def im2col_and_product(x, kernel):
    """Every window becomes a row of a matrix; one product does all of the arithmetic."""
    (N, H, W, C), (KH, KW, _, F) = x.shape, kernel.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW), axis=(1, 2))
    cols = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KH * KW * C)  # (N·OH·OW, KH·KW·C)
    return (cols @ kernel.reshape(-1, F)).reshape(N, H - KH + 1, W - KW + 1, F)


def sixteen_images(KH, KW):
    """Make the loop over sixteen images side by side, for a window whose size is a constant."""

    @njit(nogil=True, fastmath=FASTMATH)
    def loop(x, kernel, y, start, stop):
        """x (N/16, C, H, W·16), kernel (F, C, KH, KW) -> y (N/16, F, OH, OW·16)."""
        F, C = kernel.shape[:2]
        for n in range(start, stop):
            y[n] = 0
            for f in range(F):
                for c in range(C):
                    for oy in range(y.shape[2]):
                        for q in range(y.shape[3]):
                            s = y[n, f, oy, q]
                            for i in range(KH):
                                for j in range(KW):
                                    s += kernel[f, c, i, j] * x[n, c, oy + i, q + LANES * j]
                            y[n, f, oy, q] = s

    return loop


def sums_in_registers(FB, XB):
    """Make the loop that finishes FB filters of XB neighbouring pixels before the next begin.

    Their FB·XB sums stay in registers from the first multiplication to the last.  A load of x
    serves FB filters, a weight XB pixels.
    """
    P = XB * LANES

    @njit(nogil=True, fastmath=FASTMATH, error_model="numpy", pipeline_class=NoOverlap)
    def loop(x, kernel, y, start, stop):
        """x (N/16, C, H, W·16), kernel (KH, KW, C, F) -> y (N/16, F, OH, OW·16)."""
        KH, KW, C, F = kernel.shape
        sums = np.empty(FB * P, x.dtype)
        for n in range(start, stop):
            for f in range(0, F, FB):
                for oy in range(y.shape[2]):
                    for q in range(0, y.shape[3], P):
                        sums[:] = 0
                        for c in range(C):
                            for i in range(KH):
                                for j in range(KW):
                                    for l in range(LANES):
                                        for k in range(FB):
                                            for m in range(0, P, LANES):
                                                sums[k * P + m + l] += (
                                                    kernel[i, j, c, u(f + k)]
                                                    * x[n, c, u(oy + i), u(q + m + LANES * j + l)]
                                                )
                        for l in range(P):
                            for k in range(FB):
                                y[n, u(f + k), oy, u(q + l)] = sums[k * P + l]

    return loop


def on_cores(loop, cores, x, kernel, y):
    """Share the blocks of sixteen images out to threads: compiled loops run side by side."""
    edges = [len(x) * number // cores for number in range(cores + 1)]
    threads = [
        threading.Thread(target=loop, args=(x, kernel, y, start, stop))
        for start, stop in itertools.pairwise(edges[1:])
    ]
    for thread in threads:
        thread.start()
    loop(x, kernel, y, 0, edges[1])
    for thread in threads:
        thread.join()


# --- the layout of sixteen images side by side ---------------------------------------------------


def side_by_side(x):
    """(N, H, W, C) -> (N/16, C, H, W·16), N a multiple of 16."""
    N, H, W, C = x.shape
    lanes_last = x.reshape(N // LANES, LANES, H, W, C).transpose(0, 4, 2, 3, 1)
    return np.ascontiguousarray(lanes_last).reshape(N // LANES, C, H, W * LANES)


def one_after_another(y):
    """(N/16, F, OH, OW·16) -> (N, OH, OW, F)."""
    B, F, OH, Q = y.shape
    lanes = y.reshape(B, F, OH, Q // LANES, LANES).transpose(0, 4, 2, 3, 1)
    return lanes.reshape(B * LANES, OH, Q // LANES, F)


# --- verify, then time ---------------------------------------------------------------------------


class Rung(NamedTuple):
    """A rung: what it is called, its work on so many images, how to read y, and on how many cores.

    work : called again and again, and timed
    result : y ``(N, OH, OW, F)`` after that
    """

    name: str
    images: int
    work: Callable[[], object]
    result: Callable[[], np.ndarray]
    cores: int = 1


def rungs(x, kernel, cores, few=1):
    """Return all rungs for images x; the uncompiled one gets only a `few` of them."""
    F, KH, KW = kernel.shape[3], *kernel.shape[:2]
    OH, OW = x.shape[1] - KH + 1, x.shape[2] - KW + 1
    outputs = {}

    def whole(name, function, images=x):
        def work():
            outputs[name] = function(images, kernel)

        return Rung(name, len(images), work, lambda: outputs[name])

    lanes, filters_first = side_by_side(x), np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
    shape = (len(lanes), F, OH, OW * LANES)

    def sideways(name, loop, weights, cores=1):
        y = np.empty(shape, x.dtype)

        def work():
            on_cores(loop, cores, lanes, weights, y)

        return Rung(name, len(x), work, lambda: one_after_another(y), cores)

    whole_blocks = ((FB, XB) for FB, XB in MACHINE.shapes if F % FB == OW % XB == 0)
    registers = sums_in_registers(*next(whole_blocks))
    return [
        whole("seven plain Python loops", seven_loops, x[:few]),
        whole("seven compiled loops", seven_compiled_loops),
        whole("the loops turned round", loops_turned_round),
        whole("im2col and a matrix product", im2col_and_product),
        sideways("sixteen images side by side", sixteen_images(KH, KW), filters_first),
        sideways("sums that stay in registers", registers, kernel),
        sideways(f"{cores} cores", registers, kernel, cores),
    ]


def gflop(rung, x, kernel):
    """Return the operations of a rung's work, in 10⁹: a multiplication and an addition are two."""
    KH, KW, C, F = kernel.shape
    outputs = (x.shape[1] - KH + 1) * (x.shape[2] - KW + 1)
    return 2 * rung.images * outputs * F * KH * KW * C / 1e9


def seconds(rung, at_least):
    """Return the shortest time of a rung's work, which is repeated for so many seconds.

    On one core that is the core's time, which does not pass while another program has the core.
    """
    clock = time.thread_time if rung.cores == 1 and os.name == "posix" else time.perf_counter
    best, end = float("inf"), time.perf_counter() + at_least
    while True:
        start = clock()
        rung.work()
        best = min(best, clock() - start)
        if time.perf_counter() > end:
            return best


def climb(x, kernel, cores, at_least=0.5):
    """Verify and time every rung; return ``(rung, GFLOP/s)`` of each, the first one first.

    Raises
    ------
    ValueError
        If a rung computes something else than the first.
    """
    steps, right = rungs(x, kernel, cores), None
    results = []
    for rung in steps:
        rung.work()  # compiles
        y = rung.result()
        right = y if right is None else right
        if not np.allclose(y[: len(right)], right, rtol=1e-4, atol=1e-4):
            raise ValueError(f"{rung.name!r} does not compute the convolution.")
        results.append((rung, gflop(rung, x, kernel) / seconds(rung, at_least)))
    return results


def layer(images=512):
    """Return x and the kernel of the tutorial's second convolution, random numbers."""
    rng = np.random.default_rng(0)
    x = rng.random((images, 12, 12, 8), dtype=np.float32)
    return x, rng.standard_normal((5, 5, 8, 16), dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, help="draw the ladder into this file")
    args = parser.parse_args()
    limit = machine.measure()
    print(f"This machine: {limit}.\n")
    print(f"{'':<30}{'GFLOP/s':>10}{'of the limit':>14}{'times the last':>16}")
    last, climbed = None, climb(*layer(), limit.cores)
    for rung, rate in climbed:
        roof = (limit.flops if rung.cores > 1 else limit.flops_one_core) / 1e9
        times = f"{rate / last:.1f}" if last else ""
        print(f"{rung.name:<30}{rate:>10.3g}{rate / roof:>14.2%}{times:>16}")
        last = rate
    if args.picture:
        bars = [(rung.name, rate) for rung, rate in climbed]
        drawing.ladder(bars, limit).quantize(64).save(args.picture, optimize=True)


if __name__ == "__main__":
    main()
