"""Products, activations and batch normalisation of ONNX as layers; the table of all readers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.travel.onnx_convolutions import CONVOLUTIONS
from numcnn.travel.onnx_file import Node
from numcnn.travel.onnx_further import FURTHER
from numcnn.travel.onnx_reading import Reading, Value, array_at, in_order, refuse
from numcnn.travel.onnx_shapes import SHAPES
from numcnn.travel.onnx_sums import WITH_BIAS, lower_bound, negated, scaled, shifted
from numcnn.travel.onnx_windows import WINDOWS, Constants

# --- products ------------------------------------------------------------------------------------


def gemm(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A dense layer: ``alpha · x @ kernel + beta · bias``."""
    said = node.attributes
    if said.get("transA") or constants[0] is not None:
        raise refuse(node, "the result must be its first factor, and not transposed")
    kernel = array_at(node, constants, 1, "second factor").astype(np.float32)
    kernel = (kernel.T if said.get("transB") else kernel) * np.float32(said.get("alpha", 1.0))
    bias = None
    if len(constants) > 2 and node.inputs[2]:
        bias = array_at(node, constants, 2, "bias").astype(np.float32)
        bias = bias * np.float32(said.get("beta", 1.0))
    return _dense(reading, node, x, kernel, bias)


def matmul(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A dense layer without bias, or with the one that an Add brings."""
    if constants[0] is not None:
        raise refuse(node, "the result must be its first factor")
    return _dense(reading, node, x, array_at(node, constants, 1, "second factor"), None)


def _dense(
    reading: Reading, node: Node, x: Value, kernel: np.ndarray, bias: np.ndarray | None
) -> Value:
    D = reading.shape(x)[-1]
    if kernel.ndim != 2 or len(kernel) != D:
        raise refuse(node, f"rows of {reading.shape(x)} don't meet a kernel {kernel.shape}")
    if x.axes[-1] != len(x.axes) - 1:
        x = reading.as_in_file(x)
    units = kernel.shape[1]
    weights = [in_order(x, kernel)]
    if bias is not None:
        weights.append(np.broadcast_to(bias, (1, units)).reshape(units))
    config = {"units": units, "use_bias": bias is not None}
    y = reading.follow(x, "Dense", config, weights, reading.name_of(node, 1))
    return y._replace(rows=(), positive=False)


# --- normalisation -----------------------------------------------------------------------------


def batch_normalization(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Batch normalization, with the channels on ONNX's first axis."""
    said = node.attributes
    if said.get("training_mode") or said.get("spatial", 1) != 1:
        raise refuse(node, "its mode must be that of prediction")
    last = len(x.axes) - 1
    x = reading.laid(x, (last, *range(last)))  # the channels are ONNX's first axis
    C = reading.channels(x)
    rows = [
        array_at(node, constants, index, name)
        for index, name in enumerate(("scale", "bias", "mean", "variance"), start=1)
    ]
    if any(row.shape != (C,) for row in rows):
        raise refuse(
            node, f"its rows must have {counted(C, 'number')}, got {[row.shape for row in rows]}"
        )
    weights = [in_order(x, row) for row in rows]
    config = {"epsilon": said.get("epsilon", 1e-5), "momentum": said.get("momentum", 0.9)}
    y = reading.follow(x, "BatchNormalization", config, weights, reading.name_of(node, 1))
    return y._replace(positive=False)


# --- activations ---------------------------------------------------------------------------------


def activation(name: str, positive: bool = False, **defaults: float) -> Callable[..., Value]:
    """An activation; `defaults` are ONNX's attributes with the values that they have unsaid."""

    def read(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
        said = {key: node.attributes.get(key, value) for key, value in defaults.items()}
        if name == "leaky_relu":
            return _activated(reading, x, "LeakyReLU", {"negative_slope": said["alpha"]}, False)
        if name == "elu":
            return _activated(reading, x, "ELU", said, False)
        if any(not math.isclose(said[key], defaults[key], rel_tol=1e-5) for key in said):
            raise refuse(node, f"its constants {said} are not those of numcnn's {name}")
        return _activated(reading, x, name, {}, positive)

    return read


def _activated(
    reading: Reading, x: Value, name: str, config: dict[str, Any], positive: bool
) -> Value:
    """Give the layer before an activation, or put it in a layer of its own."""
    part = reading.unfinished(x, *WITH_BIAS)
    if part:
        part.config["activation"] = {"class_name": name, "config": config} if config else name
        return x._replace(positive=positive)
    if config:
        return reading.follow(x, name, config)._replace(positive=positive)
    return reading.follow(x, "Activation", {"activation": name})._replace(positive=positive)


def clip(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A ReLU with a ceiling."""
    said = [
        constants[index] if len(constants) > index else node.attributes.get(name)
        for index, name in ((1, "min"), (2, "max"))
    ]
    low, high = (None if n is None else float(np.ravel(n)[0]) for n in said)
    if low != 0 or (high is not None and high < 0):
        raise refuse(node, f"numcnn has a ReLU from 0 on, and no function from {low} to {high}")
    if high is None or high > 3e38:
        return _activated(reading, x, "relu", {}, True)
    config = {"max_value": high, "negative_slope": 0.0, "threshold": 0.0}
    return _activated(reading, x, "ReLU", config, True)


def bounded_relu(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A ReLU with ceiling, slope and threshold (`numcnn.travel.onnx_patterns`)."""
    config = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0, **node.attributes}
    return _activated(reading, x, "ReLU", config, False)


def gelu(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """The exact GELU."""
    if node.attributes.get("approximate", "none") != "none":
        raise refuse(node, "numcnn's gelu is the exact one, and this is an approximation")
    return _activated(reading, x, "gelu", {}, False)


def softmax(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Softmax over the channels; before opset 13, over all axes from one on."""
    rank = len(x.axes) + 1
    newer = reading.graph.opset >= 13
    axis = node.attributes.get("axis", -1 if newer else 1) % rank
    if axis == 0 or not (newer or axis == rank - 1):
        raise refuse(node, f"its axis {axis} is the batch, or all axes from there on")
    if x.axes[axis - 1] != rank - 2:  # numcnn's softmax is over the last axis
        others = iter(range(rank - 2))
        order = tuple(rank - 2 if k == axis - 1 else next(others) for k in range(rank - 1))
        x = reading.laid(x, order)
    return _activated(reading, x, "softmax", {}, True)


def dropout(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Dropout, which does nothing in prediction."""
    ratio = constants[1] if len(constants) > 1 else node.attributes.get("ratio", 0.5)
    if len(constants) > 2 and constants[2] is not None and np.any(constants[2]):
        raise refuse(node, "its mode is that of training")
    rate = 0.5 if ratio is None else float(np.ravel(ratio)[0])
    return reading.follow(x, "Dropout", {"rate": rate})


READERS: dict[str, Callable[..., Value]] = {
    **WINDOWS,
    **CONVOLUTIONS,
    **SHAPES,
    **FURTHER,
    "Add": shifted,
    "BatchNormalization": batch_normalization,
    "BoundedRelu": bounded_relu,
    "Clip": clip,
    "Div": scaled,
    "Dropout": dropout,
    "Elu": activation("elu", alpha=1.0),
    "Gelu": gelu,
    "Gemm": gemm,
    "LeakyRelu": activation("leaky_relu", alpha=0.01),
    "MatMul": matmul,
    "Max": lower_bound,
    "Mul": scaled,
    "Neg": negated,
    "Relu": activation("relu", positive=True),
    "Selu": activation("selu", alpha=1.6732632, gamma=1.0507010),
    "Sigmoid": activation("sigmoid", positive=True),
    "Softmax": softmax,
    "Softplus": activation("softplus", positive=True),
    "Sub": shifted,
    "Tanh": activation("tanh"),
}
