"""What has been read of an ONNX file so far: its constants, and the parts that its nodes became."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from numcnn.saving.errors import ModelFileError
from numcnn.travel.onnx_file import Node, OnnxGraph
from numcnn.travel.onnx_fold import Folding
from numcnn.travel.onnx_patterns import simplified
from numcnn.travel.parts import Part, Parts

CHANNELS_FIRST = (2, 0, 1)
"""For each axis of ONNX's image ``(C, H, W)``, its number in numcnn's ``(H, W, C)``."""


class Value(NamedTuple):
    """A value of the file: the part that makes it, and how it lies.

    `axes` says for each axis of the value, without the batch, which axis of numcnn's it is.
    `flattened` is the shape ``(C, H, W)`` of the image whose numbers a row holds in this order.
    `positive` says that no number is below 0.
    """

    part: int
    axes: tuple[int, ...]
    flattened: tuple[int, ...] | None = None
    positive: bool = False


class Reading:
    """What has been read of a file so far."""

    def __init__(self, graph: OnnxGraph) -> None:
        self.graph, self.parts = graph, Parts()
        self.values: dict[str, Value] = {}
        self.constants = dict(graph.constants)
        self.fold = Folding(budget=8 * graph.size + 1_000_000)
        self.nodes = simplified(graph)
        self.shared: set[int] = set()
        self.readers: dict[str, int] = {}
        for name in [*(name for node in self.nodes for name in node.inputs), *graph.outputs]:
            self.readers[name] = self.readers.get(name, 0) + 1

    def put(self, name: str, value: Value) -> None:
        """Give a value its name in the file."""
        if name in self.values or name in self.constants:
            raise ModelFileError(f"the value {name!r} is made twice.")
        self.values[name] = value
        if self.readers.get(name, 0) > 1:
            self.shared.add(value.part)

    def shape(self, value: Value) -> tuple[int, ...]:
        """Return a value's shape in the file, without the batch."""
        shape = self.parts.all[value.part].shape
        return tuple(shape[axis] for axis in value.axes)

    def channels(self, value: Value) -> int:
        """Return the length of numcnn's last axis."""
        return self.parts.all[value.part].shape[-1]

    def follow(
        self,
        x: Value,
        class_name: str,
        config: dict[str, Any],
        weights: list[np.ndarray] | None = None,
        name: str = "",
    ) -> Value:
        """Put a layer behind a value, and return its output, which lies as x does."""
        return x._replace(part=self.parts.add(class_name, config, x.part, weights, name))

    def unfinished(self, x: Value, *classes: str) -> Part | None:
        """Return the layer that makes x, if nobody else reads it and it has no activation yet."""
        part = self.parts.all[x.part]
        fits = part.class_name in classes and x.part not in self.shared
        return part if fits and "activation" not in part.config else None

    def per_channel(self, node: Node, x: Value, array: np.ndarray) -> np.ndarray:
        """Return an array that meets the channels of x, as one number for each, or one for all."""
        shape = self.shape(x)
        if array.size == 1:
            return array.reshape(())
        lengths = (
            array.shape if array.ndim <= len(shape) else array.shape[array.ndim - len(shape) :]
        )
        last = len(x.axes) - 1
        wanted = tuple(n if axis == last else 1 for n, axis in zip(shape, x.axes, strict=True))
        if array.size != self.channels(x) or lengths != wanted[len(wanted) - len(lengths) :]:
            raise refuse(node, f"an array of shape {array.shape} does not meet the channels alone")
        return in_order(x, array.ravel())

    def name_of(self, node: Node, index: int) -> str:
        """Return the name for a layer from that of its weights, ``conv1.weight`` or the node's."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        for ending in (".weight", "/kernel", "/gamma", "/depthwise_kernel"):
            if name.endswith(ending):
                return name.removesuffix(ending)
        return ""


def in_order(x: Value, row: np.ndarray) -> np.ndarray:
    """Return an array's first axis, in the order of the file's values, in numcnn's order."""
    if x.flattened is None:
        return row
    return (
        row.reshape(*x.flattened, *row.shape[1:])
        .transpose(1, 2, 0, *range(3, 2 + row.ndim))
        .reshape(row.shape)
    )


def refuse(node: Node, reason: str) -> ModelFileError:
    """Return the error for a node that can't be read."""
    return ModelFileError(f'node "{node.name}" ({node.operator}): {reason}.')


def array_at(node: Node, constants: list[np.ndarray | None], index: int, what: str) -> np.ndarray:
    """Return an input that must be a constant."""
    array = constants[index] if index < len(constants) else None
    if array is None:
        raise refuse(node, f"its {what} must be a constant")
    return array
