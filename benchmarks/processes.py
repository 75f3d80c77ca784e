"""Whole processes: how long they take from start to end, and how much memory they hold.

Every figure is of fresh processes, the contestants in turn.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.contestants import OURS
from benchmarks.race import quartiles
from numcnn.datasets import digits

ROOT = Path(__file__).parent.parent
TUTORIALS = ROOT / "benchmarks" / "tutorials"
PROGRAMS = {  # name -> the library it needs, its program, and what the environment says besides
    OURS["fast"]: ("numcnn", "with_numcnn.py", {"NUMCNN_ENGINE": "fast"}),
    OURS["reference"]: ("numcnn", "with_numcnn.py", {"NUMCNN_ENGINE": "reference"}),
    "PyTorch": ("torch", "with_pytorch.py", {}),
    "Keras on TensorFlow": ("keras", "with_keras.py", {}),
}
LEAST_ACCURACY = 0.5
"""On generated digits; guessing reads 0.1 of them."""


class Run(NamedTuple):
    """Seconds of wall time, and the last line that the process printed."""

    seconds: float
    said: str


def run(arguments: list[str], extra: dict[str, str] | None = None) -> Run:
    """Run Python in a fresh process, as `extra` environment variables say."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, **(extra or {})}
    start = time.perf_counter()
    process = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{process.stderr}")
    return Run(seconds, process.stdout.strip().splitlines()[-1] if process.stdout else "")


def import_seconds(repeats: int) -> dict[str, list[float]]:
    """Return how long ``import`` takes in a fresh process, NumPy included."""
    modules = [
        name for name in ("numcnn", "torch", "keras", "jax") if importlib.util.find_spec(name)
    ]
    seconds: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(repeats):
        for module in modules:
            program = (
                f"import time; t = time.perf_counter(); import {module}; "
                "print(time.perf_counter() - t)"
            )
            extra = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
            seconds[module].append(float(run(["-c", program], extra).said))
    return seconds


def write_data(folder: Path, train: int, test: int) -> Path:
    """Write generated digits for the tutorials, as bytes; return the file."""
    images, labels = digits.generate(train + test)
    pixels = images[..., np.newaxis]
    file = folder / "digits.npz"
    np.savez(
        file,
        x_train=pixels[:train],
        y_train=labels[:train].astype(np.int64),
        x_test=pixels[train:],
        y_test=labels[train:].astype(np.int64),
    )
    return file


def programs() -> dict[str, tuple[str, dict[str, str]]]:
    """Return the tutorials that can run here: program and environment of each."""
    return {
        name: (str(TUTORIALS / program), extra)
        for name, (library, program, extra) in PROGRAMS.items()
        if importlib.util.find_spec(library)
    }


def tutorials(images: int, epochs: int, repeats: int) -> dict[str, tuple[list[float], list[int]]]:
    """Run the whole tutorial; return seconds and peak bytes of each run, compiled loops cached."""
    found = programs()
    results: dict[str, tuple[list[float], list[int]]] = {name: ([], []) for name in found}
    with tempfile.TemporaryDirectory() as folder:
        file = write_data(Path(folder), images, 1_000)
        program, extra = found[OURS["fast"]]
        run([program, str(file), "1"], extra)  # compiles
        for _ in range(repeats):
            for name, (program, extra) in found.items():
                result = run([program, str(file), str(epochs)], extra)
                said = json.loads(result.said)
                if said["accuracy"] < LEAST_ACCURACY:
                    raise RuntimeError(f"{name} has learned nothing: accuracy {said['accuracy']}")
                results[name][0].append(result.seconds)
                results[name][1].append(said["peak"])
    return results


def first_start() -> float:
    """Return the seconds of the whole tutorial on the fast engine with nothing compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_data(Path(folder), 5_500, 1_000)
        program, extra = programs()[OURS["fast"]]
        nothing_compiled = {**extra, "NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        return run([program, str(file), "10"], nothing_compiled).seconds


def seconds_text(values: list[float]) -> str:
    """Return a median with quartiles, in seconds."""
    low, middle, high = quartiles(values)
    return f"{middle:.2f} s ({low:.2f} to {high:.2f})"
