"""Files of other libraries, read: predictions compared, and each trained on for an epoch.

    python -m benchmarks.travel.back FOLDER

The files are those of `benchmarks.travel.foreign`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

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
    xs, ys = stored(file.with_suffix(".npz"))
    model = load_model(file)
    answers = predicted(model, xs)
    difference = max(abs(y - goal).max() for y, goal in zip(answers, ys, strict=True))
    if difference > 1e-5:
        raise ValueError(f"differs by {difference}")
    model.compile("adam", "mse")
    many = [np.repeat(x, 16, axis=0) for x in xs]
    goals = [0.5 * np.repeat(y, 16, axis=0) for y in ys]
    x: Any = many if len(many) > 1 else many[0]
    goal: Any = goals if len(goals) > 1 else goals[0]
    before = model.evaluate(x, goal, verbose=0, return_dict=True)["loss"]
    model.fit(x, goal, batch_size=8, verbose=0)
    after = model.evaluate(x, goal, verbose=0, return_dict=True)["loss"]
    if not after < before:
        raise ValueError(f"an epoch changed the loss from {before} to {after}")
    kinds = " ".join(type(layer).__name__ for layer in model.layers)
    return f"{difference:.1e}   loss {before:.4f} -> {after:.4f}   {kinds}"


def stored(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return what goes in and what came out elsewhere: x and y, or x0, x1 and y0, y1."""
    arrays = np.load(path)
    return tuple([arrays[key] for key in sorted(arrays) if key[0] == letter] for letter in "xy")


def predicted(model: Any, xs: list[np.ndarray]) -> list[np.ndarray]:
    """Return a list of the model's outputs, images with their channels as in the file."""
    found = model.predict(xs if len(xs) > 1 else xs[0], verbose=0)
    return list(found) if isinstance(found, list) else [np.asarray(found)]


if __name__ == "__main__":
    main()
