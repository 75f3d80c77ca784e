"""One seed, one result: several processes and numbers of threads train to the same bytes.

    python -m benchmarks.reliability.same_seed [--processes 5]

Each process draws initial weights, shuffles, drops out, trains, predicts and saves a model, on a
number of threads of its own.  The weights, the history, the predictions and the saved file must be
the same bytes in all of them, on each engine.

The control trains with another seed: the bytes must differ.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

THREADS = (1, 2, 3, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=5, help="for each engine")
    given = parser.parse_args()
    good = tried = 0
    for engine in ("fast", "reference"):
        runs = [digest(engine, THREADS[i % len(THREADS)]) for i in range(given.processes)]
        tried, good = tried + len(runs), good + runs.count(runs[0])
    noticed = digest("reference", 1, seed=1) != runs[0]
    print(f"trainings from one seed: {good} of {tried} ended with the same bytes")
    print(f"control, another seed: {'other bytes' if noticed else 'NOT noticed'}")
    if good < tried or not noticed:
        raise SystemExit("not as it should be")


def digest(engine: str, threads: int, seed: int = 0) -> str:
    """Train in a process of its own; return a digest of everything that came of it."""
    environment = {
        **os.environ,
        "NUMCNN_ENGINE": engine,
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": str(threads + 7),
    }
    program = f"from benchmarks.reliability.same_seed import train; train({seed})"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout.strip()


def train(seed: int) -> None:
    """Train a model with everything that depends on chance, and print a digest."""
    import numcnn
    from numcnn import layers

    numbers = np.random.default_rng(0)
    x = numbers.random((300, 14, 14, 1), dtype=np.float32)
    y = numbers.integers(0, 5, 300)
    model = numcnn.Sequential(
        [
            layers.Input((14, 14, 1)),
            layers.Conv2D(16, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(5, activation="softmax"),
        ],
        seed=seed,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=32, epochs=2, validation_split=0.2, verbose=0)
    whole = hashlib.sha256(str(history.history).encode())
    predictions = [model.predict(images, verbose=0) for images in (x, x[:1])]
    for array in [*model.get_weights(), *predictions]:
        whole.update(array.tobytes())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        whole.update(path.read_bytes())
    print(whole.hexdigest())


if __name__ == "__main__":
    main()
