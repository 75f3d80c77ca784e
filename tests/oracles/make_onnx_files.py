"""Write onnx_files.npz: ONNX files of others and of numcnn, and what their own runtimes answer.

    python -m benchmarks.travel.foreign torch FOLDER
    KERAS_BACKEND=torch python -m benchmarks.travel.foreign keras FOLDER
    KERAS_BACKEND=tensorflow python -m benchmarks.travel.foreign keras FOLDER
    PYTHONPATH=. python tests/oracles/make_onnx_files.py FOLDER

Kept are the files of PyTorch and Keras that the folder holds; files that numcnn wrote, with the
answers of onnxruntime, from which OpenVINO's differ by at most 1e-5; and ONNX's own test cases of
the operators that numcnn reads, each with its constants in the file.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx.backend.test.case.node import collect_testcases

from benchmarks.travel import cases, runtimes
from numcnn.models import ModelFileError, load_model
from numcnn.travel.onnx_sums import MERGERS

HERE = Path(__file__).parent
OURS = ("stack 1", "stack 2", "stack 3", "Flatten, BatchNormalization", "ReLU from a threshold")
OPERATORS = {
    *("Add", "AveragePool", "BatchNormalization", "Clip", "Conv", "Div", "Dropout", "Elu"),
    *("Flatten", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Identity", "LeakyRelu"),
    *("MatMul", "MaxPool", "Mul", "PRelu", "Pad", "ReduceMax", "ReduceMean", "Relu", "Reshape"),
    *("ConvTranspose", "GroupNormalization", "InstanceNormalization", "LayerNormalization"),
    *("Concat", "Max", "Mean", "Min", "Neg", "Resize", "Slice", "Sum", "Upsample"),
    *("Selu", "Sigmoid", "Softmax", "Softplus", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze"),
}


def main() -> None:
    arrays: dict[str, Any] = {}
    for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
        stored = np.load(path.with_suffix(".npz"))
        arrays[f"foreign/{path.stem}/file"] = bytes_of(path)
        arrays |= {f"foreign/{path.stem}/{key}": array for key, array in stored.items()}
        beside = path.with_name(path.name + ".data")
        if beside.exists():
            arrays[f"foreign/{path.stem}/beside"] = bytes_of(beside)
    with tempfile.TemporaryDirectory() as folder:
        arrays |= ours(Path(folder)) | node_cases(Path(folder))
    np.savez_compressed(HERE / "onnx_files.npz", **arrays)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {len(arrays)} arrays")


def bytes_of(path: Path) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8)


def ours(folder: Path) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    models = {**cases.alone(), **cases.random_stacks(4)}
    for name in OURS:
        path, x = folder / "ours.onnx", cases.samples(models[name])
        models[name].export(path)
        answers = [
            runtimes.RUNTIMES[runtime].run({name: path}, {name: x})[name]
            for runtime in ("onnxruntime", "openvino")
        ]
        np.testing.assert_allclose(*answers, atol=1e-5)
        arrays |= {f"ours/{name}/file": bytes_of(path), f"ours/{name}/y": answers[0]}
    return arrays


def node_cases(folder: Path) -> dict[str, Any]:
    """Return the cases that numcnn reads; print the reasons why it refuses the others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        every = collect_testcases(None)
    arrays: dict[str, Any] = {}
    refused = 0
    for case in every:
        graph = case.model.graph
        if len(graph.node) != 1 or graph.node[0].op_type not in OPERATORS:
            continue
        ((inputs, outputs),) = case.data_sets
        together = graph.node[0].op_type in MERGERS and all(is_small(one) for one in inputs)
        kept = len(inputs) if together else 1  # the others become constants
        if len(outputs) != 1 or not all(is_small(one) for one in inputs[:kept]):
            continue
        names = [entry.name for entry in graph.input]
        for name, array in zip(names[kept:], inputs[kept:], strict=True):
            graph.initializer.append(onnx.numpy_helper.from_array(array, name))
        path = folder / "case.onnx"
        path.write_bytes(case.model.SerializeToString())
        try:
            model = load_model(path)
        except ModelFileError as error:
            refused += 1
            print(f"  {case.name}: {str(error).partition('loaded: ')[2][:150]}")
            continue
        shapes = [tensor.shape[1:] for tensor in model.inputs]
        xs = [
            x if shape == x.shape[1:] else np.moveaxis(x, 1, -1)
            for x, shape in zip(inputs[:kept], shapes, strict=True)
        ]
        y = model.predict(xs if kept > 1 else xs[0], verbose=0)
        theirs = outputs[0]
        theirs = theirs if theirs.shape == y.shape else np.moveaxis(theirs, 1, -1)
        np.testing.assert_allclose(y, theirs, rtol=1e-5, atol=1e-5, err_msg=case.name)
        arrays[f"node/{case.name}/file"] = bytes_of(path)
        arrays[f"node/{case.name}/y"] = theirs
        named = {f"x{k}": x for k, x in enumerate(xs)} if kept > 1 else {"x": xs[0]}
        arrays |= {f"node/{case.name}/{key}": x for key, x in named.items()}
    count = sum(key.endswith("/file") for key in arrays)
    print(f"{count} cases are read, {refused} are refused")
    return arrays


def is_small(array: Any) -> bool:
    """Say whether an input is a batch of float numbers, few enough to be stored."""
    kind = getattr(array, "dtype", None)
    return kind == np.float32 and array.ndim > 1 and array.size < 3000


if __name__ == "__main__":
    main()
