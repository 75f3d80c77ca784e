"""Damaged and crafted files of other libraries: refused with one exception type, or read as said.

    python -m benchmarks.reliability.damaged_travellers [--files 5000] [--seed 0]

ONNX files and TensorFlow.js folders have no checksum, so a changed number of a weight loads as what
it says.  Everything else is either refused with a `ModelFileError` or leaves a model that predicts
in the time of a small file.  Harmless, and all of our own making.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.crafted import small_model
from benchmarks.reliability.crafted_travellers import CRAFTED, graph_model, written
from benchmarks.reliability.damaged_files import damaged_bytes
from numcnn.models import ModelFileError, load_model

SLOW = 5.0
"""Seconds within which a file of some kilobytes is refused or read, on a crowded machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    good = True
    np.seterr(all="ignore")  # damaged weights overflow, as they should
    with numcnn.use_engine("reference"), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, make in MODELS.items():
            for file in ("model.onnx", "model.json", "weights.bin", "model.safetensors"):
                outcomes = damaged(folder, file, make(), given.files // 2, given.seed)
                good &= report(f"{kind}, {file}", outcomes)
        good &= report("crafted", crafted(folder))
        noticed = control(folder)
    print(f"control, a file read without a guard: {noticed or 'NOT noticed'}")
    if not good or not noticed:
        raise SystemExit("not all are good")


def report(what: str, outcomes: collections.Counter[str]) -> bool:
    listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    bad = sum(count for outcome, count in outcomes.items() if outcome.startswith("BAD"))
    print(f"{what}: {outcomes.total() - bad} of {outcomes.total()} good ({listed})")
    return not bad


def damaged(
    folder: Path, file: str, model: Any, number: int, seed: int
) -> collections.Counter[str]:
    whole = written(folder, model)
    try_one = (lambda path: outcome_for(model, path)) if ".safe" in file else outcome_of
    path = folder / ("model.json" if file == "weights.bin" else file)
    outcomes: collections.Counter[str] = collections.Counter()
    for index in range(number):
        chance = random.Random(f"{seed} {file} {index}")
        (folder / file).write_bytes(damaged_bytes(whole[file], chance))
        outcomes[try_one(path)] += 1
    (folder / file).write_bytes(whole[file])
    return outcomes


def outcome_of(path: Path, load: Callable[[Path], Any] = load_model) -> str:
    """Load a file, and say what came of it."""
    begun = time.perf_counter()
    try:
        model = load(path)
        x = [np.zeros((1, *tensor.shape[1:]), np.float32) for tensor in model.inputs]
        model.predict(x if len(x) > 1 else x[0], verbose=0)
        said = "read"
    except ModelFileError:
        said = "refused"
    except BaseException as error:  # any other exception is what is looked for
        return f"BAD {type(error).__name__}: {str(error)[:80]}"
    seconds = time.perf_counter() - begun
    return said if seconds < SLOW else f"BAD {said} after {seconds:.1f} s"


def outcome_for(model: Any, path: Path) -> str:
    """Give a model the weights of a state dict; if they are refused, it must be as it was."""
    before = [array.tobytes() for array in model.get_weights()]

    def load(file: Path) -> Any:
        model.load_torch_weights(file)
        return model

    outcome = outcome_of(path, load)
    if outcome == "refused" and before != [array.tobytes() for array in model.get_weights()]:
        return "BAD: refused, and the model is another"
    return outcome


def control(folder: Path) -> str:
    """Read a crafted file without the guard that makes one exception of all."""

    def bare(path: Path) -> Any:
        return json.loads(path.read_text())["modelTopology"]

    (folder / "control.json").write_text("{}")
    outcome = outcome_of(folder / "control.json", bare)
    return outcome if outcome.startswith("BAD KeyError") else ""


MODELS: dict[str, Callable[[], Any]] = {"row": small_model, "graph": graph_model}


def crafted(folder: Path) -> collections.Counter[str]:
    outcomes: collections.Counter[str] = collections.Counter()
    for name, make in CRAFTED.items():
        outcome = outcome_of(make(folder))
        outcomes[outcome if outcome == "refused" else f"BAD {name}: {outcome}"] += 1
    return outcomes


if __name__ == "__main__":
    main()
