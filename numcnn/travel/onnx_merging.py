"""Layers that read several results, in the operators of ONNX.

Images lie with the channels first, and a row of an image's numbers in another order than in numcnn:
where two such rows meet, both are put in numcnn's order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.layers import operations
from numcnn.travel.onnx_graph import Graph, Value

AXES_OF_IMAGES = {1: 2, 2: 3, 3: 1}
"""Where numcnn's rows, columns and channels are in ONNX."""


def alike(graph: Graph, name: str, xs: tuple[Value, ...]) -> list[Value]:
    """Return values whose numbers lie alike, so that they meet as in numcnn.

    Raises
    ------
    ValueError
        If they have different numbers of axes, and are not an image and a row.
    """
    if len({(len(x.shape), x.flattened) for x in xs}) == 1:
        return list(xs)
    rows = [
        Value(graph.channels_last(x, f"{name}/{k}"), x.shape) if len(x.shape) == 1 else x
        for k, x in enumerate(xs)
    ]
    ranks = {len(x.shape) for x in rows}
    if len(ranks) == 1:
        return rows
    if ranks != {1, 3}:
        raise ValueError(f'ONNX has no form of the layer "{name}", whose inputs differ in axes.')
    found = []
    for k, x in enumerate(rows):
        if len(x.shape) == 1:  # (N, C) -> (N, C, 1, 1)
            shape = graph.constant(f"{name}/{k}/shape", [0, x.shape[0], 1, 1], np.int64)
            row = graph.node("Reshape", f"{name}/{k}", [x.name, shape], allowzero=0)
            x = Value(row, (1, 1, x.shape[0]))
        found.append(x)
    return found


def merged(operator: str) -> Callable[..., Value]:
    """Return what writes a layer that combines numbers at the same places."""

    def write(graph: Graph, layer: Any, name: str, *xs: Value) -> Value:
        values = alike(graph, name, xs)
        rank, given = len(values[0].shape), iter([value.name for value in values])
        names = [
            next(given) if one is None else _constant(graph, f"{name}/number{k}", one, rank)
            for k, one in enumerate(getattr(layer, "operands", [None] * len(values)))
        ]
        y = names[0]
        for k, other in enumerate(names[1:]):
            y = graph.node(operator, f"{name}/{k}", [y, other])
        if isinstance(layer, layers.Average):
            y = graph.node("Div", name, [y, graph.constant(f"{name}/count", float(len(xs)))])
        return Value(y, tuple(layer.output_shape[1:]), values[0].flattened)

    return write


def _constant(graph: Graph, name: str, one: Any, rank: int) -> str:
    """Write a number, or an array that meets the last axes of samples."""
    array = np.asarray(one, np.float64)
    if array.ndim and rank == 3:
        array = array.reshape((1,) * (3 - array.ndim) + array.shape[-3:]).transpose(2, 0, 1)
    return graph.constant(name, array)


def concatenated(graph: Graph, layer: Any, name: str, *xs: Value) -> Value:
    """Concat."""
    rank = len(xs[0].shape)
    axis = layer.axis % (rank + 1)
    if rank == 1:
        xs = tuple(Value(graph.channels_last(x, f"{name}/{k}"), x.shape) for k, x in enumerate(xs))
    axis = AXES_OF_IMAGES[axis] if rank == 3 else axis
    y = graph.node("Concat", name, [x.name for x in xs], axis=axis)
    return Value(y, tuple(layer.output_shape[1:]))


MERGING: dict[type[layers.Layer], Callable[..., Value]] = {
    layers.Add: merged("Add"),
    layers.Average: merged("Add"),
    layers.Concatenate: concatenated,
    layers.Maximum: merged("Max"),
    layers.Minimum: merged("Min"),
    layers.Multiply: merged("Mul"),
    layers.Subtract: merged("Sub"),
    operations.Add: merged("Add"),
    operations.Multiply: merged("Mul"),
    operations.Subtract: merged("Sub"),
    operations.TrueDivide: merged("Div"),
}
