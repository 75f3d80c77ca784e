"""The reference engine against im2col as NumPy books write it: the tutorial's model, batch 512.

python -m benchmarks.reference_engine
"""

import statistics
import time

import numpy as np

import numcnn
from benchmarks.models import handwriting
from benchmarks.teaching import TeachingNetwork

BATCH, ROUNDS, STEPS = 512, 9, 2


def main() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((BATCH, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, BATCH)
    model = handwriting()
    model.compile("adam", "sparse_categorical_crossentropy")
    teaching = TeachingNetwork(model.get_weights())
    contestants = {
        "numcnn, reference engine": lambda: model.train_on_batch(images, labels),
        "NumPy im2col of the books": lambda: teaching.train_step(
            images.reshape(BATCH, 1, 28, 28), labels
        ),
    }
    with numcnn.use_engine("reference"):
        losses = {name: [step() for _ in range(3)] for name, step in contestants.items()}
        ours, theirs = losses.values()
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)
        print(f"the same losses: {', '.join(f'{loss:.5f}' for loss in ours)}")

        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, step in contestants.items():
                start = time.perf_counter()
                for _ in range(STEPS):
                    step()
                rates[name].append(BATCH * STEPS / (time.perf_counter() - start))
    for name, values in rates.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:<26} {middle:>8,.0f} images/s  (from {low:,.0f} to {high:,.0f})")
    ours, theirs = rates.values()
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(f"{'ratio':<26} {statistics.median(ratios):>8.2f}")


if __name__ == "__main__":
    main()
