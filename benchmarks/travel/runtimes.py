"""The runtimes that models travel to."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


class Onnxruntime:
    """Microsoft's runtime, on the CPU."""

    def version(self) -> str:
        import onnxruntime

        return onnxruntime.__version__

    def write(self, model: Any, path: Path) -> Path:
        file = path.with_suffix(".onnx")
        model.export(file)
        return file

    def run(self, paths: dict[str, Path], batches: dict[str, np.ndarray]) -> dict[str, Any]:
        import onnxruntime

        answers = {}
        for name, path in paths.items():
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            entry = session.get_inputs()[0].name
            answers[name] = session.run(None, {entry: batches[name]})[0]
        return answers


class OpenVino(Onnxruntime):
    """Intel's runtime, on the CPU, in float32."""

    def version(self) -> str:
        import openvino

        return openvino.__version__

    def run(self, paths: dict[str, Path], batches: dict[str, np.ndarray]) -> dict[str, Any]:
        import openvino

        core, answers = openvino.Core(), {}
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        for name, path in paths.items():
            compiled = core.compile_model(core.read_model(path), "CPU", exact)
            answers[name] = compiled(batches[name])[0].copy()
        return answers


class Node:
    """TensorFlow.js in Node, on its CPU backend."""

    def version(self) -> str:
        program = "console.log(require('@tensorflow/tfjs').version.tfjs)"
        return subprocess.run(
            ["node", "-e", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    def write(self, model: Any, path: Path) -> Path:
        model.export(path, format="tfjs")
        return path / "model.json"

    def run(self, paths: dict[str, Path], batches: dict[str, np.ndarray]) -> dict[str, Any]:
        work = next(iter(paths.values())).parent.parent
        asked = []
        for name, path in paths.items():
            file = path.parent / "x.bin"
            file.write_bytes(batches[name].astype("<f4").tobytes())
            asked.append({"name": name, "model": str(path), "shape": batches[name].shape})
        (work / "asked.json").write_text(json.dumps(asked))
        subprocess.run(["node", HERE / "predict.js", work / "asked.json"], check=True)
        answers: dict[str, Any] = {}
        for one in json.loads((work / "answers.json").read_text()):
            if "error" in one:
                answers[one["name"]] = one["error"]
            else:
                answers[one["name"]] = np.array(one["y"], np.float32).reshape(one["shape"])
        return answers


RUNTIMES = {"onnxruntime": Onnxruntime(), "openvino": OpenVino(), "node": Node()}
