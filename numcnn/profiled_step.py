"""A training step with a clock beside each layer: what `numcnn.profile` measures."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from numcnn import engine
from numcnn.flops import flop
from numcnn.graph_frame import names_of, numbered, numbers_to_train
from numcnn.layers import Layer
from numcnn.layers.base import ActivatedLayer
from numcnn.layers.depthwise import DepthwiseLayer
from numcnn.layers.kernel import KernelLayer
from numcnn.nodes import Node
from numcnn.several import count, listed

CONVERSIONS = "into and out of the layout"
FORWARD, BACKWARD = 0, 1
DOORS = -1
"""In the place of a layer's number: the conversion to and from the engine's layout."""


class Row(NamedTuple):
    """One layer, or several that the engine computes in one loop.

    name : of the layer, or names with + between them
    forward, backward : seconds, medians
    flop : multiplications and additions, forward and backward; None where they are not known
    moved : minimum of bytes to read and write, forward and backward
    in_loops : seconds of both that the engine's compiled loops take; None if it has none
    """

    name: str
    forward: float
    backward: float
    flop: float | None
    moved: float
    in_loops: float | None = None

    @property
    def seconds(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward


class TimedStep:
    """A training step on copies of a model's layers, with a clock beside each of them."""

    def __init__(self, model: Any, x: Any) -> None:
        self.x = listed(x)
        self.nodes, self.ends = numbered(copy.deepcopy(model), len(self.x))
        self.trained = numbers_to_train(self.nodes, set())
        self.to_logits = set(self.ends) if getattr(model, "trains_on_logits", False) else set()
        rng = np.random.default_rng(0)
        shapes: Any = {node.number: node.output_shape for node in self.nodes}
        self.dys = {
            end: rng.standard_normal((count(x), *shapes[end][1:])).astype(model.dtype) / count(x)
            for end in self.trained.intersection(self.ends)
        }
        self.deferred = [False] * len(self.nodes)
        self.watch: Any = getattr(engine.active_engine(), "stopwatch", None)
        self.clear()

    def clear(self) -> None:
        """Forget the times."""
        self.steps: list[np.ndarray] = []

    def run(self) -> None:
        """Go forward and backward once."""
        # by layer, with the doors as the last; by direction; seconds, and those in loops
        self.steps.append(np.zeros((len(self.nodes) + 1, 2, 2)))
        results: dict[int, Any] = dict(enumerate(self.x))
        for index, node in enumerate(self.nodes):
            layer = node.begin()
            if isinstance(layer, KernelLayer | DepthwiseLayer):
                self._settle(node.reads[0], results)
            read = [self._for(layer, results[number], FORWARD) for number in node.reads]
            x = read if layer.reads_several else read[0]
            operation = self._operation(node, "linear", "forward")
            y = results[node.number] = self._timed(index, FORWARD, operation, x, True)
            self.deferred[index] = getattr(y, "deferred", False)
        for end in self.ends:
            self._timed(DOORS, FORWARD, engine.leave, results[end])

        gradients: dict[int, Any] = dict(self.dys)
        for index, node in reversed(list(enumerate(self.nodes))):
            if node.number not in self.trained:
                continue
            layer = node.layer_at_work
            layer.input_gradient = any(number in self.trained for number in node.reads)
            dy = self._for(layer, gradients.pop(node.number), BACKWARD)
            operation = self._operation(node, "linear_backward", "backward")
            dx = self._timed(index, BACKWARD, operation, dy)
            dxs = dx if layer.reads_several else [dx]
            for number, gradient in zip(node.reads, dxs, strict=True):
                if number not in self.trained:
                    continue
                if number in gradients:
                    both = [gradients[number], gradient]
                    gradient = self._timed(index, BACKWARD, engine.active_engine().add, both)
                gradients[number] = gradient

    def _settle(self, number: int, results: dict[int, Any]) -> None:
        """Compute what a convolution or a dense layer reads, as a part of what made it.

        Only activations, normalization and pooling are computed together with what they read.
        """
        for index, node in enumerate(self.nodes):
            if node.number == number and self.deferred[index]:
                self._timed(index, FORWARD, lambda: results[number].numbers)
                self.deferred[index] = False

    def _timed(
        self, index: int, direction: int, operation: Callable[..., Any], *arguments: Any
    ) -> Any:
        """Return what an operation returns; add how long it took, and loops within it."""
        loops, start = self._seconds_in_loops(), time.perf_counter()
        result = operation(*arguments)
        seconds = time.perf_counter() - start
        self.steps[-1][index, direction] += seconds, self._seconds_in_loops() - loops
        return result

    def _seconds_in_loops(self) -> float:
        return self.watch.seconds if self.watch else 0.0

    def _operation(self, node: Node, to_logits: str, whole: str) -> Callable[..., Any]:
        """Return a layer's method; that of an output stops at the logits if training does."""
        layer = node.layer_at_work
        stops = node.number in self.to_logits and isinstance(layer, ActivatedLayer)
        return getattr(layer, to_logits if stops else whole)

    def _for(self, layer: Layer, x: Any, direction: int) -> Any:
        """Return x in the layout that the layer gets in a network (`Component.run_forward`)."""
        door = engine.enter if layer.takes_engine_layout else engine.leave
        return self._timed(DOORS, direction, door, x)

    def rows(self) -> list[Row]:
        """Return the table: layers up to one that does not leave its work to the next are a row."""
        rows = [self._row(CONVERSIONS, [DOORS], None, 0)]
        start, names = 0, names_of(self.nodes)
        for index, node in enumerate(self.nodes):
            behind = self.nodes[index + 1 : index + 2]
            if self.deferred[index] and any(node.number in after.reads for after in behind):
                continue
            group = range(start, index + 1)
            name = " + ".join(names[start : index + 1])
            flops = [flop for flop in map(self._flop, group) if flop is not None]
            known = float(sum(flops)) if flops else None
            rows.append(self._row(name, list(group), known, float(self._moved(group))))
            start = index + 1
        return rows

    def _row(self, name: str, members: list[int], flop: float | None, moved: float) -> Row:
        """Return a row of what takes so long together: medians over all steps."""
        together = np.stack(self.steps)[:, members].sum(1)
        (forward, loops), (backward, loops_back) = np.median(together, 0).tolist()
        return Row(name, forward, backward, flop, moved, loops + loops_back if self.watch else None)

    def _flop(self, index: int) -> float | None:
        """Return what a layer multiplies and adds: once forward, once for each gradient."""
        node = self.nodes[index]
        counted = flop(node.layer, node.shapes[0], node.output_shape)
        reads = any(number in self.trained for number in node.reads)
        passes = 1 + (node.number in self.trained) + reads
        return counted and counted * count(self.x) * passes

    def _moved(self, group: range) -> int:
        """Return the minimum of bytes that a row reads and writes."""
        first, last = self.nodes[group[0]], self.nodes[group[-1]]
        shapes: Any = first.shapes, last.output_shape
        xs = [count(self.x) * math.prod(shape[1:]) for shape in shapes[0]]
        x, y = sum(xs), count(self.x) * math.prod(shapes[1][1:])
        dx = sum(
            size for number, size in zip(first.reads, xs, strict=True) if number in self.trained
        )
        weights = sum(self.nodes[member].layer.count_params() for member in group)
        numbers = x + weights + y
        if last.number in self.trained:
            numbers += y + x + 2 * weights + dx
        return numbers * self.x[0].dtype.itemsize
