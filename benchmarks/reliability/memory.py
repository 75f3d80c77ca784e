"""Memory that must not grow: epochs, predictions, trainings and predictors, many times over.

    python -m benchmarks.reliability.memory [--quick]

Each is done some times, until everything that is made once has been made, and then many times more.
The memory of the process may grow by 5 MB.

The control keeps 100 kB each time: it must be noticed.
"""

import argparse
import gc
from collections.abc import Callable
from pathlib import Path

import numpy as np

import numcnn
from numcnn import layers

LIMIT = 5.0  # MB
IMAGES = np.random.default_rng(0).random((256, 14, 14, 1), dtype=np.float32)
LABELS = np.arange(256) % 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parts = 10 if parser.parse_args().quick else 1
    trained = model()
    kept: list[bytes] = []
    trials: dict[str, tuple[int, Callable[[], object]]] = {
        "epochs": (50, lambda: trained.fit(IMAGES, LABELS, verbose=0)),
        "predictions": (10_000, lambda: trained.predict(IMAGES[:2], verbose=0)),
        "trainings": (1_000, lambda: model().fit(IMAGES[:40], LABELS[:40], verbose=0)),
        "predictors": (200, lambda: numcnn.Predictor(trained)(IMAGES[:1])),
    }
    growths = {name: growth(times // parts, do) for name, (times, do) in trials.items()}
    said = ", ".join(f"{name} {growths[name]:+.2f} MB" for name in growths)
    good = sum(grown < LIMIT for grown in growths.values())
    print(f"kinds of work: {good} of {len(growths)} do not grow ({said})")
    grown = growth(400, lambda: kept.append(b"1" * 100_000))
    noticed = f"{grown:+.2f} MB" if grown > LIMIT else "NOT noticed"
    print(f"control, 100 kB kept each time: {noticed}")
    if good < len(growths) or grown <= LIMIT:
        raise SystemExit("not as it should be")


def growth(times: int, do: Callable[[], object]) -> float:
    """Do something some times, and many times more; return by how many MB the process grows."""
    for _ in range(max(3, times // 5)):
        do()
    before = resident()
    for _ in range(times):
        do()
    return resident() - before


def resident() -> float:
    """Return the memory that this process has now, in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def model() -> numcnn.Sequential:
    made = numcnn.Sequential(
        [
            layers.Input((14, 14, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ],
        seed=0,
    )
    made.compile("adam", "sparse_categorical_crossentropy")
    return made


if __name__ == "__main__":
    main()
