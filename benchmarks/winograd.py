"""Where Winograd's way pays: a convolution with it and by the definition, side by side.

python -m benchmarks.winograd

Each line is a convolution of 3 × 3 with relu and max pooling behind it, in training: 32 images,
forward and backward, medians of interleaved rounds.  A star marks where the engine takes Winograd's
way (`numcnn.engine.fast.loops.winograd`).
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from numcnn import activations, engine
from numcnn.engine import active_engine
from numcnn.engine.fast.loops import winograd

IMAGES = 32
TOLERANCE = 1e-5
"""By how much the two may differ, of the largest number."""
LAYERS = (  # pixels on a side, channels, filters
    (14, 8, 16),
    (14, 12, 12),
    (28, 12, 24),
    (14, 16, 16),
    (14, 16, 32),
    (14, 32, 32),
    (14, 32, 64),
    (28, 32, 32),
    (28, 64, 64),
    (7, 32, 32),
    (7, 128, 128),
    (4, 64, 64),
    (32, 16, 16),
    (16, 32, 32),
    (8, 64, 64),
)
Arrays = tuple[np.ndarray, ...]


def passes(side: int, C: int, F: int) -> tuple[Callable[[], Any], Callable[[Any], Arrays]]:
    """Return the forward pass of such a layer, and its backward pass, a function of the caches."""
    rng = np.random.default_rng(0)
    x = engine.enter(rng.standard_normal((IMAGES, side, side, C), dtype=np.float32))
    kernel = rng.standard_normal((3, 3, C, F), dtype=np.float32) / np.float32(3 * C**0.5)
    dy = rng.standard_normal((IMAGES, side // 2, side // 2, F), dtype=np.float32)
    upstream = engine.enter(dy)
    relu = activations.get("relu")

    def forward() -> Any:
        fast, bias = active_engine(), np.zeros(F, np.float32)
        z, convolved = fast.conv2d_forward(x, kernel, bias, (1, 1), "same")
        a, activated = fast.activation_forward(z, relu)
        y, pooled = fast.maxpool2d_forward(a, (2, 2), (2, 2), "valid")
        return y, (convolved, activated, pooled)

    def backward(caches: Any) -> Arrays:
        convolved, activated, pooled = caches
        da = pooled.engine.maxpool2d_backward(upstream, pooled)
        dz = activated.engine.activation_backward(da, activated)
        dx, dkernel, dbias = convolved.engine.conv2d_backward(dz, convolved)
        return dx, dkernel, dbias

    return forward, backward


def compare(side: int, C: int, F: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the seconds of forward and backward pass in both ways; they have to agree."""
    forward, backward = passes(side, C, F)
    seconds: dict[str, list[tuple[float, float]]] = {"definition": [], "winograd": []}
    results, first = {}, None
    for number in range(rounds + 1):
        for way, times in seconds.items():
            with mock.patch.object(winograd, "pays", lambda *_, way=way: way == "winograd"):
                start = time.perf_counter()
                y, caches = forward()
                middle = time.perf_counter()
                backward(caches)
                times.append((middle - start, time.perf_counter() - middle))
                if number == 0:  # the loops were compiled
                    times.clear()
                    first = first or caches  # of the same maxima: equal ones may be exchanged
                    results[way] = [engine.leave(array) for array in (y, *backward(first))]
    for ours, right in zip(results["winograd"], results["definition"], strict=True):
        difference = np.abs(ours - right).max() / np.abs(right).max()
        if not difference < TOLERANCE:
            raise SystemExit(f"{side} x {side}, {C} -> {F}: they differ by {difference:.1e}.")
    return {
        way: (statistics.median(t[0] for t in times), statistics.median(t[1] for t in times))
        for way, times in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    engine.use_engine("fast")
    print(f"{'':<26}{'forward, µs':>22}{'times':>8}{'backward, µs':>24}{'times':>8}")
    print(f"{'pixels, channels':<26}" + 2 * f"{'definition':>13}{'Winograd':>10}{'as fast':>9}")
    for side, C, F in LAYERS:
        found = compare(side, C, F, args.rounds)
        chosen = winograd.pays(np.empty((3, 3, C, F), np.float32), (1, 1), side, side)
        line = f"{side:>2} x {side:<2}, {C:>3} -> {F:<3} {'*' if chosen else ' '}"
        cells = [
            f"{one * 1e6:>13.0f}{other * 1e6:>10.0f}{one / other:>9.2f}"
            for one, other in zip(found["definition"], found["winograd"], strict=True)
        ]
        print(f"{line:<26}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
