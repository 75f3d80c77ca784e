"""The activations in the operators of ONNX."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numcnn import activations
from numcnn.travel.onnx_graph import Graph

Write = Callable[[Graph, Any, str, str], str]


def operator(name: str, *options: str) -> Write:
    """Return what writes an operator that ONNX has; `options` are those of the activation."""

    def write(graph: Graph, activation: Any, name_: str, z: str) -> str:
        return graph.node(name, name_, [z], **{_ONNX[o]: getattr(activation, o) for o in options})

    return write


_ONNX = {"alpha": "alpha", "negative_slope": "alpha", "scale": "gamma"}


def bounded_relu(graph: Graph, activation: Any, name: str, z: str) -> str:
    """``min(z if z > threshold else slope · (z − threshold), ceiling)``."""
    ceiling, slope, threshold = (
        *(activation.max_value, activation.negative_slope),
        activation.threshold,
    )
    highest = "" if ceiling is None else graph.constant(f"{name}/ceiling", ceiling)
    if not slope and not threshold:
        return graph.node("Clip", name, [z, graph.constant(f"{name}/floor", 0.0), highest])
    if not threshold:
        y = graph.node("LeakyRelu", name, [z], alpha=slope)
    else:
        edge = graph.constant(f"{name}/threshold", threshold)
        above = graph.node("Greater", name, [z, edge])
        below = graph.node("Sub", name, [z, edge])
        below = graph.node("Mul", name, [below, graph.constant(f"{name}/slope", slope)])
        y = graph.node("Where", name, [above, z, below])
    return graph.node("Min", name, [y, highest]) if highest else y


def gelu(graph: Graph, activation: Any, name: str, z: str) -> str:
    """``z/2 · (1 + erf(z/√2))``."""
    scaled = graph.node(
        "Mul", f"{name}/1", [z, graph.constant(f"{name}/root_half", math.sqrt(0.5))]
    )
    erf = graph.node("Erf", name, [scaled])
    twice = graph.node("Add", name, [erf, graph.constant(f"{name}/one", 1.0)])
    share = graph.node("Mul", f"{name}/2", [twice, graph.constant(f"{name}/half", 0.5)])
    return graph.node("Mul", f"{name}/3", [z, share])


WRITERS: dict[type[activations.Activation], Write] = {
    activations.ReLU: operator("Relu"),
    activations.BoundedReLU: bounded_relu,
    activations.LeakyReLU: operator("LeakyRelu", "negative_slope"),
    activations.ELU: operator("Elu", "alpha"),
    activations.SELU: operator("Selu", "alpha", "scale"),
    activations.GELU: gelu,
    activations.Sigmoid: operator("Sigmoid"),
    activations.Tanh: operator("Tanh"),
    activations.Softplus: operator("Softplus"),
}


def write_activation(graph: Graph, activation: Any, name: str, z: str, image: bool) -> str:
    """Write an activation after z, and return the name of its output.

    Raises
    ------
    ValueError
        If it is one of the user's own.
    """
    if isinstance(activation, activations.Linear):
        return z
    if type(activation) is activations.Softmax:
        return graph.node("Softmax", name, [z], axis=1 if image else -1)
    if type(activation) not in WRITERS:
        raise ValueError(
            f'ONNX has no form of the activation "{activation.name}" of the layer "{name}".'
        )
    return WRITERS[type(activation)](graph, activation, name, z)
