"""Two engines, one result: random stacks of layers on the fast engine and on the reference.

    python -m benchmarks.reliability.engines_agree [--stacks 500] [--seed 0]

The stacks are those of tests/test_fast_engine.py: a convolution of any geometry, perhaps an
activation, perhaps a pooling, forward and backward.  Here the batches have the sizes around those
that the fast engine computes together, and the numbers are small, or have a large offset, or are
large, or one of them is NaN or infinite.  Results must agree to 1e-5 of the largest number in
float32 and 1e-12 in float64, NaN must stand in the same places, and what one engine refuses the
other must refuse in the same words.  The losses are those of logits up to ±1e4.

The control compares with a reference whose bias has been forgotten: it must be noticed.
"""

import argparse

import numpy as np

import numcnn
from numcnn.engine import active_engine, reference
from tests import test_fast_engine as stacks

BATCHES = (0, 1, 15, 16, 17, 33)
NUMBERS = {
    "plain": lambda x: x,
    "offset": lambda x: x + x.dtype.type(100),
    "large": lambda x: x * x.dtype.type(1e4),
    "NaN": lambda x: with_one(x, np.nan),
    "infinite": lambda x: with_one(x, np.inf),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stacks", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    good = sum(agree(number, given.seed) for number in range(given.stacks))
    print(f"stacks on two engines: {good} of {given.stacks} agree")
    losses = sum(losses_agree(number, given.seed) for number in range(given.stacks))
    print(f"losses of logits up to 1e4: {losses} of {given.stacks} agree")
    forward = reference.conv2d_forward
    reference.conv2d_forward = lambda x, kernel, bias, *rest: forward(x, kernel, None, *rest)
    noticed = sum(not agree(number, given.seed, quiet=True) for number in range(20))
    reference.conv2d_forward = forward
    print(f"control, without a bias: {f'{noticed} of 20 differ' if noticed else 'NOT noticed'}")
    if good < given.stacks or losses < given.stacks or not noticed:
        raise SystemExit("not as it should be")


def with_one(x: np.ndarray, value: float) -> np.ndarray:
    """Return a copy in which one number is another."""
    x = x.copy()
    x.reshape(-1)[x.size // 2 : x.size // 2 + 1] = value
    return x


def agree(number: int, seed: int, quiet: bool = False) -> bool:
    """Say whether the engines agree about a stack."""
    rng = np.random.default_rng([seed, number])
    stack = stacks.a_stack(rng, big=number % 25 == 0)
    x, *rest = stack["conv"]
    kind = list(NUMBERS)[number % len(NUMBERS)]
    x = np.resize(x, (BATCHES[number % len(BATCHES)], *x.shape[1:])) if number % 25 else x
    stack["conv"] = (NUMBERS[kind](x), *rest)
    if kind in ("large", "offset") and stack["activation"] == "tanh":
        stack["activation"] = "relu"  # of numbers so large, tanh leaves only roundings
    try:
        stacks.check_equal(stack, enter=bool(rng.random() < 0.8))
    except AssertionError as error:
        if not quiet:
            print(f"stack {number}, {kind}, {x.shape} {x.dtype}: {str(error).strip()[:300]}")
        return False
    return True


def losses_agree(number: int, seed: int) -> bool:
    """Say whether the engines agree about the losses of a batch and their gradients."""
    rng = np.random.default_rng([seed, number, 1])
    shape = BATCHES[number % len(BATCHES)], int(rng.integers(2, 40))
    dtype = ("float32", "float64")[number % 2]
    logits = rng.uniform(-1, 1, shape) * 10 ** rng.uniform(-2, 4) + rng.uniform(-1e4, 1e4)
    logits = logits.clip(-1e4, 1e4).astype(dtype)
    targets = np.eye(shape[1], dtype=dtype)[rng.integers(shape[1], size=shape[0])]
    results = []
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            losses, cache = active_engine().softmax_cross_entropy_forward(logits, targets)
            slopes = cache.engine.softmax_cross_entropy_backward(np.ones_like(losses), cache)
            results.append((losses, slopes))
    close = stacks.TOLERANCE[dtype]
    return all(
        one.dtype == other.dtype and np.allclose(one, other, rtol=close, atol=close)
        for one, other in zip(*results, strict=True)
    )


if __name__ == "__main__":
    main()
