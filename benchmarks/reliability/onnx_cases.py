"""ONNX's own node cases: what goes in, and what must come out to 1e-5, on both engines.

    python -m benchmarks.reliability.onnx_cases

They are read from the package `onnx` where it is installed, or else from
``tests/oracles/onnx.npz``, in which they were stored.  The cases that no layer of numcnn can
express stand in ``tests/oracles/README.md``, each with its reason.

The control leaves out a corner of every kernel: it must be noticed.
"""

import importlib.util
import sys
from typing import Any

import numpy as np

import numcnn
from numcnn import layers, losses
from tests.oracles import cases

CLOSE = 1e-5
Cases = dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]]


def main() -> None:
    found, source = every_case()
    tried = good = noticed = 0
    worst = 0.0
    for engine in ("fast", "reference"):
        with numcnn.use_engine(engine):
            for name, (subject, arrays) in found.items():
                error = error_of(subject, arrays)
                tried, good = tried + 1, good + (error <= CLOSE)
                worst = max(worst, error)
                if not error <= CLOSE:
                    print(f"{name}, {engine}: {error:.1e}")
                if "kernel" in arrays and arrays["kernel"].ndim == 4:
                    without = {**arrays, "kernel": arrays["kernel"].copy()}
                    without["kernel"][0, 0] = 0
                    noticed += not error_of(subject, without) <= CLOSE
    print(f"ONNX's node cases: {good} of {tried} agree (the worst: {worst:.1e}; {source})")
    print(f"control, without a corner: {f'{noticed} differ' if noticed else 'NOT noticed'}")
    if good < tried or not noticed:
        raise SystemExit("not as it should be")


def every_case() -> tuple[Cases, str]:
    """Return the cases that numcnn has a layer or a loss for, and where they come from."""
    if importlib.util.find_spec("onnx"):
        sys.path.insert(0, str(cases.HERE))
        import make_onnx
        import onnx

        found: Cases = {}
        for name, *case in make_onnx.node_cases():
            try:
                found[name] = make_onnx.expressed(*case)
            except make_onnx.InexpressibleError:
                continue
        return found, f"onnx {onnx.__version__}"
    stored = cases.read("onnx")
    read: Cases = {name: (subject, {}) for name, subject in stored.notes["cases"].items()}
    for key, array in stored.arrays.items():
        name, _, part = key.partition("/")
        read[name][1][part] = array
    return read, f"stored from {stored.notes['made_with']}: onnx is not installed"


def error_of(subject: dict[str, Any], arrays: dict[str, np.ndarray]) -> float:
    """Return how far a layer's outputs, or a loss, are from ONNX's."""
    arguments = dict(subject)
    if "layer" in arguments:
        model = numcnn.Sequential([getattr(layers, arguments.pop("layer"))(**arguments)])
        model.build((None, *arrays["x"].shape[1:]))
        model.set_weights([arrays[name] for name in ("kernel", "bias") if name in arrays])
        found = model.predict_on_batch(arrays["x"])
    else:
        loss = getattr(losses, arguments["loss"])(from_logits=True)
        values = loss.forward(arrays["labels"], arrays["x"])[0] * arrays.get("weight", 1)
        found = {"none": values, "sum": values.sum(), "mean": values.mean()}[arguments["reduction"]]
    if np.shape(found) != arrays["y"].shape:
        return np.inf
    return float(np.abs(found - arrays["y"]).max(initial=0))


if __name__ == "__main__":
    main()
