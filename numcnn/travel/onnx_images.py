"""Further layers of images in the operators of ONNX: other convolutions, sizes, norms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.travel.onnx_activations import write_activation
from numcnn.travel.onnx_graph import Graph, Value
from numcnn.travel.steps import kept


def shape_of(layer: Any) -> tuple[int, ...]:
    """Return the shape of a layer's output, without the batch axis."""
    return tuple(layer.output_shape[1:])


def weights_of(graph: Graph, layer: Any, name: str, kernel: np.ndarray) -> list[str]:
    """Write kernel and bias as constants, and return their names."""
    names = [graph.constant(f"{name}/kernel", kernel)]
    if layer.bias:
        names.append(graph.constant(f"{name}/bias", layer.bias.value))
    return names


def _of_channels(kernel: np.ndarray) -> np.ndarray:
    """``(KH, KW, C, M)`` -> ``(C·M, 1, KH, KW)``."""
    KH, KW, C, M = kernel.shape
    return kernel.transpose(2, 3, 0, 1).reshape(C * M, 1, KH, KW)


def depthwise(window: Callable[..., dict[str, Any]]) -> Callable[..., Value]:
    """Return what writes Conv with a group for each channel."""

    def write(graph: Graph, layer: Any, name: str, x: Value) -> Value:
        inputs = [x.name, *weights_of(graph, layer, name, _of_channels(layer.kernel.value))]
        z = graph.node("Conv", name, inputs, group=x.shape[-1], **window(layer, x))
        return Value(write_activation(graph, layer.activation, name, z, True), shape_of(layer))

    return write


def separable(window: Callable[..., dict[str, Any]]) -> Callable[..., Value]:
    """Return what writes Conv twice: for each channel, and over the channels."""

    def write(graph: Graph, layer: Any, name: str, x: Value) -> Value:
        first = graph.constant(f"{name}/depthwise", _of_channels(layer.depthwise_kernel.value))
        said = window(layer, x)
        middle = graph.node("Conv", f"{name}/middle", [x.name, first], group=x.shape[-1], **said)
        kernel = layer.pointwise_kernel.value.transpose(3, 2, 0, 1)
        inputs = [middle, *weights_of(graph, layer, name, kernel)]
        z = graph.node("Conv", name, inputs, kernel_shape=[1, 1])
        return Value(write_activation(graph, layer.activation, name, z, True), shape_of(layer))

    return write


def transposed(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """ConvTranspose: what sticks out is cut off by its pads."""
    begin, end, further = [], [], []
    for length, covered, cut in layer.sides(x.shape[:2]):
        begin.append(cut)
        end.append(max(covered - length - cut, 0))
        further.append(max(length + cut - covered, 0))
    kernel = layer.kernel.value.transpose(3, 2, 0, 1)  # (KH, KW, F, C) -> (C, F, KH, KW)
    z = graph.node(
        "ConvTranspose",
        name,
        [x.name, *weights_of(graph, layer, name, kernel)],
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        dilations=layer.dilation_rate,
        pads=[*begin, *end],
        output_padding=further,
    )
    return Value(write_activation(graph, layer.activation, name, z, True), shape_of(layer))


def resized(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Resize, with the centres of pixels at halves."""
    rows, columns, C = shape_of(layer)
    if getattr(layer, "crop_to_aspect_ratio", False):
        x = _middle(graph, f"{name}/crop", x, kept(x.shape, (rows, columns)))
    batch = graph.node("Shape", name, [x.name], start=0, end=1)
    new = graph.constant(f"{name}/size", [C, rows, columns], np.int64)
    sizes = graph.node("Concat", f"{name}/sizes", [batch, new], axis=0)
    linear = layer.interpolation == "bilinear"
    y = graph.node(
        "Resize",
        name,
        [x.name, "", "", sizes],
        mode="linear" if linear else "nearest",
        coordinate_transformation_mode="half_pixel",
        nearest_mode="round_prefer_ceil",
    )
    return Value(y, (rows, columns, C))


def random_crop(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """The middle, as in prediction; a smaller image is resized."""
    if layer.resizing is None:
        return central(graph, layer, name, x)
    return resized(graph, layer.resizing, name, x)


def _middle(graph: Graph, name: str, x: Value, sides: Any) -> Value:
    """Write Slice."""
    (top, bottom), (left, right) = sides
    numbers = {"starts": [top, left], "ends": [bottom, right], "axes": [2, 3]}
    inputs = [graph.constant(f"{name}/{key}", row, np.int64) for key, row in numbers.items()]
    shape = (bottom - top, right - left, x.shape[2])
    return Value(graph.node("Slice", name, [x.name, *inputs]), shape)


def cropped(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Slice."""
    pairs = zip(x.shape, layer.cropping, strict=False)
    return _middle(graph, name, x, [(begin, n - end) for n, (begin, end) in pairs])


def central(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Slice; a smaller image is refused.

    Raises
    ------
    ValueError
        If the image would have to grow.
    """
    new = (layer.height, layer.width)
    if new[0] > x.shape[0] or new[1] > x.shape[1]:
        raise ValueError(f'ONNX has no form of the layer "{name}", which enlarges its images.')
    begins = [(n - k) // 2 for n, k in zip(x.shape, new, strict=False)]
    return _middle(graph, name, x, [(b, b + k) for b, k in zip(begins, new, strict=True)])


def permuted(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Transpose of numcnn's axes."""
    y = graph.node("Transpose", name, [graph.channels_last(x, name)], perm=[0, *layer.dims])
    return graph.channels_first(y, shape_of(layer))


def prelu(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """PRelu."""
    alpha = layer.alpha.value
    if len(x.shape) == 3:
        alpha = alpha.transpose(2, 0, 1)
    elif x.flattened:
        x = Value(graph.channels_last(x, f"{name}/rows"), x.shape)
    slope = graph.constant(f"{name}/alpha", alpha)
    return x._replace(name=graph.node("PRelu", name, [x.name, slope]))


def layer_normalization(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """The formula, on numcnn's axes."""
    last, axes = graph.channels_last(x, f"{name}/x"), list(layer._axes)
    mean = graph.node("ReduceMean", f"{name}/mean", [last], axes=axes)
    centered = graph.node("Sub", f"{name}/centered", [last, mean])
    squares = graph.node("Mul", f"{name}/squares", [centered, centered])
    variance = graph.node("ReduceMean", f"{name}/variance", [squares], axes=axes)
    epsilon = graph.constant(f"{name}/epsilon", layer.epsilon)
    positive = graph.node("Add", f"{name}/positive", [variance, epsilon])
    deviation = graph.node("Sqrt", f"{name}/deviation", [positive])
    y = graph.node("Div", f"{name}/normalized", [centered, deviation])
    shape = [n if k in axes else 1 for k, n in enumerate(x.shape, 1)]
    for operator, parameter in (("Mul", layer.gamma), ("Add", layer.beta)):
        if parameter is not None:
            row = graph.constant(f"{name}/{parameter.name}", parameter.value.reshape(shape))
            y = graph.node(operator, name, [y, row])
    return graph.channels_first(y, x.shape)


def group_normalization(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """InstanceNormalization of the groups, then gamma and beta."""
    C = x.shape[-1]
    groups = C if layer.groups == -1 else layer.groups
    if len(x.shape) == 1:
        x = Value(graph.channels_last(x, f"{name}/rows"), x.shape)
    elif len(x.shape) != 3:
        raise ValueError(f'ONNX has no form of the layer "{name}" on {len(x.shape)} axes.')
    lying = (C, *x.shape[:-1])
    each = [0, groups, math.prod(lying) // groups]
    rows = graph.constant(f"{name}/groups", each, np.int64)
    whole = graph.constant(f"{name}/whole", [0, *lying], np.int64)
    ones = graph.constant(f"{name}/ones", np.ones(groups))
    zeros = graph.constant(f"{name}/zeros", np.zeros(groups))
    y = graph.node("Reshape", f"{name}/apart", [x.name, rows], allowzero=0)
    inputs = [y, ones, zeros]
    y = graph.node("InstanceNormalization", name, inputs, epsilon=layer.epsilon)
    y = graph.node("Reshape", f"{name}/together", [y, whole], allowzero=0)
    for operator, parameter in (("Mul", layer.gamma), ("Add", layer.beta)):
        if parameter is not None:
            values = parameter.value.reshape(C, *[1] * (len(lying) - 1))
            y = graph.node(operator, name, [y, graph.constant(f"{name}/{parameter.name}", values)])
    return Value(y, x.shape)


def normalized(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Sub and Div, or with `invert` Mul and Add."""
    last = graph.channels_last(x, f"{name}/x")
    mean, deviation = (
        graph.constant(f"{name}/{kind}", array)
        for kind, array in zip(("mean", "deviation"), layer._both(len(x.shape) + 1), strict=True)
    )
    if layer.invert:
        y = graph.node("Add", name, [graph.node("Mul", name, [last, deviation]), mean])
    else:
        y = graph.node("Div", name, [graph.node("Sub", name, [last, mean]), deviation])
    return graph.channels_first(y, x.shape)


OTHERS: dict[type[layers.Layer], Callable[..., Value]] = {
    layers.CenterCrop: central,
    layers.Conv2DTranspose: transposed,
    layers.Cropping2D: cropped,
    layers.GroupNormalization: group_normalization,
    layers.LayerNormalization: layer_normalization,
    layers.Normalization: normalized,
    layers.PReLU: prelu,
    layers.RandomCrop: random_crop,
    layers.Permute: permuted,
    layers.Resizing: resized,
    layers.UpSampling2D: resized,
}
