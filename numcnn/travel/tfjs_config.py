"""A layer's configuration and weights in TensorFlow.js, as numcnn says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from numcnn.configuration import snake_case
from numcnn.saving.errors import ModelFileError
from numcnn.travel.tfjs_weights import Arrays

WEIGHTS = (
    *("depthwise_kernel", "pointwise_kernel", "kernel", "bias", "gamma", "beta"),
    *("moving_mean", "moving_variance", "alpha"),
)
"""The weights of a layer in numcnn's order."""

CHOICES = ("activation", "dataFormat", "interpolation", "padding")
NOT_SAID = ("Initializer", "Constraint", "_initializer", "_constraint")
"""Arguments with these endings change no prediction, and are left out."""


def arguments(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a layer by Keras's names; TensorFlow.js may write kernelSize."""
    for key, value in config.items():
        if key.endswith(NOT_SAID) or value is None:
            continue
        if isinstance(value, str) and key in CHOICES:
            value = snake_case(value)
        if key.endswith(("Regularizer", "_regularizer")) and isinstance(value, Mapping):
            value = {"class_name": value.get("class_name", value.get("className")), **value}
        yield snake_case(key), value


def ours(name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a layer as numcnn says it.

    Raises
    ------
    ModelFileError
        If numcnn's layer of this name computes something else.
    """
    config.pop("dtype", None)
    if name == "ThresholdedReLU":
        return "ReLU", {"threshold": config["theta"]}
    if name in ("BatchNormalizationV1", "BatchNormalizationV2"):
        name = "BatchNormalization"
    if name == "BatchNormalization" and isinstance(config.get("axis"), list):
        (config["axis"],) = config["axis"]
    if name == "Softmax" and config.get("axis", -1) == -1:
        config.pop("axis", None)
    if config.get("activation") == "relu6":
        config["activation"] = {"class_name": "ReLU", "config": {"max_value": 6.0}}
    if config.get("activation") == "hard_sigmoid" or name == "HardSigmoid":
        raise ModelFileError("its hard_sigmoid has the slope 0.2, and Keras's now has 1/6.")
    if name == "DepthwiseConv2D" and np.any(np.asarray(config.get("dilation_rate", 1)) != 1):
        raise ModelFileError("TensorFlow.js ignores the dilation of a DepthwiseConv2D.")
    if name == "Resizing" or (name == "UpSampling2D" and config.get("interpolation") == "bilinear"):
        raise ModelFileError(f"its {name} reads other pixels than Keras's and numcnn's.")
    return name, config


def taken(arrays: Arrays, layer: str) -> list[np.ndarray]:
    """Return the weights of a layer in numcnn's order; names may end in ``_1``."""
    found = {re.sub(r"_\d+$", "", name): array for name, array in arrays.pop(layer, {}).items()}
    strange = set(found) - set(WEIGHTS)
    if strange:
        raise ModelFileError(
            f'the layer "{layer}" has weights that numcnn lacks: {sorted(strange)}.'
        )
    return [found[name] for name in WEIGHTS if name in found]
