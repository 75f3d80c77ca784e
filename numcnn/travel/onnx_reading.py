"""What has been read of an ONNX file so far: its constants, and the parts that its nodes became."""

from __future__ import annotations

import math
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

    `axes` says for each axis of the value, without the batch, which axis of numcnn's it is.  `rows`
    are the shapes of the images whose numbers stand in a row behind one another, each with the
    channels first; none if the numbers stand as in numcnn.  `positive` says that no number is
    below 0.
    """

    part: int
    axes: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...] = ()
    positive: bool = False


class Reading:
    """What has been read of a file so far."""

    def __init__(self, graph: OnnxGraph) -> None:
        self.graph, self.parts = graph, Parts()
        self.values: dict[str, Value] = {}
        self.constants = dict(graph.constants)
        self.fold = Folding(budget=8 * graph.size + 1_000_000)
        self.nodes = simplified(graph)
        self.source: tuple[str, ...] = ()
        self.has_channels_last = False  # whether the file has its images so
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
        part = self.parts.add(class_name, config, (x.part,), weights, name, self.source)
        return x._replace(part=part)

    def unfinished(self, x: Value, *classes: str) -> Part | None:
        """Return the layer that makes x, if nobody else reads it and it has no activation yet."""
        part = self.parts.all[x.part]
        fits = part.class_name in classes and x.part not in self.shared
        return part if fits and "activation" not in part.config else None

    # How values lie ------------------------------------------------------------------------------

    def laid(self, x: Value, axes: tuple[int, ...]) -> Value:
        """Return a value that lies in other axes of numcnn, behind a Permute if it must be."""
        if x.axes == axes:
            return x
        dims = tuple(x.axes[axes.index(axis)] + 1 for axis in range(len(axes)))
        return self.follow(x, "Permute", {"dims": dims})._replace(axes=axes)

    def as_in_file(self, x: Value) -> Value:
        """Return a value whose axes, or numbers in a row, stand in the file's order in numcnn too.

        Raises
        ------
        ModelFileError
            If it is a row of several images.
        """
        if not x.rows:
            return self.laid(x, tuple(range(len(x.axes))))
        if len(x.rows) > 1:
            raise ModelFileError("the numbers of several images in a row can't be put in order.")
        C, H, W = x.rows[0]
        part = self.parts.all[x.part]
        if part.class_name == "Flatten" and self.parts.all[part.inputs[0]].shape == (H, W, C):
            image = Value(part.inputs[0], CHANNELS_FIRST)
        else:
            image = self.follow(x, "Reshape", {"target_shape": (H, W, C)})
        first = self.follow(image, "Permute", {"dims": (3, 1, 2)})
        return self.follow(first, "Flatten", {})._replace(axes=(0,), rows=())

    def alike(self, node: Node, values: list[Value]) -> list[Value]:
        """Return values that lie alike, so that they meet in numcnn as in the file."""
        if len({len(x.axes) for x in values}) > 1:
            shapes = [(None, *self.shape(x)) for x in values]
            raise refuse(node, f"it reads results of different numbers of axes, {shapes}")
        if len({x.rows for x in values}) > 1:
            values = [self.as_in_file(x) for x in values]
        return [self.laid(x, values[0].axes) for x in values]

    # Constants -----------------------------------------------------------------------------------

    def per_channel(self, x: Value, array: np.ndarray) -> np.ndarray | None:
        """Return an array that meets the channels of x, as one number for each, or one for all.

        None if it meets other axes.
        """
        shape = self.shape(x)
        if array.size == 1:
            return array.reshape(())
        lengths = (
            array.shape if array.ndim <= len(shape) else array.shape[array.ndim - len(shape) :]
        )
        last = len(x.axes) - 1
        wanted = tuple(n if axis == last else 1 for n, axis in zip(shape, x.axes, strict=True))
        if array.size != self.channels(x) or lengths != wanted[len(wanted) - len(lengths) :]:
            return None
        return in_order(x, array.ravel())

    def in_axes(self, node: Node, x: Value, array: np.ndarray) -> np.ndarray:
        """Return an array that meets samples of x in the file, laid out so that it does in numcnn.

        Its axes are those of numcnn's samples, some of length 1.
        """
        shape = self.shape(x)
        lengths = (1,) * (len(shape) - array.ndim) + array.shape
        before, lengths = lengths[: len(lengths) - len(shape)], lengths[-len(shape) :]
        fits = all(n in (1, whole) for n, whole in zip(lengths, shape, strict=True))
        if math.prod(before) != 1 or not fits:
            raise refuse(node, f"an array of shape {array.shape} does not meet samples of {shape}")
        array = array.reshape(lengths)
        if x.rows:
            return in_order(x, np.broadcast_to(array, shape))
        return array.transpose(np.argsort(x.axes))

    def name_of(self, node: Node, index: int) -> str:
        """Return the name for a layer from that of its weights, ``conv1.weight`` or the node's."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        for ending in (".weight", "/kernel", "/gamma", "/depthwise_kernel", "/alpha"):
            if name.endswith(ending):
                return name.removesuffix(ending)
        return ""


def in_order(x: Value, array: np.ndarray) -> np.ndarray:
    """Return an array's first axis, in the order of the file's values, in numcnn's order."""
    if not x.rows:
        return array
    pieces, first, rest = [], 0, array.shape[1:]
    for image in x.rows:
        size = math.prod(image)
        piece = array[first : first + size].reshape(*image, *rest)
        if len(image) == 3:
            piece = piece.transpose(1, 2, 0, *range(3, piece.ndim))
        pieces.append(piece.reshape(size, *rest))
        first += size
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def refuse(node: Node, reason: str) -> ModelFileError:
    """Return the error for a node that can't be read."""
    return ModelFileError(f'node "{node.name}" ({node.operator}): {reason}.')


def array_at(node: Node, constants: list[np.ndarray | None], index: int, what: str) -> np.ndarray:
    """Return an input that must be a constant."""
    array = constants[index] if index < len(constants) else None
    if array is None:
        raise refuse(node, f"its {what} must be a constant")
    return array
