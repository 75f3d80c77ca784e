"""Sums, products and other meetings in ONNX: of a result and a constant, and of several results."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from numcnn.travel.onnx_file import Node
from numcnn.travel.onnx_reading import Reading, Value, in_order, refuse

Constants = list[np.ndarray | None]
WITH_BIAS = ("Conv2D", "Conv2DTranspose", "Dense", "DepthwiseConv2D")
"""Layers that take an activation, and a bias if they have none yet."""

# --- a result and a constant ---------------------------------------------------------------------


def shifted(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Add and Sub of a constant: a bias, an offset, or the beta of a normalisation."""
    array = _constant(constants)
    turned = node.operator == "Sub" and constants[0] is not None  # constant − x
    if node.operator == "Sub" and not turned:
        array = -array
    if not turned and _completed(reading, x, "center", array):
        return x
    row = reading.per_channel(x, array)
    if row is None:
        return _operated(reading, node, x, constants)
    offset = row.astype(np.float64)
    part = reading.unfinished(x, *WITH_BIAS)
    if part and not part.config["use_bias"] and not turned:
        part.config["use_bias"] = True
        part.weights.append(np.broadcast_to(offset, part.shape[-1:]).astype(np.float32))
        part.source += reading.source
        return x
    scaling = reading.unfinished(x, "Rescaling")
    if scaling and not turned and np.all(np.asarray(scaling.config["offset"]) == 0):
        scaling.config["offset"] = offset.tolist()
        return x._replace(positive=False)
    config = {"scale": -1.0 if turned else 1.0, "offset": offset.tolist()}
    return reading.follow(x, "Rescaling", config)._replace(positive=False)


def scaled(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Mul and Div by a constant: a scale, or the gamma of a normalisation."""
    array = _constant(constants)
    if node.operator == "Mul" and _completed(reading, x, "scale", array):
        return x
    row = reading.per_channel(x, array)
    if row is None or (node.operator == "Div" and constants[0] is not None):
        return _operated(reading, node, x, constants)
    scale = row.astype(np.float64)
    if node.operator == "Div":
        scale = 1 / scale
    config = {"scale": scale.tolist(), "offset": 0.0}
    return reading.follow(x, "Rescaling", config)._replace(positive=False)


def _constant(constants: Constants) -> np.ndarray:
    (array,) = (one for one in constants if one is not None)
    return array


def _completed(reading: Reading, x: Value, part: str, array: np.ndarray) -> bool:
    """Give a normalisation the gamma or beta that stands behind it; say whether that was so."""
    layer = reading.unfinished(x, "GroupNormalization", "LayerNormalization")
    if layer is None or layer.config["center"] or layer.config[part]:
        return False
    axes = layer.config.get("axis", [len(layer.shape)])
    shape = reading.shape(x)
    wanted = tuple(n if axis + 1 in axes else 1 for n, axis in zip(shape, x.axes, strict=True))
    lengths = (1,) * (len(shape) - array.ndim) + array.shape
    if lengths[-len(shape) :] != wanted or array.size != math.prod(wanted):
        return False
    lying = in_order(x, array.reshape(wanted)).transpose(np.argsort(x.axes))
    layer.config[part] = True
    layer.weights.append(lying.reshape([layer.shape[axis - 1] for axis in axes]))
    layer.source += reading.source
    return True


OPERATIONS = {"Add": "Add", "Sub": "Subtract", "Mul": "Multiply", "Div": "TrueDivide"}


def _operated(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Combine a result with an array that meets more than its channels, as ``a + b`` does."""
    operands = tuple(
        None if one is None else reading.in_axes(node, x, one.astype(np.float32))
        for one in constants
    )
    part = reading.parts.operate(OPERATIONS[node.operator], (x.part,), operands)
    return x._replace(part=part, positive=False)


def negated(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Neg."""
    config = {"scale": -1.0, "offset": 0.0}
    return reading.follow(x, "Rescaling", config)._replace(positive=False)


def lower_bound(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Max of a result and 0."""
    array = _constant(constants)
    if len(constants) != 2 or array.size != 1 or float(array.ravel()[0]) != 0:
        raise refuse(node, "of the maxima of a result and a constant, numcnn has that with 0")
    return reading.follow(x, "Activation", {"activation": "relu"})._replace(positive=True)


# --- several results -----------------------------------------------------------------------------


def merged(class_name: str, positive: bool = False) -> Callable[..., Value]:
    """Return what reads an operator that combines numbers at the same places."""

    def read(reading: Reading, node: Node, values: list[Value]) -> Value:
        xs = reading.alike(node, values)
        part = reading.parts.add(class_name, {}, tuple(x.part for x in xs))
        return xs[0]._replace(part=part, positive=positive and all(x.positive for x in xs))

    return read


def divided(reading: Reading, node: Node, values: list[Value]) -> Value:
    """Div of two results."""
    xs = reading.alike(node, values)
    part = reading.parts.operate("TrueDivide", tuple(x.part for x in xs), (None, None))
    return xs[0]._replace(part=part, positive=False)


def concatenated(reading: Reading, node: Node, values: list[Value]) -> Value:
    """Concat; rows of images stand behind one another."""
    rank = len(values[0].axes) + 1
    axis = node.attributes.get("axis", 1)
    if not -rank <= axis < rank or axis % rank == 0:
        raise refuse(node, f"its axis {axis} must be one of a sample's {rank - 1} axes")
    positive = all(x.positive for x in values)
    if rank == 2 and any(x.rows for x in values):
        pieces = tuple(piece for x in values for piece in x.rows or (reading.shape(x),))
        part = reading.parts.add("Concatenate", {"axis": -1}, tuple(x.part for x in values))
        return Value(part, (0,), pieces, positive)
    xs = reading.alike(node, values)
    ours = xs[0].axes[axis % rank - 1] + 1
    part = reading.parts.add("Concatenate", {"axis": ours}, tuple(x.part for x in xs))
    return xs[0]._replace(part=part, positive=positive)


MERGERS: dict[str, Callable[[Reading, Node, list[Value]], Value]] = {
    "Add": merged("Add", positive=True),
    "Concat": concatenated,
    "Div": divided,
    "Max": merged("Maximum", positive=True),
    "Mean": merged("Average", positive=True),
    "Min": merged("Minimum", positive=True),
    "Mul": merged("Multiply", positive=True),
    "Sub": merged("Subtract"),
    "Sum": merged("Add", positive=True),
}
