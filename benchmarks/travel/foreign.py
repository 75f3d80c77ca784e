"""Small models of PyTorch and Keras, written into ONNX files by their own exporters.

    python -m benchmarks.travel.foreign torch FOLDER       both exporters of PyTorch
    python -m benchmarks.travel.foreign keras FOLDER       Keras, KERAS_BACKEND=torch or tensorflow

Beside each file stands an .npz with a batch, as numcnn takes it, and the library's own answer.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    {"torch": torch_files, "keras": keras_files}[library](folder)


def batch(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 1, (4, *shape)).astype(np.float32)


# --- PyTorch -------------------------------------------------------------------------------------


def torch_models() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return models with the shape of a sample, channels first."""
    import torch
    from torch import nn

    class View(nn.Module):
        """The row is made by hand, as in many programs."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.fc = nn.Conv2d(2, 3, 3, padding=1), nn.Linear(3 * 16, 4)

        def forward(self, x: Any) -> Any:
            x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
            return torch.softmax(self.fc(x.view(x.size(0), -1)), dim=1)

    def block(c: int, f: int) -> list[Any]:
        return [nn.Conv2d(c, f, 3, padding=1), nn.BatchNorm2d(f), nn.ReLU(), nn.MaxPool2d(2)]

    models: dict[str, tuple[Any, tuple[int, ...]]] = {
        "lenet": (
            nn.Sequential(
                *(nn.Conv2d(1, 3, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
                *(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
                *(nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 5)),
            ),
            (1, 12, 12),
        ),
        "vgg": (
            nn.Sequential(
                *(*block(3, 4), *block(4, 6), nn.Dropout(0.3), nn.Flatten()),
                *(nn.Linear(24, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 4)),
            ),
            (3, 8, 8),
        ),
        "perceptron": (
            nn.Sequential(nn.Flatten(), nn.Linear(36, 6), nn.Sigmoid(), nn.Linear(6, 3)),
            (1, 6, 6),
        ),
        "strides": (
            nn.Sequential(
                *(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4)),
                *(nn.ReLU(), nn.MaxPool2d(3, 2, padding=1), nn.Conv2d(4, 5, 1), nn.ReLU6()),
                *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3), nn.Softmax(1)),
            ),
            (3, 12, 12),
        ),
        "gelu": (
            nn.Sequential(
                *(nn.Conv2d(2, 3, (3, 2)), nn.GELU(), nn.AvgPool2d(3, 2, padding=1)),
                *(nn.Flatten(1), nn.Linear(36, 4)),
            ),
            (2, 8, 8),
        ),
        "slopes": (
            nn.Sequential(
                *(nn.Conv2d(1, 2, 3, padding="same"), nn.LeakyReLU(0.1), nn.ELU(0.5)),
                *(nn.ZeroPad2d((1, 2, 0, 1)), nn.Conv2d(2, 2, 3), nn.SELU(), nn.Softplus()),
                *(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
            ),
            (1, 7, 7),
        ),
        "view": (View(), (2, 8, 8)),
        "rows": (
            nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3)),
            (6,),
        ),
    }
    torch.manual_seed(1)
    for model, shape in models.values():
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0, 0.3)
            model.train()
            model(torch.from_numpy(batch(shape)))  # moves the running mean and variance
        model.eval()
    return models


def torch_files(folder: Path) -> None:
    import torch

    for name, (model, shape) in torch_models().items():
        x = torch.from_numpy(batch(shape))
        y = model(x).detach().numpy()
        ours = np.moveaxis(x.numpy(), 1, -1)
        for how in ("dynamo", "script"):
            path = folder / f"torch_{how}_{name}.onnx"
            save(path, ours, y)
            if how == "dynamo":
                shapes = ({0: torch.export.Dim("batch")},)
                if name == "lenet":  # as its documentation shows: a file of its own for the arrays
                    torch.onnx.export(model, (x,), path, dynamic_shapes=shapes, verbose=False)
                else:
                    options = {"dynamic_shapes": shapes, "external_data": False, "verbose": False}
                    torch.onnx.export(model, (x,), path, **options)
            else:
                axes = {"x": {0: "batch"}}
                torch.onnx.export(
                    model, (x,), path, input_names=["x"], dynamic_axes=axes, dynamo=False
                )


# --- Keras ---------------------------------------------------------------------------------------


def keras_models() -> dict[str, Any]:
    from keras import Sequential, layers

    return {
        "lenet": Sequential(
            [
                *(
                    layers.Input((12, 12, 1)),
                    layers.Conv2D(3, 5, padding="same", activation="relu"),
                ),
                *(
                    layers.MaxPooling2D(),
                    layers.Conv2D(4, 3, activation="relu"),
                    layers.MaxPooling2D(),
                ),
                *(layers.Flatten(), layers.Dropout(0.2), layers.Dense(5, activation="softmax")),
            ]
        ),
        "normalized": Sequential(
            [
                *(
                    layers.Input((9, 8, 2)),
                    layers.Rescaling(0.5, 0.1),
                    layers.Conv2D(3, 3, use_bias=False),
                ),
                *(
                    layers.BatchNormalization(),
                    layers.ReLU(),
                    layers.AveragePooling2D(2),
                    layers.Conv2D(4, 1),
                ),
                *(
                    layers.LeakyReLU(0.2),
                    layers.GlobalAveragePooling2D(),
                    layers.Dense(3, activation="tanh"),
                ),
            ]
        ),
        "strides": Sequential(
            [
                *(
                    layers.Input((10, 10, 2)),
                    layers.Conv2D(3, 3, 2, padding="same", activation="elu"),
                ),
                *(layers.MaxPooling2D(3, 2, padding="same"), layers.ZeroPadding2D(1)),
                *(layers.Conv2D(2, 2, activation="sigmoid"), layers.Flatten(), layers.Dense(3)),
            ]
        ),
    }


def keras_files(folder: Path) -> None:
    import keras

    keras.utils.set_random_seed(1)
    for name, model in keras_models().items():
        for number, variable in enumerate(model.weights):
            values = np.random.default_rng(number).normal(0, 0.3, variable.shape)
            variable.assign(abs(values) if "variance" in variable.path else values)
        x = batch(model.input_shape[1:])
        path = folder / f"keras_{keras.backend.backend()}_{name}.onnx"
        save(path, x, model.predict(x, verbose=0))
        if keras.backend.backend() == "tensorflow":
            tf2onnx_file(model, path)
        else:
            try:
                model.export(path, format="onnx", verbose=False)
            except RuntimeError as error:  # strided "same" is more than PyTorch's exporter can
                print(path.name, str(error).partition("\n")[0])


def tf2onnx_file(model: Any, path: Path) -> None:
    """Write by tf2onnx itself: its door for Keras 2 models is shut to Keras 3."""
    import tensorflow as tf
    import tf2onnx

    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="x")
    function = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    tf2onnx.convert.from_function(function, [spec], opset=15, output_path=str(path))


def save(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    np.savez(path.with_suffix(".npz"), x=x, y=y)


if __name__ == "__main__":
    main()
