"""Products, activations, normalisation and shapes of ONNX as layers of numcnn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.travel.onnx_file import DTYPES, Node
from numcnn.travel.onnx_reading import (
    CHANNELS_FIRST,
    Reading,
    Value,
    array_at,
    in_order,
    refuse,
)
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
    D = reading.channels(x)
    if kernel.ndim != 2 or len(kernel) != D or x.axes[-1] != len(x.axes) - 1:
        raise refuse(node, f"rows of {reading.shape(x)} don't meet a kernel {kernel.shape}")
    units = kernel.shape[1]
    weights = [in_order(x, kernel)]
    if bias is not None:
        weights.append(np.broadcast_to(bias, (1, units)).reshape(units))
    config = {"units": units, "use_bias": bias is not None}
    y = reading.follow(x, "Dense", config, weights, reading.name_of(node, 1))
    return y._replace(flattened=None, positive=False)


# --- numbers added and multiplied ----------------------------------------------------------------


def shifted(sign: float) -> Callable[..., Value]:
    """Add and Sub of a constant: a bias, or an offset."""

    def read(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
        array = constants[1] if constants[0] is None else constants[0]
        if array is None or (sign < 0 and constants[0] is not None):
            raise refuse(node, "a result can't be taken from a constant")
        offset = sign * reading.per_channel(node, x, array).astype(np.float64)
        part = reading.unfinished(x, "Conv2D", "Dense")
        if part and not part.config["use_bias"]:
            part.config["use_bias"] = True
            part.weights.append(np.broadcast_to(offset, part.shape[-1:]).astype(np.float32))
            return x
        scaling = reading.unfinished(x, "Rescaling")
        if scaling and np.all(np.asarray(scaling.config["offset"]) == 0):
            scaling.config["offset"] = offset.tolist()
            return x._replace(positive=False)
        y = reading.follow(x, "Rescaling", {"scale": 1.0, "offset": offset.tolist()})
        return y._replace(positive=False)

    return read


def scaled(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Mul and Div by a constant."""
    array = constants[1] if constants[0] is None else constants[0]
    if array is None or (node.operator == "Div" and constants[0] is not None):
        raise refuse(node, "a result can't divide a constant")
    scale = reading.per_channel(node, x, array).astype(np.float64)
    if node.operator == "Div":
        scale = 1 / scale
    y = reading.follow(x, "Rescaling", {"scale": scale.tolist(), "offset": 0.0})
    return y._replace(positive=False)


def batch_normalization(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Batch normalization, with the channels on ONNX's first axis."""
    said = node.attributes
    channel = x.axes[0] if x.axes else None
    if channel != len(x.axes) - 1 or said.get("training_mode") or said.get("spatial", 1) != 1:
        raise refuse(node, "the channels must be the first axis, and the mode that of prediction")
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
    part = reading.unfinished(x, "Conv2D", "Dense")
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


def prelu(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A leaky ReLU, if all slopes are one."""
    slope = array_at(node, constants, 1, "slope")
    if slope.size < 1 or np.any(slope != slope.ravel()[0]) or slope.ravel()[0] < 0:
        raise refuse(node, "numcnn's LeakyReLU has one slope, 0 or more, for all channels")
    return _activated(reading, x, "LeakyReLU", {"negative_slope": float(slope.ravel()[0])}, False)


def softmax(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Softmax over the channels; before opset 13, over all axes from one on."""
    rank = len(x.axes) + 1
    newer = reading.graph.opset >= 13
    axis = node.attributes.get("axis", -1 if newer else 1) % rank
    if axis == 0 or x.axes[axis - 1] != rank - 2 or not (newer or axis == rank - 1):
        raise refuse(node, f"its axis {axis} is not that of the channels")
    return _activated(reading, x, "softmax", {}, True)


def dropout(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Dropout, which does nothing in prediction."""
    ratio = constants[1] if len(constants) > 1 else node.attributes.get("ratio", 0.5)
    if len(constants) > 2 and constants[2] is not None and np.any(constants[2]):
        raise refuse(node, "its mode is that of training")
    rate = 0.5 if ratio is None else float(np.ravel(ratio)[0])
    return reading.follow(x, "Dropout", {"rate": rate})


# --- shapes --------------------------------------------------------------------------------------


def unchanged(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Nothing."""
    return x


def cast(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Float numbers of another length are numcnn's float32."""
    dtype = DTYPES.get(node.attributes.get("to", 0), ("none", ""))[0]
    if np.dtype(dtype).kind != "f" if dtype != "none" else True:
        raise refuse(node, "results are float numbers, and can't become others")
    return x


def transpose(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A Transpose is no layer: the axes are kept with the value."""
    rank = len(x.axes) + 1
    perm = node.attributes.get("perm", list(range(rank))[::-1])
    if sorted(perm) != list(range(rank)) or perm[0] != 0:
        raise refuse(node, f"it moves the batch, or is no order of {rank} axes: {perm}")
    return x._replace(axes=tuple(x.axes[axis - 1] for axis in perm[1:]))


def flatten(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A row of all numbers of a sample."""
    if node.attributes.get("axis", 1) not in (1, -len(x.axes)):
        raise refuse(node, "only all axes but the batch are put in a row")
    return _row(reading, node, x)


def _row(reading: Reading, node: Node, x: Value) -> Value:
    """Put a sample's numbers in a row, and remember the order that the file has them in."""
    if len(x.axes) == 1:
        return x
    long = [axis for axis in x.axes if reading.parts.all[x.part].shape[axis] > 1]
    y = reading.follow(x, "Flatten", {})._replace(axes=(0,))
    if long == sorted(long):
        return y
    if x.axes != CHANNELS_FIRST:
        raise refuse(node, f"the axes {x.axes} in a row are in no order that numcnn has")
    return y._replace(flattened=reading.shape(x))


def reshape(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Another shape of a sample."""
    said = constants[1] if len(constants) > 1 else node.attributes.get("shape")
    target = [int(n) for n in np.ravel(np.asarray(said))]
    return _reshaped(reading, node, x, target)


def _reshaped(reading: Reading, node: Node, x: Value, target: list[int]) -> Value:
    shape = reading.shape(x)
    total = math.prod(shape)
    batch, *axes = target or [1]
    if not node.attributes.get("allowzero"):
        axes = [shape[i] if n == 0 and i < len(shape) else n for i, n in enumerate(axes)]
    if axes.count(-1) == 1 and batch != -1:
        known = -math.prod(axes)
        axes = [total // known if n == -1 and known > 0 else n for n in axes]
    if (
        batch not in (0, -1, reading.graph.batch or 0)
        or math.prod(axes) != total
        or min(axes, default=0) < 1
    ):
        raise refuse(node, f"samples of {shape} don't become {target}")
    if len(axes) == 1:
        return _row(reading, node, x)
    if tuple(axes) == shape:
        return x
    if (
        len(axes) == len(shape)
        and shape.count(1) == 1
        and _without_one(shape) == _without_one(axes)
    ):
        order = list(x.axes)  # the axis of length 1 goes elsewhere, which moves no number
        order.insert(axes.index(1), order.pop(shape.index(1)))
        return x._replace(axes=tuple(order))
    if x.axes != tuple(range(len(x.axes))) or x.flattened:
        x = _row(reading, node, x)
    if x.flattened:
        raise refuse(node, f"an image with the channels first can't become {axes}")
    if len(axes) == 3 and axes[0] == 1:  # an image of one channel, wherever it stands
        y = reading.follow(x, "Reshape", {"target_shape": (*axes[1:], 1)})
        return y._replace(axes=CHANNELS_FIRST)
    y = reading.follow(x, "Reshape", {"target_shape": tuple(axes)})
    return y._replace(axes=tuple(range(len(axes))))


def _without_one(shape: Any) -> list[int]:
    return [n for n in shape if n != 1]


def gather(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Read the numbers of a flattened image put back in numcnn's order, as numcnn writes it."""
    indices = array_at(node, constants, 1, "indices")
    D = reading.channels(x)
    if x.flattened is None or len(x.axes) != 1 or node.attributes.get("axis", 0) != 1:
        raise refuse(node, "results can't be picked from")
    if not np.array_equal(in_order(x, np.arange(D)), indices):
        raise refuse(node, "the order that it puts the numbers in is not numcnn's")
    return x._replace(flattened=None)


def squeeze(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Axes of length 1 taken away."""
    shape = [1, *reading.shape(x)]
    said = constants[1] if len(constants) > 1 else node.attributes.get("axes")
    axes = {int(axis) % len(shape) for axis in np.ravel([] if said is None else said)}
    if not axes or 0 in axes or any(shape[axis] != 1 for axis in axes):
        raise refuse(node, f"the axes {sorted(axes)} of {shape} are not of length 1")
    left = [n for axis, n in enumerate(shape) if axis not in axes]
    return _reshaped(reading, node, x, [0, *left[1:]])


def unsqueeze(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Axes of length 1 added."""
    said = constants[1] if len(constants) > 1 else node.attributes.get("axes")
    shape = list(reading.shape(x))
    rank = len(shape) + 1 + np.size(np.asarray(said))
    axes = sorted(int(axis) % rank for axis in np.ravel(np.asarray(said)))
    if 0 in axes:
        raise refuse(node, "a new axis before the batch makes one sample of all")
    for axis in axes:
        shape.insert(axis - 1, 1)
    return _reshaped(reading, node, x, [0, *shape])


READERS: dict[str, Callable[..., Value]] = {
    **WINDOWS,
    "Add": shifted(1.0),
    "BatchNormalization": batch_normalization,
    "BoundedRelu": bounded_relu,
    "Cast": cast,
    "Clip": clip,
    "Div": scaled,
    "Dropout": dropout,
    "Elu": activation("elu", alpha=1.0),
    "Flatten": flatten,
    "Gather": gather,
    "Gelu": gelu,
    "Gemm": gemm,
    "Identity": unchanged,
    "LeakyRelu": activation("leaky_relu", alpha=0.01),
    "MatMul": matmul,
    "Mul": scaled,
    "PRelu": prelu,
    "Relu": activation("relu", positive=True),
    "Reshape": reshape,
    "Selu": activation("selu", alpha=1.6732632, gamma=1.0507010),
    "Sigmoid": activation("sigmoid", positive=True),
    "Softmax": softmax,
    "Softplus": activation("softplus", positive=True),
    "Squeeze": squeeze,
    "Sub": shifted(-1.0),
    "Tanh": activation("tanh"),
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
