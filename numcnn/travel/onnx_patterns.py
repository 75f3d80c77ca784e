"""Activations and norms that a file writes as several operators, found again.

A node that ends such a pattern is replaced by one with the name of the activation; what led to it
is then read by nobody, and goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.travel.onnx_file import Node, OnnxGraph


class Patterns:
    """The nodes of a graph by the names of their outputs, and its constants."""

    def __init__(self, graph: OnnxGraph) -> None:
        self.by_output = {node.output: node for node in graph.nodes}
        self.constants = dict(graph.constants)
        self.readers: dict[str, set[str]] = {name: {"output"} for name in graph.outputs}
        for node in graph.nodes:
            for name in node.inputs:
                self.readers.setdefault(name, set()).add(node.operator)
            if node.operator == "Constant" and "value" in node.attributes:
                self.constants[node.output] = node.attributes["value"]

    def number(self, name: str) -> float | None:
        """Return a constant that is one number."""
        array = self.constants.get(name)
        return float(array.ravel()[0]) if array is not None and array.size == 1 else None

    def made_by(self, name: str, operator: str) -> Node | None:
        """Return the node that makes a value, if it is of this operator with two or more inputs."""
        node = self.by_output.get(name)
        return node if node and node.operator == operator and len(node.inputs) > 1 else None

    def axes(self, node: Node) -> list[int] | None:
        """Return the axes of a ReduceMean, an input since opset 18."""
        if node.operator != "ReduceMean":
            return None
        said = node.attributes.get("axes")
        if len(node.inputs) > 1:
            said = self.constants.get(node.inputs[1])
        return None if said is None else [int(axis) for axis in np.ravel(said)]

    def factors(self, name: str, depth: int = 3) -> list[str]:
        """Return the factors of a product of products."""
        node = self.made_by(name, "Mul")
        if node is None or depth == 0:
            return [name]
        return [factor for input_ in node.inputs for factor in self.factors(input_, depth - 1)]


def gelu(found: Patterns, node: Node) -> Node | None:
    """``x · ½ · (1 + erf(x/√2))``, its factors in any order."""
    if node.operator != "Mul":
        return None
    factors = found.factors(node.output)
    halves = [name for name in factors if _is(found.number(name), 0.5)]
    if len(factors) != 3 or len(halves) != 1:
        return None
    factors.remove(halves[0])
    for x, share in (factors, factors[::-1]):
        erf = _plus_one(found, share)
        inner = found.by_output.get(erf.inputs[0]) if erf and erf.operator == "Erf" else None
        if inner is None or x not in inner.inputs or len(inner.inputs) != 2:
            continue
        factor = found.number(inner.inputs[1 - inner.inputs.index(x)])
        expected = {"Mul": math.sqrt(0.5), "Div": math.sqrt(2)}.get(inner.operator)
        if expected and _is(factor, expected):
            return node._replace(operator="Gelu", inputs=(x,), attributes={})
    return None


def _plus_one(found: Patterns, name: str) -> Node | None:
    """Return the node whose output plus 1 is this value."""
    node = found.made_by(name, "Add")
    if node is None:
        return None
    for number, other in (node.inputs, node.inputs[::-1]):
        if _is(found.number(number), 1.0):
            return found.by_output.get(other)
    return None


def sloped_relu(found: Patterns, node: Node) -> Node | None:
    """``x if x > threshold else slope · (x − threshold)``, as numcnn writes it."""
    if node.operator != "Where" or len(node.inputs) != 3:
        return None
    above = found.made_by(node.inputs[0], "Greater")
    below = found.made_by(node.inputs[2], "Mul")
    less = found.made_by(below.inputs[0], "Sub") if below else None
    x = node.inputs[1]
    if not above or not below or not less or above.inputs[0] != x or less.inputs[0] != x:
        return None
    thresholds = {found.number(above.inputs[1]), found.number(less.inputs[1])}
    slope = found.number(below.inputs[1])
    if len(thresholds) != 1 or None in thresholds or slope is None:
        return None
    config = {"negative_slope": slope, "threshold": thresholds.pop()}
    return node._replace(operator="BoundedRelu", inputs=(x,), attributes=config)


def softplus(found: Patterns, node: Node) -> Node | None:
    """``x if x > 20 else softplus(x)``, as PyTorch writes it: the same, in float32, beyond 18."""
    if node.operator != "Where" or len(node.inputs) != 3:
        return None
    above, inner = found.made_by(node.inputs[0], "Greater"), found.by_output.get(node.inputs[2])
    if not above or not inner or inner.operator != "Softplus" or inner.inputs != node.inputs[1:2]:
        return None
    edge = found.number(above.inputs[1])
    if above.inputs[0] != node.inputs[1] or edge is None or edge < 18:
        return None
    return node._replace(operator="Softplus", inputs=inner.inputs)


def ceiling(found: Patterns, node: Node) -> Node | None:
    """The minimum of a sloped ReLU and a number."""
    if node.operator != "Min" or len(node.inputs) != 2:
        return None
    below, number = found.by_output.get(node.inputs[0]), found.number(node.inputs[1])
    if below is None or number is None:
        return None
    if below.operator == "LeakyRelu":
        config = {"negative_slope": below.attributes.get("alpha", 0.01)}
    elif below.operator == "Relu":
        config = {}
    elif below.operator == "BoundedRelu":
        config = below.attributes
    else:
        return None
    config = {**config, "max_value": number}
    return node._replace(operator="BoundedRelu", inputs=below.inputs, attributes=config)


def layer_normalization(found: Patterns, node: Node) -> Node | None:
    """``(x − mean) / √(mean of its squares + ε)``, as numcnn and older exporters write it."""
    if node.operator != "Div" or len(node.inputs) != 2:
        return None
    centered, root = (found.by_output.get(name) for name in node.inputs)
    if centered is None or root is None or (centered.operator, root.operator) != ("Sub", "Sqrt"):
        return None
    x, mean = centered.inputs[0], found.by_output.get(centered.inputs[1])
    positive = found.made_by(root.inputs[0], "Add")
    if mean is None or positive is None or mean.inputs[:1] != (x,):
        return None
    variance, epsilon = found.by_output.get(positive.inputs[0]), found.number(positive.inputs[1])
    squares = found.by_output.get(variance.inputs[0]) if variance else None
    if variance is None or squares is None or epsilon is None:
        return None
    again = squares.inputs == (centered.output,) * 2 and squares.operator == "Mul"
    power = squares.operator == "Pow" and _is(found.number(squares.inputs[1]), 2.0)
    axes = [found.axes(one) for one in (mean, variance)]
    if not (again or (power and squares.inputs[0] == centered.output)) or axes[0] != axes[1]:
        return None
    if not axes[0] or any(one.attributes.get("keepdims", 1) != 1 for one in (mean, variance)):
        return None
    said = {"axes": axes[0], "epsilon": epsilon}
    return node._replace(operator="MeanAndDeviation", inputs=(x,), attributes=said)


def group_normalization(found: Patterns, node: Node) -> Node | None:
    """InstanceNormalization of ``(N, G, …)``, between two Reshapes, as PyTorch writes groups.

    The group norm has the shape of the image, and the Reshape behind it then changes nothing.
    """
    if node.operator != "InstanceNormalization" or len(node.inputs) != 3:
        return None
    apart = found.made_by(node.inputs[0], "Reshape")
    shape = found.constants.get(apart.inputs[1]) if apart else None
    scale, bias = (found.constants.get(name) for name in node.inputs[1:])
    if apart is None or shape is None or shape.shape != (3,) or scale is None or bias is None:
        return None
    if not (np.all(scale == 1) and np.all(bias == 0) and scale.size == shape[1]):
        return None
    if found.readers.get(node.output) != {"Reshape"}:
        return None
    said = {"num_groups": int(shape[1]), "epsilon": node.attributes.get("epsilon", 1e-5)}
    inputs = (apart.inputs[0],)
    return node._replace(operator="GroupNormalization", inputs=inputs, attributes=said)


PATTERNS: tuple[Callable[[Patterns, Node], Node | None], ...] = (
    *(gelu, sloped_relu, softplus, ceiling, layer_normalization, group_normalization),
)


def simplified(graph: OnnxGraph) -> list[Node]:
    """Return the nodes that the outputs depend on, with each pattern in one node."""
    found = Patterns(graph)
    for node in graph.nodes:
        new = next((made for make in PATTERNS if (made := make(found, node))), None)
        if new:
            found.by_output[node.output] = new
    nodes = [found.by_output[node.output] for node in graph.nodes]
    read = set(graph.outputs)
    kept = []
    for node in reversed(nodes):
        if node.output in read:
            read |= set(node.inputs)
            kept.append(node)
    return kept[::-1]


def _is(number: Any, expected: float) -> bool:
    return number is not None and bool(np.isclose(number, expected, rtol=1e-5, atol=0))
