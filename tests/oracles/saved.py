"""Models that go into files: one for each layer and one for each optimizer.

Every function takes a module, Keras or numcnn: both run the same program.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

IMAGE = (6, 6, 2)
CLASSES = 3

LAYERS: dict[str, Callable[[Any], list[Any]]] = {
    "Activation": lambda layers: [layers.Activation("tanh")],
    "AveragePooling2D": lambda layers: [layers.AveragePooling2D(2, padding="same", strides=1)],
    "BatchNormalization": lambda layers: [
        layers.BatchNormalization(momentum=0.9),
        layers.Conv2D(2, 3),
        layers.BatchNormalization(scale=False),
    ],
    "Conv2D": lambda layers: [
        layers.Conv2D(3, (3, 2), strides=(1, 2), padding="same", activation="relu"),
        layers.Conv2D(2, 2, use_bias=False, kernel_regularizer="l2", name="second"),
    ],
    "Dense": lambda layers: [
        layers.Dense(4, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(2, use_bias=False, bias_initializer="ones"),
    ],
    "Dropout": lambda layers: [layers.Dropout(0.25)],
    "ELU": lambda layers: [layers.ELU(alpha=0.5)],
    "Flatten": lambda layers: [layers.Flatten()],
    "GlobalAveragePooling2D": lambda layers: [layers.GlobalAveragePooling2D()],
    "GlobalMaxPooling2D": lambda layers: [layers.GlobalMaxPooling2D()],
    "InputLayer": lambda layers: [],
    "LeakyReLU": lambda layers: [layers.LeakyReLU(negative_slope=0.2)],
    "MaxPooling2D": lambda layers: [layers.MaxPooling2D((2, 3), strides=2)],
    "ReLU": lambda layers: [layers.ReLU(max_value=None)],
    "Rescaling": lambda layers: [layers.Rescaling(0.5, offset=-0.25)],
    "Reshape": lambda layers: [layers.Reshape((4, 9, 2))],
    "Softmax": lambda layers: [layers.Softmax()],
    "ZeroPadding2D": lambda layers: [layers.ZeroPadding2D(((1, 0), (2, 1)))],
}

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda optimizers: optimizers.SGD(0.1),
    "SGD, momentum": lambda optimizers: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "RMSprop": lambda optimizers: optimizers.RMSprop(0.01),
    "RMSprop, momentum, centered": lambda optimizers: optimizers.RMSprop(
        0.01, momentum=0.5, centered=True
    ),
    "Adam": lambda optimizers: optimizers.Adam(0.01),
    "Adam, amsgrad": lambda optimizers: optimizers.Adam(0.01, amsgrad=True),
    "AdamW": lambda optimizers: optimizers.AdamW(0.01, weight_decay=0.1),
    "Adagrad": lambda optimizers: optimizers.Adagrad(0.1),
    "Adadelta": lambda optimizers: optimizers.Adadelta(1.0),
    "Adamax": lambda optimizers: optimizers.Adamax(0.01),
    "Nadam": lambda optimizers: optimizers.Nadam(0.01),
    "Lion": lambda optimizers: optimizers.Lion(0.01),
    "Muon": lambda optimizers: optimizers.Muon(0.01),
    "SGD, accumulating": lambda optimizers: optimizers.SGD(
        0.1, momentum=0.9, gradient_accumulation_steps=3
    ),
    "Adam, clipped, of a schedule": lambda optimizers: optimizers.Adam(
        optimizers.schedules.ExponentialDecay(0.02, 3, 0.5, staircase=True), clipnorm=0.5
    ),
}

KINDS = [f"layer {name}" for name in LAYERS] + [f"optimizer {name}" for name in OPTIMIZERS]

GOLDEN = 0.6180339887498949
X = (np.arange(24 * 72) * GOLDEN % 1).reshape(24, *IMAGE).astype(np.float32)
Y = np.arange(24) * 7 // 5 % CLASSES


def model(kind: str, keras: Any) -> Any:
    """Return the model of that name, compiled."""
    what, _, name = kind.partition(" ")
    inner = LAYERS[name if what == "layer" else "Conv2D"](keras.layers)
    made = keras.Sequential(
        [
            keras.layers.Input(IMAGE),
            *inner,
            keras.layers.Flatten(name="last_flatten"),
            keras.layers.Dense(CLASSES, activation="softmax", name="last_dense"),
        ],
        name="saved",
    )
    optimizer = OPTIMIZERS[name if what == "optimizer" else "SGD, momentum"](keras.optimizers)
    made.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def train(made: Any, epochs: int = 1) -> None:
    """Take three steps an epoch, in the order of the data."""
    made.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)


# --- what is in a file ---------------------------------------------------------------------------

Node = dict[str, Any]


def tree(file: Any) -> tuple[dict[str, Node], dict[str, np.ndarray]]:
    """Return every group and array of an HDF5 file with its attributes, and the arrays' numbers."""
    nodes: dict[str, Node] = {"/": {"attrs": attributes(file)}}
    arrays = {}

    def visit(name: str, thing: Any) -> None:
        nodes[name] = {"attrs": attributes(thing)}
        if hasattr(thing, "shape"):
            arrays[name] = thing[()]
            nodes[name] |= {"shape": list(thing.shape), "dtype": thing.dtype.str}

    file.visititems(visit)
    return nodes, arrays


def attributes(thing: Any) -> dict[str, Any]:
    """Return a group's attributes as plain values."""

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return value.decode()
        return [plain(item) for item in value.tolist()] if hasattr(value, "tolist") else value

    return {name: plain(value) for name, value in thing.attrs.items()}


def plant(file: Any, nodes: dict[str, Node], arrays: dict[str, np.ndarray]) -> None:
    """Fill an HDF5 file with what `tree` has found in another."""
    for name, node in nodes.items():
        if name in arrays:
            file[name] = arrays[name].reshape(node["shape"]).astype(node["dtype"])
        elif name != "/":
            file.require_group(name)
        for key, value in node["attrs"].items():
            listed = isinstance(value, list)
            file[name].attrs[key] = [item.encode() for item in value] if listed else value


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Node], dict[str, np.ndarray]]:
    """Return the configuration in a ``.keras`` file, its groups, and its numbers."""
    import h5py

    with zipfile.ZipFile(path) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    with h5py.File(io.BytesIO(weights)) as file:
        return json.loads(config), *tree(file)


def write_file(
    path: Path, config: dict[str, Any], nodes: dict[str, Node], arrays: dict[str, np.ndarray]
) -> None:
    """Write the ``.keras`` file that `read_file` has read."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        plant(file, nodes, arrays)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", buffer.getvalue())


def without_widths(nodes: dict[str, Node]) -> dict[str, Node]:
    """Return nodes with kinds of numbers as dtypes: iteration is int32 on JAX, else int64."""
    return {
        name: {**node, "dtype": np.dtype(node["dtype"]).kind} if "dtype" in node else node
        for name, node in nodes.items()
    }
