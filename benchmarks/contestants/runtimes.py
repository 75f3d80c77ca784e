"""onnxruntime and OpenVINO: prediction only, from the ONNX file that numcnn exports."""

import importlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import models
from benchmarks.contestants import Forms, NotMine, Task


def exported(task: Task) -> bytes:
    """Return the network as an ONNX file."""
    try:
        model = models.build(task.model, 0.0, task.weights)
    except AttributeError as missing:  # a layer that is not there yet
        raise NotMine(str(missing)) from None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        model.export(file)
        return file.read_bytes()


class Predicts:
    """What has no training."""

    version = ""

    def _forward(self, task: Task) -> Any:
        raise NotImplementedError

    def train(self, task: Task) -> Forms:
        raise NotMine("it does not train")

    def predict(self, task: Task) -> Forms:
        def compiled():
            forward, batches = self._forward(task), list(task.images)
            return lambda: [np.array(forward(x)) for x in batches]

        return {"compiled": compiled}


class OnnxRuntime(Predicts):
    def __init__(self, one_thread: bool, threads: int) -> None:
        import onnxruntime

        importlib.import_module("onnx")
        self.library, self.threads = onnxruntime, 1 if one_thread else threads
        self.version = f"onnxruntime {onnxruntime.__version__}"

    def _forward(self, task: Task) -> Any:
        options = self.library.SessionOptions()
        options.intra_op_num_threads = self.threads
        session = self.library.InferenceSession(
            exported(task), options, providers=["CPUExecutionProvider"]
        )
        name = session.get_inputs()[0].name
        return lambda x: session.run(None, {name: x})[0]


class OpenVino(Predicts):
    def __init__(self, _: None, threads: int) -> None:
        os.environ.setdefault("OPENVINO_TELEMETRY", "0")
        import openvino

        importlib.import_module("onnx")
        self.library, self.threads = openvino, threads
        self.version = f"OpenVINO {openvino.__version__.split('-')[0]}"

    def _forward(self, task: Task) -> Any:
        core = self.library.Core()
        model = core.read_model(exported(task))
        model.reshape([task.batch, *task.images.shape[2:]])
        settings = {"INFERENCE_NUM_THREADS": self.threads, "INFERENCE_PRECISION_HINT": "f32"}
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        return lambda x: request.infer([x], share_inputs=True, share_outputs=True)[0]
