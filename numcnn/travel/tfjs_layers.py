"""The layers of numcnn as layers of TensorFlow.js: for each one or several, and their weights.

TensorFlow.js reads the configurations of Keras 2.  Where one of numcnn's layers says more than its
own can, other layers say the same; where none can, the model is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.layers.operations import OPERATIONS
from numcnn.travel.steps import Step
from numcnn.travel.tfjs_rows import Row, activation_rows, lacking, penalty

Write = Callable[[Any, Step], list[Row]]


def same(*arguments: str) -> Write:
    """Return what writes a layer that is the same there, with these arguments."""

    def write(layer: Any, step: Step) -> list[Row]:
        return [Row(type(layer).__name__, {name: getattr(layer, name) for name in arguments})]

    return write


def of_images(*arguments: str) -> Write:
    """Return what writes a layer that is the same there, and asks where the channels are."""

    def write(layer: Any, step: Step) -> list[Row]:
        said = {name: getattr(layer, name) for name in arguments}
        return [Row(type(layer).__name__, {**said, "data_format": "channels_last"})]

    return write


def activated(layer: Any, step: Step, row: Row) -> list[Row]:
    """Give a layer its activation, or put one or several layers behind it."""
    behind = activation_rows(layer.activation, step)
    if [one.kind for one in behind] == ["Activation"]:
        return [row._replace(said={**row.said, **behind[0].said})]
    return [row._replace(said={**row.said, "activation": "linear"}), *behind]


def with_kernel(*arguments: str) -> Write:
    """Return what writes a layer with kernel, bias and activation."""

    def write(layer: Any, step: Step) -> list[Row]:
        said = {name: getattr(layer, name) for name in (*arguments, "use_bias")}
        for name in ("kernel_regularizer", "bias_regularizer"):
            said[name] = penalty(getattr(layer, name))
        weights = {parameter.name: parameter.value for parameter in layer.parameters}
        return activated(layer, step, Row(type(layer).__name__, said, weights))

    return write


def convolution(layer: Any, step: Step) -> list[Row]:
    """Conv2D; there are no groups."""
    if layer.groups > 1:
        raise lacking(step, f"its convolutions have no groups, and this one has {layer.groups}")
    rows = with_kernel("filters", "kernel_size", "strides", "padding")(layer, step)
    rows[0].said.update(data_format="channels_last", dilation_rate=layer.dilation_rate)
    return rows


def depthwise(layer: Any, step: Step) -> list[Row]:
    """DepthwiseConv2D, whose dilation is ignored there, and SeparableConv2D."""
    kind = type(layer).__name__
    if kind == "DepthwiseConv2D" and max(layer.dilation_rate) > 1:
        raise lacking(step, "its depthwise convolution ignores a dilation")
    if layer.strides[0] != layer.strides[1]:
        raise lacking(step, f"its depthwise convolution has equal strides, not {layer.strides}")
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        raise lacking(step, "it has strides or a dilation, not both")
    names = ["kernel_size", "strides", "padding", "depth_multiplier", "dilation_rate", "use_bias"]
    said = {name: getattr(layer, name) for name in names}
    for name in ("depthwise", "pointwise", "bias"):
        if hasattr(layer, f"{name}_regularizer"):
            said[f"{name}_regularizer"] = penalty(getattr(layer, f"{name}_regularizer"))
    if kind == "SeparableConv2D":
        said["filters"] = layer.filters
    weights = {
        "depthwise_kernel" if parameter.name == "kernel" else parameter.name: parameter.value
        for parameter in layer.parameters
    }
    return activated(layer, step, Row(kind, {**said, "data_format": "channels_last"}, weights))


def transposed(layer: Any, step: Step) -> list[Row]:
    """Conv2DTranspose, and a Cropping2D where output_padding asks for fewer cells."""
    if max(layer.dilation_rate) > 1:
        raise lacking(step, "its transposed convolution has no dilation")
    [row, *behind] = with_kernel("filters", "kernel_size", "strides", "padding")(layer, step)
    row.said["data_format"] = "channels_last"
    if layer.output_padding is None:
        return [row, *behind]
    row.said["padding"] = "valid"
    crop = []
    sides = layer.sides(tuple(layer.input_shape[1:3]))
    for (length, covered, cut), k, s in zip(sides, layer.kernel_size, layer.strides, strict=True):
        end = covered + max(s - k, 0) - cut - length
        if end < 0:
            raise lacking(step, "its transposed convolution has no output_padding")
        crop.append([cut, end])
    return [row, Row("Cropping2D", {"cropping": crop, "data_format": "channels_last"}), *behind]


def global_pooling(layer: Any, step: Step) -> list[Row]:
    """A global pooling; its keepdims is a Reshape there."""
    rows = of_images()(layer, step)
    if layer.keepdims:
        rows.append(Row("Reshape", {"target_shape": layer.output_shape[1:]}))
    return rows


def batch_normalization(layer: Any, step: Step) -> list[Row]:
    """BatchNormalization."""
    [row] = same("momentum", "epsilon", "center", "scale")(layer, step)
    row.said["axis"] = -1
    for name in ("beta_regularizer", "gamma_regularizer"):
        row.said[name] = penalty(getattr(layer, name))
    return [row._replace(weights={p.name: p.value for p in layer.parameters})]


def layer_normalization(layer: Any, step: Step) -> list[Row]:
    """LayerNormalization, its axes counted from the front."""
    [row] = same("epsilon", "center", "scale")(layer, step)
    row.said["axis"] = list(layer._axes)
    return [row._replace(weights={p.name: p.value for p in layer.parameters})]


def rescaled(layer: Any, step: Step, scale: Any, offset: Any) -> list[Row]:
    """``x · scale + offset``: one number for all channels there; else a frozen normalisation."""
    if np.size(scale) == 1 and np.size(offset) == 1:
        numbers = {"scale": float(np.ravel(scale)[0]), "offset": float(np.ravel(offset)[0])}
        return [Row("Rescaling", numbers)]
    C = layer.output_shape[-1]
    if any(np.size(one) not in (1, np.shape(one)[-1]) for one in (scale, offset) if np.ndim(one)):
        raise lacking(step, "its numbers differ from pixel to pixel")
    rows = {"gamma": scale, "beta": offset, "moving_mean": 0, "moving_variance": 1}
    weights = {name: np.broadcast_to(np.float32(np.ravel(row)), C) for name, row in rows.items()}
    return [Row("BatchNormalization", {"axis": -1, "epsilon": 0, "trainable": False}, weights)]


def normalization(layer: Any, step: Step) -> list[Row]:
    """Normalization, whose numbers are fixed."""
    mean, deviation = layer._both(len(layer.input_shape))
    if layer.invert:
        return rescaled(layer, step, deviation, mean)
    return rescaled(layer, step, 1 / deviation, -mean / deviation)


def prelu(layer: Any, step: Step) -> list[Row]:
    """PReLU."""
    said = {"shared_axes": layer.shared_axes, "alpha_regularizer": penalty(layer.alpha_regularizer)}
    return [Row("PReLU", said, {"alpha": layer.alpha.value})]


# --- images --------------------------------------------------------------------------------------


def upsampling(layer: Any, step: Step) -> list[Row]:
    """UpSampling2D and Resizing by whole factors; otherwise other pixels are read there."""
    (H, W), (h, w) = layer.input_shape[1:3], layer.output_shape[1:3]
    if layer.interpolation != "nearest" or h % H or w % W:
        raise lacking(step, "its images grow by whole factors, without interpolation")
    return [Row("UpSampling2D", {"size": [h // H, w // W], "data_format": "channels_last"})]


def central(layer: Any, step: Step) -> list[Row]:
    """CenterCrop as Cropping2D."""
    crop = []
    for old, new in zip(layer.input_shape[1:3], layer.output_shape[1:3], strict=True):
        if new > old:
            raise lacking(step, "it enlarges its images")
        crop.append([(old - new) // 2, old - new - (old - new) // 2])
    return [Row("Cropping2D", {"cropping": crop, "data_format": "channels_last"})]


# --- several inputs ------------------------------------------------------------------------------


def subtract(layer: Any, step: Step) -> list[Row]:
    """There is no Subtract: the second is multiplied by −1, and then added."""
    return [
        Row("Rescaling", {"scale": -1.0, "offset": 0.0}, reads=(1,)),
        Row("Add", {}, reads=(0, 2)),
    ]


def operation(kind: str) -> Write:
    """Return what writes ``a + b`` and the like: of two results, or of a result and numbers."""

    def write(layer: Any, step: Step) -> list[Row]:
        left, right = layer.operands
        if left is None and right is None:
            if kind == "TrueDivide":
                raise lacking(step, "it divides no result by another")
            return subtract(layer, step) if kind == "Subtract" else [Row(kind, {})]
        number = right if left is None else left
        if kind == "TrueDivide" and left is not None:
            raise lacking(step, "it divides no number by a result")
        scale, offset = {
            "Add": (1.0, number),
            "Subtract": (1.0, -number) if left is None else (-1.0, number),
            "Multiply": (number, 0.0),
            "TrueDivide": (1 / number, 0.0),
        }[kind]
        return rescaled(layer, step, scale, offset)

    return write


def only_activation(layer: Any, step: Step) -> list[Row]:
    """An activation as a layer."""
    return activation_rows(layer.activation, step)


def nothing(layer: Any, step: Step) -> list[Row]:
    """A layer that does nothing in prediction, and is not there."""
    return []


WRITERS: dict[type[layers.Layer], Write] = {
    **dict.fromkeys(layers.ONLY_IN_TRAINING, nothing),
    layers.Activation: only_activation,
    layers.Add: same(),
    layers.Average: same(),
    layers.AveragePooling2D: of_images("pool_size", "strides", "padding"),
    layers.BatchNormalization: batch_normalization,
    layers.CenterCrop: central,
    layers.Concatenate: same("axis"),
    layers.Conv2D: convolution,
    layers.Conv2DTranspose: transposed,
    layers.Cropping2D: of_images("cropping"),
    layers.Dense: with_kernel("units"),
    layers.DepthwiseConv2D: depthwise,
    layers.Dropout: same("rate"),
    layers.ELU: only_activation,
    layers.Flatten: same(),
    layers.GlobalAveragePooling2D: global_pooling,
    layers.GlobalMaxPooling2D: global_pooling,
    layers.InputLayer: nothing,
    layers.LayerNormalization: layer_normalization,
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: of_images("pool_size", "strides", "padding"),
    layers.Maximum: same(),
    layers.Minimum: same(),
    layers.Multiply: same(),
    layers.Normalization: normalization,
    layers.PReLU: prelu,
    layers.Permute: same("dims"),
    layers.ReLU: only_activation,
    layers.Rescaling: lambda layer, step: rescaled(layer, step, layer.scale, layer.offset),
    layers.Reshape: same("target_shape"),
    layers.Resizing: upsampling,
    layers.SeparableConv2D: depthwise,
    layers.Softmax: only_activation,
    layers.Subtract: subtract,
    layers.UpSampling2D: upsampling,
    layers.ZeroPadding2D: of_images("padding"),
    **{kind: operation(name) for name, kind in OPERATIONS.items()},
}
