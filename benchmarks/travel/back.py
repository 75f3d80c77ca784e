"""Files of other libraries, read: predictions compared, and each trained on for an epoch.

    python -m benchmarks.travel.back FOLDER

The files are those of `benchmarks.travel.foreign`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from numcnn.models import load_model


def main() -> None:
    bad = 0
    files = sorted(Path(sys.argv[1]).glob("*.onnx"))
    for file in files:
        try:
            line = tried(file)
        except ValueError as error:
            line, bad = f"REFUSED {error}", bad + 1
        print(f"{file.name:<34} {line}")
    print(f"{len(files) - bad} of {len(files)} read")
    if bad:
        raise SystemExit(1)


def tried(file: Path) -> str:
    """Return the largest difference, and the loss before and after an epoch."""
    stored = np.load(file.with_suffix(".npz"))
    model = load_model(file)
    y = np.asarray(model.predict(stored["x"], verbose=0))
    difference = abs(y - stored["y"]).max()
    if difference > 1e-5:
        raise ValueError(f"differs by {difference}")
    model.compile("adam", "mse")
    x, goal = np.repeat(stored["x"], 16, axis=0), np.repeat(stored["y"], 16, axis=0) * 0.5
    before = model.evaluate(x, goal, verbose=0)
    model.fit(x, goal, batch_size=8, verbose=0)
    after = model.evaluate(x, goal, verbose=0)
    if not after < before:
        raise ValueError(f"an epoch changed the loss from {before} to {after}")
    kinds = " ".join(type(layer).__name__ for layer in model.layers)
    return f"{difference:.1e}   loss {before:.4f} -> {after:.4f}   {kinds}"


if __name__ == "__main__":
    main()
