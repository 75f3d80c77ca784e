"""Logits up to ±1e4 and gradients from 0 to 1e18, in float32, against long double.

    python -m benchmarks.reliability.extremes [--rows 20000] [--seed 0]

The cross-entropy from logits, its gradient and softmax, and steps of Adam, on both engines: all of
it must be finite, and within 1e-6 (of a loss above 1, in proportion to it).

The control is the loss as a textbook writes it, ``-log(exp(z) / Σ exp(z))``: it must be noticed.
"""

import argparse
import warnings

import numpy as np

import numcnn
from numcnn import activations, optimizers
from numcnn.engine import active_engine
from numcnn.parameter import Parameter

CLOSE = 1e-6
GRADIENTS = (0.0, 1e-45, 1e-38, 1e-20, 1e-7, 1.0, 1e7, 1e18)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    tried = good = 0
    worst = 0.0
    for engine in ("fast", "reference"):
        with numcnn.use_engine(engine):
            for off in (*errors_of_losses(given.rows, given.seed), *errors_of_adam(given.seed)):
                fine = off <= CLOSE  # NaN is not
                tried, good = tried + off.size, good + int(fine.sum())
                worst = max(worst, float(np.nan_to_num(off, nan=np.inf).max()))
    print(f"numbers against long double: {good} of {tried} within 1e-6 (the worst: {worst:.1e})")
    wrong = int((~(errors_of_a_textbook(given.rows, given.seed) <= CLOSE)).sum())
    print(f"control, a textbook's formula: {f'{wrong:,} wrong' if wrong else 'NOT noticed'}")
    if good < tried or not wrong:
        raise SystemExit("not as it should be")


def batches(rows: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return logits and one-hot labels: of any size and offset, up to ±1e4."""
    rng = np.random.default_rng(seed)
    every = []
    for number in range(20):
        shape = max(1, rows // 20), int(rng.integers(2, 100))
        logits = rng.uniform(-1, 1, shape) * 10 ** rng.uniform(-3, 4, (shape[0], 1))
        offset = rng.uniform(-1e4, 1e4, (shape[0], 1)) if number % 2 else 0
        logits = (logits + offset).clip(-1e4, 1e4).astype(np.float32)
        logits[0], logits[-1] = -1e4, 1e4  # nothing but the same number
        labels = np.eye(shape[1], dtype=np.float32)[rng.integers(shape[1], size=shape[0])]
        every.append((logits, labels))
    return every


def exact(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return losses and probabilities in long double."""
    z = logits.astype(np.longdouble)
    z = z - z.max(axis=1, keepdims=True)
    sums = np.exp(z).sum(axis=1, keepdims=True)
    return -(labels * (z - np.log(sums))).sum(axis=1), np.exp(z) / sums


def errors_of_losses(rows: int, seed: int) -> list[np.ndarray]:
    """Return how far losses, gradients and softmax are from the exact ones."""
    off = []
    for logits, labels in batches(rows, seed):
        losses, probs = exact(logits, labels)
        found, cache = active_engine().softmax_cross_entropy_forward(logits, labels)
        slopes = cache.engine.softmax_cross_entropy_backward(np.ones_like(found), cache)
        off.append(np.abs(found - losses) / np.maximum(1, losses))
        off.append(np.abs(slopes - (probs - labels)))
        softmax, _ = active_engine().activation_forward(logits, activations.Softmax())
        off.append(np.abs(softmax - probs))
    return off


def errors_of_adam(seed: int) -> list[np.ndarray]:
    """Return how far weights are from the exact ones after five steps of Adam."""
    rng = np.random.default_rng(seed)
    off = []
    for size in GRADIENTS:
        start = rng.standard_normal(300).astype(np.float32)
        parameter, adam = Parameter(start.copy(), "w"), optimizers.Adam(0.001)
        w, m, v = start.astype(np.longdouble), np.longdouble(0), np.longdouble(0)
        for t in range(1, 6):
            g = (rng.uniform(-1, 1, 300) * size).astype(np.float32)
            parameter.grad = g
            adam.update([parameter])
            g = g.astype(np.longdouble)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            # the first and the second mean without the zeros that they began with
            m_hat, v_hat = m / (1 - np.longdouble(0.9) ** t), v / (1 - np.longdouble(0.999) ** t)
            root = np.sqrt(1 - np.longdouble(0.999) ** t)
            w = w - 0.001 * m_hat / (np.sqrt(v_hat) + 1e-7 / root)
        off.append(np.abs(parameter.value - w))
    return off


def errors_of_a_textbook(rows: int, seed: int) -> np.ndarray:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        off = []
        for logits, labels in batches(rows, seed):
            exps = np.exp(logits)
            found = -np.log((labels * exps / exps.sum(axis=1, keepdims=True)).sum(axis=1))
            off.append(np.abs(found - exact(logits, labels)[0]))
        return np.concatenate(off)


if __name__ == "__main__":
    main()
