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

from benchmarks.travel.foreign_graphs import keras_graphs, torch_graphs


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    {"torch": torch_files, "keras": keras_files}[library](folder)


def batch(shape: tuple[int, ...], number: int = 0) -> np.ndarray:
    return np.random.default_rng(7 + number).normal(0, 1, (4, *shape)).astype(np.float32)


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
    prepared([model for model, _ in models.values()], [(shape,) for _, shape in models.values()])
    return models


def prepared(models: list[Any], shapes: list[Any]) -> None:
    """Give models weights that are neither 0 nor 1, and the modes of prediction."""
    import torch

    torch.manual_seed(1)
    for model, each in zip(models, shapes, strict=True):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0, 0.3)
            model.train()
            model(*(torch.from_numpy(batch(shape, k)) for k, shape in enumerate(each)))
        model.eval()  # the running mean and variance have moved


def torch_files(folder: Path) -> None:
    import torch

    rows = {name: (model, (shape,)) for name, (model, shape) in torch_models().items()}
    graphs = torch_graphs()
    prepared([model for model, _ in graphs.values()], [shapes for _, shapes in graphs.values()])
    for name, (model, shapes) in {**rows, **graphs}.items():
        xs = tuple(torch.from_numpy(batch(shape, k)) for k, shape in enumerate(shapes))
        answers = model(*xs)
        ours = [channels_last(x.numpy()) for x in xs]
        for how in ("dynamo", "script"):
            path = folder / f"torch_{how}_{name}.onnx"
            save(path, ours, [channels_last(one.detach().numpy()) for one in several(answers)])
            if how == "dynamo":
                dynamic = tuple({0: torch.export.Dim("batch")} for _ in xs)
                if name == "lenet":  # as its documentation shows: a file of its own for the arrays
                    torch.onnx.export(model, xs, path, dynamic_shapes=dynamic, verbose=False)
                else:
                    options = {"dynamic_shapes": dynamic, "external_data": False, "verbose": False}
                    torch.onnx.export(model, xs, path, **options)
            else:
                names = [f"x{k}" for k in range(len(xs))]
                axes = {x: {0: "batch"} for x in names}
                torch.onnx.export(
                    model, xs, path, input_names=names, dynamic_axes=axes, dynamo=False
                )


def channels_last(array: np.ndarray) -> np.ndarray:
    return np.moveaxis(array, 1, -1)


def several(one: Any) -> list[Any]:
    return list(one) if isinstance(one, list | tuple) else [one]


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
    graphs = {f"graph_{name}": model for name, model in keras_graphs().items()}
    for name, model in {**keras_models(), **graphs}.items():
        for number, variable in enumerate(model.weights):
            values = np.random.default_rng(number).normal(0, 0.3, variable.shape)
            variable.assign(abs(values) + 0.5 if "variance" in variable.path else values)
        xs = [batch(tensor.shape[1:], k) for k, tensor in enumerate(model.inputs)]
        path = folder / f"keras_{keras.backend.backend()}_{name}.onnx"
        save(path, xs, several(model.predict(xs if len(xs) > 1 else xs[0], verbose=0)))
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

    specs = [
        tf.TensorSpec((None, *tensor.shape[1:]), tf.float32, name=f"x{k}")
        for k, tensor in enumerate(model.inputs)
    ]
    call = lambda *xs: model(list(xs) if len(xs) > 1 else xs[0], training=False)  # noqa: E731
    function = tf.function(call, input_signature=specs)
    tf2onnx.convert.from_function(function, specs, opset=15, output_path=str(path))


def save(path: Path, xs: list[np.ndarray], ys: list[np.ndarray]) -> None:
    """Store what goes in and what came out: x and y, or x0, x1 and y0, y1."""

    def named(letter: str, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        if len(arrays) == 1:
            return {letter: arrays[0]}
        return {f"{letter}{k}": array for k, array in enumerate(arrays)}

    np.savez(path.with_suffix(".npz"), **named("x", xs), **named("y", ys))


if __name__ == "__main__":
    main()
