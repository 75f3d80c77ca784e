"""What must not change when the house is rebuilt: digests of small trainings, and their files.

python -m benchmarks.digests                   the digests, a line of JSON each
python -m benchmarks.digests --write FOLDER    the same, and a file of each format
python -m benchmarks.digests --read FOLDER     loads those files, and compares what is in them

The SHA-256 of weights, optimizer state, history and predictions after each training, and the rows
of each model's profile without their times.  Two builds that print the same lines compute the same
bytes.  That holds on one machine: another processor adds in another order.  Run it twice where
loops are compiled, and take the second: only then have all of them come from the disk.

Only the public names of numcnn are used here, so that the file also runs beside an older build.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import numcnn
from numcnn import callbacks, layers, models, optimizers

ENGINES = ("reference", "fast")
FORMATS = (".safetensors", ".keras", ".h5")
WEIGHTS_FORMATS = (".weights.safetensors", ".weights.h5")
STOPS_AFTER = 5
"""The batches after which the training of the backup is stopped: in the midst of an epoch."""


class Training(NamedTuple):
    """A model that grows from its seed, and what `compile` and `fit` are told."""

    model: Callable[[], Any]
    compiling: Callable[[], dict[str, Any]]
    fitting: Callable[[], dict[str, Any]]


# --- data and models -----------------------------------------------------------------------------


def images(count: int, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Return noise with a bright bar for each class, ``(count, side, side, 1)``, and labels."""
    rng = np.random.default_rng(7)
    x, y = rng.random((count, side, side, 1), np.float32) / 2, np.arange(count) % 10
    for image, label in zip(x, y, strict=True):
        image[label * side // 10 : label * side // 10 + 2] += 0.5
    return x, y


def rows(count: int) -> np.ndarray:
    """Return points ``(count, 6)``."""
    return np.random.default_rng(8).standard_normal((count, 6), np.float32)


def tutorial(dtype: str = "float32") -> Any:
    """The network of the TensorFlow.js handwriting tutorial."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu", kernel_initializer="variance_scaling"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu", kernel_initializer="variance_scaling"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", kernel_initializer="variance_scaling"),
        ],
        seed=1,
        dtype=dtype,
    )


def normalized() -> Any:
    """A network with batch normalization and dropout."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25, seed=3),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        seed=2,
    )


def every_layer() -> Any:
    """A network in which each kind of layer stands, with penalties."""
    return numcnn.Sequential(
        [
            layers.Input((20, 20, 1)),
            layers.Rescaling(2.0, offset=-1.0),
            layers.ZeroPadding2D(((1, 0), (2, 1))),
            layers.Conv2D(6, (3, 4), strides=(2, 1), kernel_regularizer="l2"),
            layers.LeakyReLU(0.1),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.Conv2D(8, 3, padding="same", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Activation("tanh"),
            layers.MaxPooling2D((2, 3), strides=(1, 2)),
            layers.Conv2D(7, 1, activation="gelu"),
            layers.ELU(0.5),
            layers.Reshape((-1, 2, 7)),
            layers.Dropout(0.1),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Flatten(),
            layers.Dense(18, activation="selu", kernel_initializer="lecun_normal"),
            layers.Reshape((3, 3, 2)),
            layers.Conv2D(16, 2, activation="softplus", activity_regularizer="l1"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(12, activation="sigmoid"),
            layers.ReLU(max_value=0.9, threshold=0.1, negative_slope=0.2),
            layers.Dense(10, bias_initializer="ones"),
            layers.Softmax(),
        ],
        seed=3,
    )


def dense(units: int, activation: str | None) -> Callable[[], Any]:
    """Return what makes a network of two dense layers."""
    return lambda: numcnn.Sequential(
        [
            layers.Dense(9, activation="relu", input_shape=(6,), kernel_regularizer="l1_l2"),
            layers.Dense(units, activation=activation),
        ],
        seed=4,
    )


# --- trainings -----------------------------------------------------------------------------------


def with_images(count: int = 300, side: int = 28, **more: Any) -> Callable[[], dict[str, Any]]:
    def fitting() -> dict[str, Any]:
        x, y = images(count, side)
        return {"x": x, "y": y, "batch_size": 64, "epochs": 2, "verbose": 0, **more}

    return fitting


def with_rows(labels: Callable[[np.ndarray], np.ndarray]) -> Callable[[], dict[str, Any]]:
    def fitting() -> dict[str, Any]:
        x = rows(150)
        weight = np.linspace(0.5, 1.5, len(x))
        return {
            **{"x": x, "y": labels(x), "sample_weight": weight, "epochs": 3, "verbose": 0},
            **{"batch_size": 40, "validation_split": 0.2},
        }

    return fitting


def compiled(optimizer: Callable[[], Any], loss: Any, *metrics: str) -> Callable[[], Any]:
    return lambda: {"optimizer": optimizer(), "loss": loss, "metrics": list(metrics)}


def halving() -> list[Any]:
    """Return callbacks that listen to the loss, and change the training by it."""
    return [
        callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=0, min_delta=10.0),
        callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True),
    ]


SPARSE, ONE_HOT = "sparse_categorical_crossentropy", "categorical_crossentropy"


def _one_hot() -> dict[str, Any]:
    fitting = with_images()()
    return {**fitting, "y": np.eye(10)[fitting["y"]]}


TRAININGS = {
    "tutorial": Training(
        tutorial, compiled(optimizers.Adam, SPARSE, "accuracy"), with_images(validation_split=0.1)
    ),
    "float64": Training(
        lambda: tutorial("float64"),
        compiled(lambda: optimizers.RMSprop(0.002, momentum=0.5), ONE_HOT, "accuracy"),
        _one_hot,
    ),
    "batch normalization and dropout": Training(
        normalized,
        compiled(
            lambda: optimizers.SGD(
                optimizers.schedules.ExponentialDecay(0.05, 3, 0.9),
                **{"momentum": 0.9, "nesterov": True, "clipnorm": 1.0},
            ),
            SPARSE,
            *("accuracy", "sparse_top_k_categorical_accuracy"),
        ),
        with_images(class_weight={label: 1 + label / 10 for label in range(10)}),
    ),
    "every layer": Training(
        every_layer,
        compiled(lambda: optimizers.AdamW(0.005, weight_decay=0.01), SPARSE, "accuracy"),
        lambda: with_images(side=20, epochs=3)() | {"callbacks": halving()},
    ),
    "adagrad, squared error": Training(
        dense(3, None),
        compiled(lambda: optimizers.Adagrad(0.1, clipvalue=0.5), "mse", "mae"),
        with_rows(lambda x: x[:, :3] * x[:, 3:]),
    ),
    "adadelta, absolute error": Training(
        dense(1, "tanh"),
        compiled(lambda: optimizers.Adadelta(1.0), "mae", "mse"),
        with_rows(lambda x: np.sin(x[:, :1])),
    ),
    "amsgrad, binary cross-entropy": Training(
        dense(2, "sigmoid"),
        compiled(
            lambda: optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.5),
            *("binary_crossentropy", "binary_accuracy"),
        ),
        with_rows(lambda x: x[:, :2] > 0),
    ),
    "centered rmsprop, logits": Training(
        dense(4, None),
        compiled(
            lambda: optimizers.RMSprop(0.01, centered=True, weight_decay=0.001),
            numcnn.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
            "categorical_accuracy",
        ),
        with_rows(lambda x: np.eye(4)[(x[:, :4]).argmax(1)]),
    ),
}


def trained(training: Training, *listeners: Any) -> tuple[Any, dict[str, Any]]:
    """Return a model after its training, and what it was trained with."""
    model, fitting = training.model(), training.fitting()
    model.compile(**training.compiling())
    fitting["callbacks"] = [*fitting.get("callbacks", ()), *listeners]
    model.fit(**fitting)
    return model, fitting


# --- what is compared ----------------------------------------------------------------------------


def optimizer_state(model: Any) -> list[np.ndarray]:
    """Return what the optimizer keeps: its counter, its rate, and an array of each slot."""
    optimizer = model.optimizer
    state = [np.array(optimizer.iterations), np.array(optimizer.learning_rate)]
    for parameter in model.parameters:
        if parameter.trainable:
            state += optimizer.state_of(parameter)
    return state


def predictions(model: Any, x: np.ndarray) -> list[np.ndarray]:
    """Return what a model answers to one sample, to a few, and to all."""
    return [model.predict_on_batch(x[:count]) for count in (1, 5, len(x))]


def state(model: Any, x: np.ndarray) -> dict[str, list[np.ndarray]]:
    return {
        "weights": model.get_weights(),
        "optimizer": optimizer_state(model),
        "predictions": predictions(model, x),
    }


def digest(arrays: list[np.ndarray]) -> str:
    """Return the SHA-256 of arrays: their dtypes, their shapes, their bytes."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(f"{array.dtype.str} {array.shape}\n".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def profile_rows(model: Any, x: np.ndarray) -> list[list[Any]]:
    """Return the rows of a profile, without their times."""
    return [[row.name, row.flop, row.moved] for row in numcnn.profile(model, x, repeats=1).rows]


def said(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


# --- files ---------------------------------------------------------------------------------------


class Stop(callbacks.Callback):
    """Ends a training as a power cut would: without a word to those who listen."""

    batches = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        if self.batches == STOPS_AFTER:
            raise KeyboardInterrupt


def backup(folder: Path) -> Any:
    return callbacks.BackupAndRestore(folder, save_freq=2, delete_checkpoint=False)


def write(stem: Path, training: Training, model: Any, x: np.ndarray, history: str) -> None:
    """Write a file of each format beside `stem`, and what must be found in them."""
    for ending in FORMATS:
        model.save(f"{stem}{ending}")
    for ending in WEIGHTS_FORMATS:
        model.save_weights(f"{stem}{ending}")
    Path(f"{stem}.json").write_text(model.to_json(), encoding="utf-8")
    with contextlib.suppress(KeyboardInterrupt):
        trained(training, backup(Path(f"{stem}.backup")), Stop())
    expected = {
        f"{part}/{number}": array
        for part, arrays in state(model, x).items()
        for number, array in enumerate(arrays)
    }
    np.savez(f"{stem}.expected.npz", history=np.array(history), **expected)


def read(stem: Path, training: Training) -> Iterator[tuple[str, bool]]:
    """Load every file beside `stem`; for each, say whether its model is the one that was saved."""
    with np.load(f"{stem}.expected.npz") as file:
        found = {name: file[name] for name in file.files}
    history = str(found.pop("history"))
    x = training.fitting()["x"]

    def agree(model: Any, *parts: str) -> bool:
        now, same = state(model, x), True
        for part in parts:
            wanted = [array for name, array in found.items() if name.startswith(f"{part}/")]
            same &= digest(now[part]) == digest(wanted)
        return same

    everything = ("weights", "optimizer", "predictions")
    for ending in FORMATS:
        yield ending, agree(models.load_model(f"{stem}{ending}"), *everything)
    for ending in WEIGHTS_FORMATS:
        model = training.model()
        model.compile(**training.compiling())
        model.load_weights(f"{stem}{ending}")
        yield ending, agree(model, *everything)
    text = Path(f"{stem}.json").read_text(encoding="utf-8")
    yield ".json", models.model_from_json(text).to_json() == text == training.model().to_json()
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copytree(f"{stem}.backup", Path(folder) / "backup")
        model, _ = trained(training, backup(copied))
        same = json.dumps(model.history.history) == history
        yield ".backup", agree(model, *everything) and same


# --- the program ---------------------------------------------------------------------------------


def main(arguments: list[str]) -> bool:
    """Do what is asked; return whether everything agrees."""
    parser = argparse.ArgumentParser(description="Digests of small trainings.")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write a file of each format")
    parser.add_argument("--read", type=Path, metavar="FOLDER", help="load the files of --write")
    options = parser.parse_args(arguments)
    all_agree = True
    for name, training in TRAININGS.items():
        for engine in ENGINES:
            here = {"training": name, "engine": engine}
            with numcnn.use_engine(engine):
                if options.read:
                    stem = options.read / f"{name}, {engine}"
                    for ending, agrees in read(stem, training):
                        said({**here, "file": ending, "agrees": agrees})
                        all_agree &= agrees
                    continue
                model, fitting = trained(training)
                x, history = fitting["x"], json.dumps(model.history.history)
                digests = {part: digest(arrays) for part, arrays in state(model, x).items()}
                said({**here, **digests, "history": hashlib.sha256(history.encode()).hexdigest()})
                said({**here, "profile": profile_rows(model, x[:64])})
                if options.write:
                    options.write.mkdir(parents=True, exist_ok=True)
                    write(options.write / f"{name}, {engine}", training, model, x, history)
    return all_agree


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
