"""The runtimes that models travel to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def as_list(several: Any) -> list[Any]:
    return several if isinstance(several, list) else [several]


def unpacked(several: list[Any]) -> Any:
    return several if len(several) > 1 else several[0]


class Onnxruntime:
    """Microsoft's runtime, on the CPU."""

    def version(self) -> str:
        import onnxruntime

        return onnxruntime.__version__

    def write(self, model: Any, path: Path) -> Path:
        file = path.with_suffix(".onnx")
        model.export(file)
        return file

    def run(self, paths: dict[str, Path], batches: dict[str, Any]) -> dict[str, Any]:
        import onnxruntime

        answers = {}
        for name, path in paths.items():
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            names = [entry.name for entry in session.get_inputs()]
            given = dict(zip(names, as_list(batches[name]), strict=True))
            answers[name] = unpacked(session.run(None, given))
        return answers


class OpenVino(Onnxruntime):
    """Intel's runtime, on the CPU, in float32."""

    def version(self) -> str:
        import openvino

        return openvino.__version__

    def run(self, paths: dict[str, Path], batches: dict[str, Any]) -> dict[str, Any]:
        import openvino

        core, answers = openvino.Core(), {}
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        for name, path in paths.items():
            compiled = core.compile_model(core.read_model(path), "CPU", exact)
            found = compiled(as_list(batches[name]))
            answers[name] = unpacked([found[k].copy() for k in range(len(compiled.outputs))])
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

    def run(self, paths: dict[str, Path], batches: dict[str, Any]) -> dict[str, Any]:
        work = next(iter(paths.values())).parent.parent
        asked = []
        for name, path in paths.items():
            xs = as_list(batches[name])
            for k, x in enumerate(xs):
                (path.parent / f"x{k}.bin").write_bytes(x.astype("<f4").tobytes())
            shapes = [x.shape for x in xs]
            asked.append({"name": name, "model": str(path), "shapes": shapes})
        (work / "asked.json").write_text(json.dumps(asked))
        subprocess.run(["node", HERE / "predict.js", work / "asked.json"], check=True)
        answers: dict[str, Any] = {}
        for one in json.loads((work / "answers.json").read_text()):
            if "error" in one:
                answers[one["name"]] = one["error"]
            else:
                ys = zip(one["ys"], one["shapes"], strict=True)
                answers[one["name"]] = unpacked(
                    [np.array(y, np.float32).reshape(shape) for y, shape in ys]
                )
        return answers


class Chromium(Node):
    """TensorFlow.js in a browser, on its CPU backend, from the file that npm brings."""

    def run(self, paths: dict[str, Path], batches: dict[str, Any]) -> dict[str, Any]:
        from playwright.sync_api import sync_playwright

        folder = next(f for f in os.environ["NODE_PATH"].split(os.pathsep) if f)
        script = Path(folder) / "@tensorflow" / "tfjs" / "dist" / "tf.min.js"
        answers: dict[str, Any] = {}
        with sync_playwright() as tools:
            options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
            browser = tools.chromium.launch(**options)
            page = browser.new_page()
            page.add_script_tag(path=script)
            page.add_script_tag(path=HERE / "predict_in_page.js")
            for name, path in paths.items():
                xs = as_list(batches[name])
                asked = {
                    "said": json.loads(path.read_text()),
                    "bytes": list((path.parent / "weights.bin").read_bytes()),
                    "shapes": [x.shape for x in xs],
                    "xs": [x.ravel().tolist() for x in xs],
                }
                found = page.evaluate("asked => predict(asked)", asked)
                answers[name] = found.get("error") or unpacked(
                    [
                        np.array(y, np.float32).reshape(shape)
                        for y, shape in zip(found["ys"], found["shapes"], strict=True)
                    ]
                )
            browser.close()
        return answers


RUNTIMES = {
    "onnxruntime": Onnxruntime(),
    "openvino": OpenVino(),
    "node": Node(),
    "chromium": Chromium(),
}
