"""Training in several processes: what is sent, what it takes, and when it pays.

    mpiexec -n 2 python -m mpi4py -m benchmarks.ranks [--rounds 9] [--write]

First the same work is done by one process with all cores and by the ranks with their share of the
cores, in turn, window by window (model B, batch 64).  Then the sum over the ranks is timed for
arrays of several sizes, which gives its latency and its speed in bytes.  From these, and from the
time of a step on one core, comes the speed-up that more ranks would bring:

    t(N) = step(batch / N) + latency · log2 N + bytes · 2 (N - 1) / N / speed

(a reduction as a ring or a tree; MPI libraries choose between them).  ``--write`` draws it for
docs/more-than-one-machine.md, with the measured numbers as dots.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.computer import processor
from benchmarks.models import build
from numcnn import engine, pictures
from numcnn.batches import Samples
from numcnn.parallel.ranks import Ranks, exchanged
from numcnn.parallel.together import shared_cores

BATCHES = 64, 256, 1024
RANKS = 1, 2, 4, 8, 16, 32, 64
WINDOW = 0.25
PICTURE = Path("docs/pictures/ranks.png")


def model_for(batch: int) -> tuple[Any, Samples]:
    """Return model B, compiled, and a batch for it."""
    chance = np.random.default_rng(0)
    model = build("B")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = chance.random((batch, 28, 28, 1), np.float32)
    return model, Samples(x, chance.integers(0, 10, batch))


def rate(step: Callable[[], Any], ranks: Ranks | None = None) -> float:
    """Return the median time of a step within a window; with ranks, all do the same number."""
    step()
    times = []
    end = time.perf_counter() + WINDOW
    going = True
    while going:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
        going = time.perf_counter() < end
        if ranks:
            going = ranks.comm.bcast(going)
    return statistics.median(times)


def idle_until(ranks: Ranks) -> None:
    """Wait for the other ranks without taking a core, as MPI's own waiting would."""
    request = ranks.comm.Ibarrier()
    while not request.Test():
        time.sleep(0.002)


def beside_one_process(ranks: Ranks, batch: int, rounds: int) -> list[tuple[float, float]]:
    """Return seconds for a step: of rank 0 alone on all cores, and of all ranks together."""
    model, samples = model_for(batch)
    results = []
    for _ in range(rounds):
        alone = 0.0
        if ranks.rank == 0:
            engine.use_threads()
            alone = rate(lambda: model.train_step(samples))
        idle_until(ranks)
        with shared_cores(ranks):
            together = rate(lambda: ranks.train_step(model, samples), ranks)
        results.append((alone, together))
        idle_until(ranks)
    return results


def one_core(ranks: Ranks, batch: int) -> float:
    """Return the seconds of a step on one core, while the other ranks wait."""
    seconds = 0.0
    if ranks.rank == 0:
        engine.use_threads(1)
        model, samples = model_for(batch)
        seconds = min(rate(lambda: model.train_step(samples)) for _ in range(3))
        engine.use_threads()
    idle_until(ranks)
    return ranks.comm.bcast(seconds)


def message_times(ranks: Ranks) -> dict[int, float]:
    """Return the seconds of a sum over all ranks, by its bytes."""
    found = {}
    for size in (4, 1_000, 25_000, 100_000, 400_000, 1_600_000):
        flat = np.ones(size // 4, np.float32)
        times = []
        for _ in range(200):
            ranks.comm.Barrier()
            start = time.perf_counter()
            ranks.sum(flat)
            times.append(time.perf_counter() - start)
            flat[:] = 1
        found[size] = statistics.median(times)
    return found


def predicted(step: Callable[[float], float], sent: int, latency: float, speed: float, n: int):
    """Return the seconds of a step in n ranks of one core."""
    if n == 1:
        return step(1)
    return step(1 / n) + latency * math.log2(n) + sent * 2 * (n - 1) / n / speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    ranks = Ranks()
    out = print if ranks.rank == 0 else lambda *_: None
    out(f"{processor()}; {ranks.size} ranks; {ranks.MPI.Get_library_version().splitlines()[0]}")

    rows = beside_one_process(ranks, 64, given.rounds)
    ratios = [alone / together for alone, together in rows]
    out(
        f"model B, batch 64: one process {statistics.median(a for a, _ in rows) * 1e3:.2f} ms, "
        f"{ranks.size} ranks {statistics.median(t for _, t in rows) * 1e3:.2f} ms a step; ratio "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )

    times = message_times(ranks)
    for size, seconds in times.items():
        out(f"sum of {size:>9,} bytes over {ranks.size} ranks: {seconds * 1e6:8.1f} us")
    latency = times[4]
    speed = 1.5e6 / max(times[1_600_000] - times[100_000], 1e-9)
    model, samples = model_for(64)
    model.train_step(samples)
    sent = sum(array.nbytes for array in exchanged(model))
    out(
        f"a step of model B sends {sent:,} bytes; latency {latency * 1e6:.0f} us, "
        f"{speed / 1e9:.1f} GB/s"
    )

    steps = {batch: one_core(ranks, batch) for batch in (8, *BATCHES)}
    fixed = max(0.0, (steps[8] * 64 - steps[64] * 8) / 56)  # of a line through 8 and 64 samples
    lines, dots = {}, {}
    for batch in BATCHES:

        def step(part: float, batch: int = batch) -> float:
            return fixed + (steps[batch] - fixed) * part

        speed_ups = [step(1) / predicted(step, sent, latency, speed, n) for n in RANKS]
        lines[f"batch {batch}"] = RANKS, speed_ups
        out(
            f"batch {batch:>5}: "
            + ", ".join(f"{n} ranks {value:.1f}" for n, value in zip(RANKS, speed_ups, strict=True))
        )
        measured = beside_one_core(ranks, batch, steps[batch])
        dots[f"batch {batch}"] = [1, ranks.size], [1.0, measured]
        out(f"             measured with {ranks.size} ranks: {measured:.2f}")
    if given.write and ranks.rank == 0:
        title = "Speed-up with more ranks (dots: measured)"
        picture = pictures.lines(
            lines, title, "ranks", "times the speed of one rank", log_x=True, dots=dots
        )
        picture.save(PICTURE)
        print(json.dumps({"latency": latency, "speed": speed, "sent": sent, "steps": steps}))


def beside_one_core(ranks: Ranks, batch: int, alone: float) -> float:
    """Return how much faster all ranks are, one core each, than one of them."""
    model, samples = model_for(batch)
    with shared_cores(ranks):
        together = min(rate(lambda: ranks.train_step(model, samples), ranks) for _ in range(3))
    return alone / together


if __name__ == "__main__":
    main()
