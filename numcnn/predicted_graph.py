"""A graph of layers as a few compiled functions, for the `Predictor`.

A graph is cut where a result is read twice, and before a layer that reads several.  Each row of
layers that is left is compiled into one function, as a `Sequential` is; what joins the rows, such
as the sum of a residual block, is called from Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine import leave
from numcnn.layers.symbolic import unpacked
from numcnn.nodes import Node

Function = Callable[[Any], Any]


class Row(NamedTuple):
    """Calls of layers of which each reads only the one before, and nobody else does.

    Attributes
    ----------
    nodes : list of Node
    read_last : list of int
        Results that nobody reads after this row.
    """

    nodes: list[Node]
    read_last: list[int]


def rows_of(nodes: list[Node], ends: tuple[int, ...]) -> list[Row]:
    """Return the nodes of a graph as rows, in order of computation."""
    readers = Counter(number for node in nodes for number in node.reads)
    readers.update(ends)
    rows: dict[int, Row] = {}  # by the number of their last results
    for node in nodes:
        before = rows.get(node.reads[0])
        goes_on = (
            before is not None
            and readers[node.reads[0]] == 1
            and not node.layer.reads_several
            and not before.nodes[-1].layer.reads_several
        )
        row = rows.pop(node.reads[0]) if goes_on else Row([], [])
        row.nodes.append(node)
        row.read_last.extend(node.last_reader_of)
        rows[node.number] = row
    return sorted(rows.values(), key=lambda row: row.nodes[-1].number)


def compiled_graph(model: Any, predictor: Any) -> Function:
    """Return a graph with one input as a function of a plain batch of one.

    Parameters
    ----------
    model : Functional
        The function uses its layers and their weights.
    predictor : module
        The active engine's `numcnn.engine.fast.predictor`.
    """
    steps: list[tuple[Function, Any, int, list[int]]] = []
    for nodes, read_last in rows_of(model.nodes, model.ends):
        first = nodes[0]
        if first.layer.reads_several:
            function: Function = first.begin().forward
        else:
            row = [(node.begin(), node.output_shape) for node in nodes]
            function = compiled_row(row, (1, *(first.shapes[0] or ())[1:]), predictor)
        reads = first.reads if first.layer.reads_several else first.reads[0]
        steps.append((function, reads, nodes[-1].number, read_last))

    def answer(x: np.ndarray) -> Any:
        results = {0: x}
        for function, reads, number, read_last in steps:
            several = isinstance(reads, tuple)
            read: Any = [results[one] for one in reads] if several else results[reads]
            results[number] = leave(function(read))
            for one in read_last:
                results.pop(one, None)  # those inside a row are not here
        return unpacked([results[end] for end in model.ends])

    return answer


def compiled_row(row: list[tuple[Any, Any]], shape: Any, predictor: Any) -> Function:
    """Return a row of layers as one function of a plain batch of one.

    They run once on a batch that has no numbers yet, and what they did is compiled.

    Parameters
    ----------
    row : list of (Layer, tuple)
        With the shapes of their outputs.
    shape : tuple
        Of the input, ``(1, …)``.
    predictor : module
    """
    y = predictor.Traced(shape, row[0][0].dtype)
    for layer, output_shape in row:
        record = predictor.record if layer.takes_engine_layout else predictor.record_whole
        y = record(layer.forward, y, (len(y), *output_shape[1:]))
    return predictor.compile_trace(y)
