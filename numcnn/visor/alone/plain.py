"""A model in plain values, for loops in another language: what each layer is, and its weights."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import activations, layers
from numcnn.geometry import window_grid
from numcnn.travel.steps import refuse_own, steps_of

Said = dict[str, Any]


def plain_model(model: Any) -> list[Said]:
    """Return a built model's layers in order of computation.

    Raises
    ------
    ValueError
        If a layer or an activation is one of the user's own.
    """
    rows = []
    for step in steps_of(model):
        refuse_own(step.layer, step.name, WRITERS, "a page without Python")
        said = WRITERS[type(step.layer)](step.layer)
        weights = {name: packed(array) for name, array in said.pop("weights", {}).items()}
        kind = said.pop("kind", type(step.layer).__name__)
        output: Any = step.layer.output_shape
        common = {"name": step.name, "inputs": step.inputs, "output": output[1:]}
        rows.append({"kind": kind, **common, **said, "weights": weights})
    return rows


def packed(array: Any) -> str:
    """Return numbers as base64 of their bytes in float32, the lowest byte first."""
    return base64.b64encode(np.asarray(array, "<f4", order="C").tobytes()).decode()


def activation_of(activation: Any) -> Said:
    """Return an activation's name and its constants."""
    if type(activation) not in (*activations.KINDS, activations.BoundedReLU):
        raise ValueError(
            f'a page without Python has no form of the activation "{activation.name}".'
        )
    return {"name": activation.name, **activation.get_config()}


def window(layer: Any, size: tuple[int, int]) -> Said:
    """Return where the windows of a layer lie."""
    grid = window_grid(tuple(layer.input_shape[1:3]), size, layer.strides, layer.padding)
    return {"window": size, "strides": layer.strides, "before": (grid.top, grid.left)}


def with_kernel(layer: Any) -> Said:
    """Conv2D and Dense."""
    said = {"activation": activation_of(layer.activation)}
    said["weights"] = {parameter.name: parameter.value for parameter in layer.parameters}
    return said


def normalization(layer: Any) -> Said:
    """BatchNormalization in prediction."""
    names = {"moving_mean": "mean", "moving_variance": "variance"}
    weights = {names.get(p.name, p.name): p.value for p in layer.parameters}
    return {"epsilon": layer.epsilon, "weights": weights}


def only_activation(layer: Any) -> Said:
    """An activation as a layer."""
    return {"kind": "Activation", "activation": activation_of(layer.activation)}


def nothing(layer: Any) -> Said:
    """A layer of which its shapes say all."""
    return {}


WRITERS: dict[type[layers.Layer], Callable[[Any], Said]] = {
    layers.Activation: only_activation,
    layers.AveragePooling2D: lambda layer: window(layer, layer.pool_size),
    layers.BatchNormalization: normalization,
    layers.Conv2D: lambda layer: with_kernel(layer) | window(layer, layer.kernel_size),
    layers.Dense: with_kernel,
    **dict.fromkeys((layers.Dropout, *layers.ONLY_IN_TRAINING), lambda layer: {"kind": "Dropout"}),
    layers.ELU: only_activation,
    layers.Flatten: nothing,
    layers.GlobalAveragePooling2D: nothing,
    layers.GlobalMaxPooling2D: nothing,
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: lambda layer: window(layer, layer.pool_size),
    layers.ReLU: only_activation,
    layers.Rescaling: lambda layer: {
        "weights": {"scale": np.ravel(layer.scale), "offset": np.ravel(layer.offset)}
    },
    layers.Reshape: nothing,
    layers.Softmax: only_activation,
    layers.ZeroPadding2D: lambda layer: {"before": [sides[0] for sides in layer.padding]},
}
