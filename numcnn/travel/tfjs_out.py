"""A model as a folder for TensorFlow.js: ``model.json``, in the manner of Keras 2, and bytes.

TensorFlow.js reads the configurations of Keras 2.  Where one of numcnn's layers says more than its
own can, another layer says the same; where none can, the model is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numcnn import activations, layers
from numcnn.configuration import snake_case
from numcnn.files import new_file
from numcnn.regularizers import L1, L1L2, L2
from numcnn.travel.steps import Step, refuse_own, steps_of

Said = dict[str, Any]
BYTES = "weights.bin"
NAMED = ("elu", "gelu", "linear", "relu", "selu", "sigmoid", "softmax", "softplus", "tanh")
"""The activations that both have by the same name and formula; not hard_sigmoid, whose slope
differs."""


def export_tfjs(model: Any, folder: Path) -> None:
    """Write a built model into a folder; ``model.json`` is written last.

    Raises
    ------
    ValueError
        If TensorFlow.js has no form of a layer or an activation in it.
    OSError
        If the folder can't be written.
    """
    topology, arrays = tfjs_model(model)
    specs = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in arrays.items()
    ]
    text = json.dumps(
        {
            "format": "layers-model",
            "generatedBy": "numcnn",
            "convertedBy": None,
            "modelTopology": topology,
            "weightsManifest": [{"paths": [BYTES], "weights": specs}],
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    with new_file(folder / BYTES) as file:
        for array in arrays.values():
            file.write(np.asarray(array, "<f4", order="C").tobytes())
    with new_file(folder / "model.json") as file:
        file.write(text.encode())


def tfjs_model(model: Any) -> tuple[Said, dict[str, np.ndarray]]:
    """Return what TensorFlow.js calls the topology, and the weights by name."""
    shape = [None, *model.input_shape[1:]]
    config = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "name": "input_1"}
    rows: list[Said] = [{"class_name": "InputLayer", "config": config}]
    arrays: dict[str, np.ndarray] = {}
    steps = steps_of(model)
    for step in steps:
        refuse_own(step.layer, step.name, WRITERS, "TensorFlow.js")
    names = plain_names(steps)
    for step, name in zip(steps, names[:], strict=True):
        layer = step.layer
        for number, (kind, said, weights) in enumerate(WRITERS[type(layer)](layer, step)):
            full = name if not number else free_name(f"{name}_{snake_case(kind)}", names)
            common = {"name": full, "trainable": layer.trainable, "dtype": "float32"}
            rows.append({"class_name": kind, "config": {**common, **said}})
            arrays |= {f"{full}/{key}": array for key, array in weights.items()}
    config = {"name": model.name, "layers": rows}
    topology = {"class_name": "Sequential", "config": config}
    return {**topology, "keras_version": "2.15.0", "backend": "tensorflow"}, arrays


def plain_names(steps: list[Step]) -> list[str]:
    """Return the names of steps without slashes: TensorFlow.js's weights are ``layer/weight``."""
    names: list[str] = []
    for step in steps:
        free_name(step.name.replace("/", "_"), names)
    return names


def free_name(name: str, names: list[str]) -> str:
    """Return a name that is not one of `names`, and add it to them."""
    free, number = name, 0
    while free in names:
        number += 1
        free = f"{name}_{number}"
    names.append(free)
    return free


# --- the layers: for each a list of classes, their configurations, and their weights --------------

Rows = list[tuple[str, Said, dict[str, np.ndarray]]]


def same(*arguments: str) -> Callable[[Any, Step], Rows]:
    """Return what writes a layer that is the same there, with these arguments."""

    def write(layer: Any, step: Step) -> Rows:
        return [(type(layer).__name__, {name: getattr(layer, name) for name in arguments}, {})]

    return write


def with_kernel(*arguments: str) -> Callable[[Any, Step], Rows]:
    """Return what writes a layer with kernel, bias and activation."""

    def write(layer: Any, step: Step) -> Rows:
        [(kind, said, _)] = same(*arguments, "use_bias")(layer, step)
        for name in ("kernel_regularizer", "bias_regularizer"):
            said[name] = penalty(getattr(layer, name))
        weights = {"kernel": layer.kernel.value}
        if layer.bias:
            weights["bias"] = layer.bias.value
        behind = activation_rows(layer.activation, step)
        if [row[0] for row in behind] == ["Activation"]:
            return [(kind, {**said, **behind[0][1]}, weights)]
        return [(kind, {**said, "activation": "linear"}, weights), *behind]

    return write


def convolution(layer: Any, step: Step) -> Rows:
    """Conv2D."""
    rows = with_kernel("filters", "kernel_size", "strides", "padding")(layer, step)
    rows[0][1].update(data_format="channels_last", dilation_rate=[1, 1])
    return rows


def pooling(layer: Any, step: Step) -> Rows:
    """MaxPooling2D and AveragePooling2D."""
    rows = same("pool_size", "strides", "padding")(layer, step)
    rows[0][1]["data_format"] = "channels_last"
    return rows


def global_pooling(layer: Any, step: Step) -> Rows:
    """A global pooling; its keepdims is a Reshape there."""
    rows: Rows = [(type(layer).__name__, {"data_format": "channels_last"}, {})]
    if layer.keepdims:
        rows.append(("Reshape", {"target_shape": layer.output_shape[1:]}, {}))
    return rows


def batch_normalization(layer: Any, step: Step) -> Rows:
    """BatchNormalization."""
    [(kind, said, _)] = same("momentum", "epsilon", "center", "scale")(layer, step)
    said |= {
        name: penalty(getattr(layer, name)) for name in ("beta_regularizer", "gamma_regularizer")
    }
    return [(kind, {"axis": -1, **said}, {p.name: p.value for p in layer.parameters})]


def rescaling(layer: Any, step: Step) -> Rows:
    """Rescaling, which has one number for all channels there; else a frozen normalisation."""
    if np.ndim(layer.scale) == 0 and np.ndim(layer.offset) == 0:
        return same("scale", "offset")(layer, step)
    C = layer.output_shape[-1]
    rows = {"gamma": layer.scale, "beta": layer.offset, "moving_mean": 0, "moving_variance": 1}
    weights = {name: np.broadcast_to(np.float32(row), C) for name, row in rows.items()}
    return [("BatchNormalization", {"axis": -1, "epsilon": 0, "trainable": False}, weights)]


def zero_padding(layer: Any, step: Step) -> Rows:
    """ZeroPadding2D."""
    return [(type(layer).__name__, {"padding": layer.padding, "data_format": "channels_last"}, {})]


def only_activation(layer: Any, step: Step) -> Rows:
    """An activation as a layer."""
    return activation_rows(layer.activation, step)


def activation_rows(activation: Any, step: Step) -> Rows:
    """Return an activation as a row of layers of TensorFlow.js.

    Raises
    ------
    ValueError
        If there is none.
    """
    kind = type(activation)
    if kind is activations.LeakyReLU:
        return [("LeakyReLU", {"alpha": activation.negative_slope}, {})]
    if kind is activations.BoundedReLU:
        top, slope, edge = (
            *(activation.max_value, activation.negative_slope),
            activation.threshold,
        )
        if not slope:
            above: Rows = [("ThresholdedReLU", {"theta": edge}, {})] if edge else []
            return [*above, ("ReLU", {"max_value": top}, {})]
        if not edge:
            below: Rows = [("LeakyReLU", {"alpha": slope}, {})]
            turned: tuple[str, Said, Any] = ("Rescaling", {"scale": -1.0, "offset": top}, {})

            return below if top is None else [*below, turned, ("ReLU", {}, {}), turned]
    shared = kind in activations.KINDS and activation.name in NAMED
    if shared and getattr(activation, "alpha", 1) in (1, activations.SELU.alpha):
        return [("Activation", {"activation": activation.name}, {})]
    raise ValueError(
        f'TensorFlow.js has no form of the activation of the layer "{step.name}", '
        f"{activation.name} with {activation.get_config()}."
    )


def penalty(regularizer: Any) -> Said | None:
    """Return a regularizer as TensorFlow.js has it: there is one class for L1 and L2."""
    if isinstance(regularizer, L1 | L2 | L1L2):
        both = {name: float(getattr(regularizer, name, 0.0)) for name in ("l1", "l2")}
        return {"class_name": "L1L2", "config": both}
    return None


WRITERS: dict[type[layers.Layer], Callable[[Any, Step], Rows]] = {
    layers.Activation: only_activation,
    layers.AveragePooling2D: pooling,
    layers.BatchNormalization: batch_normalization,
    layers.Conv2D: convolution,
    layers.Dense: with_kernel("units"),
    layers.Dropout: same("rate"),
    layers.ELU: only_activation,
    layers.Flatten: same(),
    layers.GlobalAveragePooling2D: global_pooling,
    layers.GlobalMaxPooling2D: global_pooling,
    **dict.fromkeys((layers.InputLayer, *layers.ONLY_IN_TRAINING), lambda layer, step: []),
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: pooling,
    layers.ReLU: only_activation,
    layers.Rescaling: rescaling,
    layers.Reshape: same("target_shape"),
    layers.Softmax: only_activation,
    layers.ZeroPadding2D: zero_padding,
}
