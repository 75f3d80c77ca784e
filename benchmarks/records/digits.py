"""What all programs here do in the same way: read the files, and follow the recipe's numbers."""

import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

BATCH = 64


def arguments() -> tuple[Path, SimpleNamespace, int]:
    """Return folder, recipe and seed of the command line."""
    folder, recipe, seed = sys.argv[1:]
    return Path(folder), SimpleNamespace(**json.loads(recipe)), int(seed)


def read(folder: Path) -> tuple[np.ndarray, ...]:
    """Return x_train, y_train, x_test, y_test; x ``(N, 28, 28)`` float32 from 0 to 1.

    From ``mnist.npz``, or from the tutorial's sprite, five sixths of it for training.
    """
    if (folder / "mnist.npz").exists():
        arrays = np.load(folder / "mnist.npz")
        parts = [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    else:
        with Image.open(folder / "mnist_images.png") as sprite:
            x = np.asarray(sprite).reshape(-1, 28, 28)
        y = np.fromfile(folder / "mnist_labels_uint8", np.uint8).reshape(-1, 10).argmax(axis=1)
        train = 55_000 if len(x) == 65_000 else len(x) * 5 // 6
        parts = [x[:train], y[:train], x[train:], y[train:]]
    x_train, y_train, x_test, y_test = parts
    return x_train / np.float32(255), y_train, x_test / np.float32(255), y_test


def rate(recipe: Any, step: int, batches: int) -> float:
    """Return the learning rate of an update: along a cosine to 0."""
    return recipe.rate * 0.5 * (1 + math.cos(math.pi * step / (recipe.epochs * batches)))


def report(found: np.ndarray, right: np.ndarray) -> None:
    print(f"{np.mean(found == right):.2%} of {len(right):,} test digits are right")
