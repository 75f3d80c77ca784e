"""Two engines, one result: random rows and graphs of layers, trained for a step on each engine.

    python -m benchmarks.reliability.networks_agree [--networks 1000] [--seed 0]

The networks are those of `benchmarks.reliability.random_networks`; batches have 1 to 70 images, and
the logits an offset of up to ±10,000.  Compared are predictions, the loss of a step with SGD, and
every weight behind it: its change is its gradient.
They must agree to 1e-5 in float32 and 1e-12 in float64, of the largest number of their array, and
to two roundings of a logit, whose last digits an offset takes away.

Where a number stands within a rounding of an edge, of relu or of a maximum, both engines are right
and their gradients differ.  So a network that disagrees is tried with two other batches: an edge is
gone then, a fault is not.

The control compares with a fast engine that forgets a bias: it must be noticed.
"""

from __future__ import annotations

import argparse
from unittest import mock

import numpy as np

import numcnn
from benchmarks.reliability.random_networks import a_graph, a_row
from numcnn.engine import fast

CLOSE = {"float32": 1e-5, "float64": 1e-12}
TRIES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = [reason for n in range(given.networks) if (reason := difference(n, given.seed))]
    print(*wrong[:20], sep="\n")
    print(f"networks on two engines: {given.networks - len(wrong)} of {given.networks} agree")
    noticed = control(given.seed)
    print(f"control, without a bias: {f'{noticed} of 10 differ' if noticed else 'NOT noticed'}")
    if wrong or not noticed:
        raise SystemExit("not as it should be")


def control(seed: int) -> int:
    """Return how many of ten networks show that the fast engine has forgotten a bias."""
    forward = fast.dense_forward
    with mock.patch.object(fast, "dense_forward", lambda x, kernel, _: forward(x, kernel, None)):
        return sum(difference(number, seed, tries=1) is not None for number in range(10))


def difference(number: int, seed: int, tries: int = TRIES) -> str | None:
    """Return in what the engines differ about a network; None if they agree."""
    found = None
    for attempt in range(tries):
        found = differs(number, seed, attempt)
        if found is None:
            return None
    return f"network {number}: {found}"


def differs(number: int, seed: int, attempt: int) -> str | None:
    """Compare a step on both engines, with the batch of this attempt."""
    rng = np.random.default_rng([seed, number])
    dtype = ("float32", "float32", "float64")[number % 3]
    shape = tuple(int(n) for n in (*rng.integers(4, 15, 2), rng.integers(1, 5)))
    images, offset = int(rng.integers(1, 71)), float(rng.uniform(-1e4, 1e4) * (number % 4 == 0))
    kind = (a_graph, a_row)[number % 2]
    make = kind(rng, images, shape, offset)
    batch = np.random.default_rng([seed, number, attempt])
    x = batch.standard_normal((images, *shape)).astype(dtype)
    y = batch.integers(0, 4, images)
    results = []
    for engine in ("reference", "fast"):
        with numcnn.use_engine(engine):
            numcnn.set_random_seed(number)
            model = make(dtype)
            model.compile(
                numcnn.optimizers.SGD(1.0),
                numcnn.losses.SparseCategoricalCrossentropy(from_logits=True),
            )
            before = model.get_weights()
            logits = model.predict(x, verbose=0)
            loss = model.train_on_batch(x, y)
            after = model.get_weights()
        changes = [one - other for one, other in zip(after, before, strict=True)]
        results.append([logits, np.asarray(loss), *changes])
    for at, (right, got) in enumerate(zip(*results, strict=True)):
        scale = max(1.0, float(np.abs(right).max(initial=0)))
        worst = float(np.abs(right - got).max(initial=0)) / scale
        if not worst <= CLOSE[dtype] + 2 * abs(offset) * np.finfo(dtype).eps:
            return (
                f"{kind.__name__}, {dtype}, {images} images of {shape}, "
                f"result {at} is off by {worst:.1e}"
            )
    return None


if __name__ == "__main__":
    main()
