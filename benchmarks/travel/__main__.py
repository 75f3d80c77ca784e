"""Every layer, random stacks and ten graphs, out to other runtimes, compared, and back again.

    python -m benchmarks.travel [--only onnxruntime openvino node chromium]

Each model is written, run by the runtime, and read back.  A runtime that is not installed is left
out.  It needs onnx, onnxruntime, openvino, and Node with @tensorflow/tfjs (NODE_PATH says where);
for TensorFlow.js in a browser playwright and Chromium, too.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.travel import cases, graphs, runtimes
from numcnn.models import load_model

CLOSE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=list(runtimes.RUNTIMES))
    chosen = parser.parse_args().only
    models = {**cases.alone(), **cases.random_stacks(), **graphs.graphs()}
    print(f"numcnn {numcnn.__version__}, Python {platform.python_version()}, {len(models)} models")
    print("largest difference of a prediction; back: weights that came back bit for bit")
    failed = 0
    for name in chosen:
        runtime = runtimes.RUNTIMES[name]
        try:
            print(f"\n{name} {runtime.version()}")
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            print(f"\n{name} is left out: {str(error)[:80]}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            failed += table(runtime, Path(folder), models)
    if failed:
        raise SystemExit(f"{failed} models differ by more than {CLOSE}")


def table(runtime: Any, folder: Path, models: dict[str, Any]) -> int:
    """Print a line for each model; return how many differ."""
    paths, refused = {}, {}
    for number, (name, model) in enumerate(models.items()):
        try:
            paths[name] = runtime.write(model, folder / str(number))
        except ValueError as error:
            refused[name] = str(error)
    batches = {name: cases.samples(models[name]) for name in paths}
    answers = runtime.run(paths, batches)
    failed, worst = 0, 0.0
    for name, model in models.items():
        if name in refused:
            print(f"  {name:<36} not written: {refused[name]}")
            continue
        expected = model.predict(batches[name], verbose=0)
        difference = largest(answers[name], expected)
        back = returned(paths[name], model, batches[name], expected)
        good = difference <= CLOSE and back == "yes"
        failed += not good
        worst = max(worst, difference)
        print(f"  {name:<36} {difference:.1e}   back: {back}{'' if good else '   <-- differs'}")
    good = len(answers) - failed
    print(f"  {good} of {len(models)} agree and come back, at most {worst:.1e} apart;", end=" ")
    print(f"{len(refused)} are refused, {failed} differ")
    return failed


def largest(ours: Any, theirs: Any) -> float:
    """Return the largest difference, relative where numbers are above 1."""
    if isinstance(ours, str):
        print(f"    {ours}")
        return float("inf")
    pairs = zip(runtimes.as_list(ours), runtimes.as_list(theirs), strict=True)
    return max(_difference(np.asarray(y), np.asarray(goal)) for y, goal in pairs)


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    if ours.shape != theirs.shape:
        print(f"    {ours.shape} is not {theirs.shape}")
        return float("inf")
    return float((abs(ours - theirs) / np.maximum(1, abs(theirs))).max())


def returned(path: Path, model: Any, x: Any, expected: Any) -> str:
    """Say whether a model comes back with the same predictions and the bytes of its weights."""
    try:
        back = load_model(path)
    except ValueError as error:
        return f"no: {str(error)[-150:]}"
    if largest(back.predict(x, verbose=0), expected) > 1e-6:
        return "no: other predictions"
    came = [array.tobytes() for array in back.get_weights()]
    whole = (w for w in model.get_weights() if w.ndim)  # a count of samples is no weight
    return "yes" if all(w.tobytes() in came for w in whole) else "other weights"


if __name__ == "__main__":
    main()
