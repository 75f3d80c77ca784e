"""A model as an ONNX file: each layer in the operators of ONNX.

Whatever has a default that runtimes understand differently is written out: the padding of each
window, the axis of a softmax.  All numbers are float32, since onnxruntime has no other convolution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.files import new_file
from numcnn.geometry import window_grid
from numcnn.layers.spread import widened
from numcnn.travel.onnx_activations import write_activation
from numcnn.travel.onnx_graph import FIRST, Graph, Value, rows_in_order
from numcnn.travel.onnx_images import OTHERS, depthwise, separable, shape_of, weights_of
from numcnn.travel.onnx_library import need_onnx
from numcnn.travel.onnx_merging import MERGING
from numcnn.travel.steps import calls_of, refuse_own


def export_onnx(model: Any, path: Path) -> None:
    """Write a built model into an ONNX file; it is there whole, or not at all."""
    data = onnx_model(model).SerializeToString()
    with new_file(path) as file:
        file.write(data)


def onnx_model(model: Any) -> Any:
    """Return a built model as an ``onnx.ModelProto``.

    Raises
    ------
    ImportError
        If ``onnx`` is not installed.
    ValueError
        If there is a layer or an activation of the user's own in it.
    """
    graph = Graph(need_onnx())
    steps, ends = calls_of(model)
    names = ["input"] if len(model.inputs) == 1 else model.input_names
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    starts = [Value(name, shape) for name, shape in zip(names, shapes, strict=True)]
    values = [_first(graph, start) for start in starts]
    for step in steps:
        refuse_own(step.layer, step.name, WRITERS, "ONNX")
        write = WRITERS[type(step.layer)]
        values.append(write(graph, step.layer, step.name, *(values[i] for i in step.inputs)))
    names = ["output"] if len(ends) == 1 else [f"output_{k}" for k in range(len(ends))]
    made = [
        (name, graph.channels_last(values[end], name), values[end].shape)
        for name, end in zip(names, ends, strict=True)
    ]
    return graph.model(starts, made)


def _first(graph: Graph, start: Value) -> Value:
    """Put the channels of an input first."""
    if len(start.shape) != 3:
        return start
    return start._replace(name=graph.node("Transpose", start.name, [start.name], perm=FIRST))


def _window(image: Any, window: Any, strides: Any, padding: str) -> dict[str, Any]:
    grid = window_grid(tuple(image[:2]), window, strides, padding)
    pads = [grid.top, grid.left, grid.bottom, grid.right]
    return {"kernel_shape": window, "strides": strides, "pads": pads}


def _dilated(layer: Any, x: Value) -> dict[str, Any]:
    """Return the attributes of a window that may be dilated."""
    wide = widened(layer.kernel_size, layer.dilation_rate)
    said = _window(x.shape, wide, layer.strides, layer.padding)
    return {"dilations": layer.dilation_rate, **said, "kernel_shape": layer.kernel_size}


def convolution(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Conv."""
    kernel = layer.kernel.value.transpose(3, 2, 0, 1)  # (KH, KW, C, F) -> (F, C, KH, KW)
    inputs = [x.name, *weights_of(graph, layer, name, kernel)]
    z = graph.node("Conv", name, inputs, group=layer.groups, **_dilated(layer, x))
    return Value(write_activation(graph, layer.activation, name, z, True), shape_of(layer))


def dense(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Gemm on rows, a convolution of 1 × 1 on the channels of each pixel, else MatMul and Add."""
    kernel = layer.kernel.value  # (D, U)
    image = len(x.shape) == 3
    if image:  # a dense layer on the channels of each pixel is a convolution of 1 × 1
        weights = weights_of(graph, layer, name, kernel.T[:, :, np.newaxis, np.newaxis])
        window = _window(x.shape, (1, 1), (1, 1), "valid")
        z = graph.node("Conv", name, [x.name, *weights], dilations=[1, 1], group=1, **window)
    elif len(x.shape) == 1:
        if x.flattened:
            kernel = kernel[rows_in_order(x.flattened)]
        z = graph.node("Gemm", name, [x.name, *weights_of(graph, layer, name, kernel)])
    else:
        kernel_name, *bias = weights_of(graph, layer, name, kernel)
        z = graph.node("MatMul", name, [x.name, kernel_name])
        z = graph.node("Add", name, [z, *bias]) if bias else z
    return Value(write_activation(graph, layer.activation, name, z, image), shape_of(layer))


def only_activation(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """The activation alone."""
    y = write_activation(graph, layer.activation, name, x.name, len(x.shape) == 3)
    return x._replace(name=y)


def pooling(operator: str) -> Callable[..., Value]:
    """Return what writes a pooling."""

    def write(graph: Graph, layer: Any, name: str, x: Value) -> Value:
        window = _window(x.shape, layer.pool_size, layer.strides, layer.padding)
        return Value(graph.node(operator, name, [x.name], **window), shape_of(layer))

    return write


def global_pooling(operator: str) -> Callable[..., Value]:
    """Return what writes a pooling of whole images."""

    def write(graph: Graph, layer: Any, name: str, x: Value) -> Value:
        y = graph.node(operator, name, [x.name])
        return Value(
            y if layer.keepdims else graph.node("Flatten", name, [y], axis=1), shape_of(layer)
        )

    return write


def flatten(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Flatten; the next layer hears in which order the numbers are."""
    if len(x.shape) == 1:
        return x
    y = graph.node("Flatten", name, [x.name], axis=1)
    same_order = len(x.shape) != 3 or x.shape[2] == 1 or math.prod(x.shape[:2]) == 1
    return Value(y, shape_of(layer), None if same_order else x.shape)  # type: ignore[arg-type]


def reshape(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Reshape, in numcnn's order."""
    shape = graph.constant(f"{name}/shape", [0, *shape_of(layer)], np.int64)
    y = graph.node("Reshape", name, [graph.channels_last(x, name), shape], allowzero=0)
    return graph.channels_first(y, shape_of(layer))


def zero_padding(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Pad."""
    (top, bottom), (left, right) = layer.padding
    pads = graph.constant(f"{name}/pads", [0, 0, top, left, 0, 0, bottom, right], np.int64)
    return Value(graph.node("Pad", name, [x.name, pads], mode="constant"), shape_of(layer))


def unchanged(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Nothing."""
    return x


def dropout(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Dropout, so that who reads the file can train on."""
    ratio = graph.constant(f"{name}/rate", layer.rate)  # runtimes predict, so it does nothing
    return x._replace(name=graph.node("Dropout", name, [x.name, ratio]))


def _by_channel(values: Any, x: Value) -> np.ndarray:
    """Return one number for each channel so that it meets the channels of x."""
    array = np.asarray(values, np.float64)
    if array.size > 1 and x.flattened:
        return array[rows_in_order(x.flattened)]
    return array.reshape(-1, 1, 1) if array.size > 1 and len(x.shape) == 3 else array


def rescaling(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """Mul and Add."""
    scale = graph.constant(f"{name}/scale", _by_channel(layer.scale, x))
    offset = graph.constant(f"{name}/offset", _by_channel(layer.offset, x))
    scaled = graph.node("Mul", name, [x.name, scale])
    return x._replace(name=graph.node("Add", name, [scaled, offset]))


def batch_normalization(graph: Graph, layer: Any, name: str, x: Value) -> Value:
    """BatchNormalization, with what the layer leaves out."""
    C = x.shape[-1]
    mean, variance = layer.moving_mean.value, layer.moving_variance.value
    numbers = {
        "gamma": layer.gamma.value if layer.gamma else np.ones(C),
        "beta": layer.beta.value if layer.beta else np.zeros(C),
        "moving_mean": mean,
        "moving_variance": variance,
    }
    if x.flattened:
        numbers = {key: row[rows_in_order(x.flattened)] for key, row in numbers.items()}
    inputs = [graph.constant(f"{name}/{key}", row) for key, row in numbers.items()]
    said = {"epsilon": layer.epsilon, "momentum": layer.momentum}
    if len(x.shape) in (1, 3):
        return x._replace(name=graph.node("BatchNormalization", name, [x.name, *inputs], **said))
    last = len(x.shape)  # ONNX has the channels on the first axis
    first = graph.node("Transpose", f"{name}/first", [x.name], perm=[0, last, *range(1, last)])
    y = graph.node("BatchNormalization", name, [first, *inputs], **said)
    return x._replace(
        name=graph.node("Transpose", f"{name}/last", [y], perm=[0, *range(2, last + 1), 1])
    )


WRITERS: dict[type[layers.Layer], Callable[..., Value]] = {
    layers.Activation: only_activation,
    layers.AveragePooling2D: pooling("AveragePool"),
    layers.BatchNormalization: batch_normalization,
    layers.Conv2D: convolution,
    layers.Dense: dense,
    layers.Dropout: dropout,
    layers.ELU: only_activation,
    layers.Flatten: flatten,
    layers.GlobalAveragePooling2D: global_pooling("GlobalAveragePool"),
    layers.GlobalMaxPooling2D: global_pooling("GlobalMaxPool"),
    layers.InputLayer: unchanged,
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: pooling("MaxPool"),
    layers.ReLU: only_activation,
    layers.Rescaling: rescaling,
    layers.Reshape: reshape,
    layers.Softmax: only_activation,
    layers.ZeroPadding2D: zero_padding,
    layers.DepthwiseConv2D: depthwise(_dilated),
    layers.SeparableConv2D: separable(_dilated),
    **dict.fromkeys(layers.ONLY_IN_TRAINING, unchanged),
    **OTHERS,
    **MERGING,
}
