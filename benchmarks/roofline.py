"""What this machine can do, and how near the layers of models A and B and the ladder's rungs come.

python -m benchmarks.roofline                  prints the limits and a table for each model
python -m benchmarks.roofline --picture FILE   draws them too
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the ladder's rungs use one core

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks import drawing, ladder, models
from benchmarks.drawing import Point
from numcnn import machine

BATCHES = {"A": (512, 32), "B": (32,)}


def profiles(repeats: int = 50, batches: Any = None) -> dict[str, numcnn.profiling.Profile]:
    """Profile the training steps of models A and B on the engine in use."""
    results = {}
    for name, sizes in (batches or BATCHES).items():
        model = models.build(name)
        model.compile("adam", "sparse_categorical_crossentropy")
        for batch in sizes:
            x = np.random.default_rng(0).random((batch, 28, 28, 1), dtype=np.float32)
            results[f"model {name}, batch {batch}"] = numcnn.profile(model, x, repeats)
    return results


def convolution_shares(profile: Any) -> tuple[float, float]:
    """Return the operations of all rows with a convolution, by time, by the FMA limit.

    By the time of the loops, and by that of the layers, with the Python around them.
    """
    rows = [row for row in profile.rows if "conv2d" in row.name]
    fastest = sum(row.flop for row in rows) / profile.limit.flops
    layers = sum(row.seconds for row in rows)
    loops = sum(row.seconds if row.in_loops is None else row.in_loops for row in rows)
    return fastest / loops, fastest / layers


def points(found: dict[str, Any]) -> list[Point]:
    """Return the rows of which the operations are known, as points under the roof."""
    return [
        Point(f"{row.name} ({title})", row.flop / row.moved, row.flop / row.seconds)
        for title, profile in found.items()
        for row in profile.rows
        if row.flop
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, help="draw the roofline into this file")
    parser.add_argument("--repeats", type=int, default=50, help="training steps to take")
    args = parser.parse_args()

    limit = machine.measure()
    print(f"This machine: {limit}.")
    found = profiles(args.repeats)
    for title, profile in found.items():
        loops, layers = convolution_shares(profile)
        reach = f"its convolution loops reach {loops:.0%} of the FMA limit"
        print(f"\n{title}: {reach}; with the Python around them, {layers:.0%}.\n{profile}")
    if args.picture:
        x, kernel = ladder.layer()
        moved = (x.size + kernel.size + len(x) * 8 * 8 * 16) * 4 / len(x)  # a float32 has 4 bytes
        flop = ladder.gflop(ladder.rungs(x, kernel, 1)[1], x, kernel) * 1e9 / len(x)
        climbed = ladder.climb(x, kernel, limit.cores)[1:]  # without that of plain Python
        rungs = [Point(rung.name, flop / moved, rate * 1e9, False) for rung, rate in climbed]
        below = (
            "orange: layers in training, forward and backward, above the roof where products are "
            "saved; grey: the rungs of the ladder"
        )
        picture = drawing.roofline([*points(found), *rungs], limit, below)
        picture.quantize(64).save(args.picture, optimize=True)


if __name__ == "__main__":
    main()
