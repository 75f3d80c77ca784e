"""Other shapes and orders of axes in ONNX: few of them are layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.travel.onnx_file import DTYPES, Node
from numcnn.travel.onnx_reading import CHANNELS_FIRST, Reading, Value, array_at, in_order, refuse
from numcnn.travel.onnx_windows import Constants


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
    return _row(reading, x)


def _row(reading: Reading, x: Value) -> Value:
    """Put a sample's numbers in a row, and remember the order that the file has them in."""
    if len(x.axes) == 1:
        return x
    long = [axis for axis in x.axes if reading.parts.all[x.part].shape[axis] > 1]
    in_same_order = long == sorted(long)
    if not in_same_order and len(x.axes) == 3:
        x = reading.laid(x, CHANNELS_FIRST)
    elif not in_same_order:
        x, in_same_order = reading.as_in_file(x), True
    y = reading.follow(x, "Flatten", {})._replace(axes=(0,))
    return y if in_same_order else y._replace(rows=(reading.shape(x),))


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
        return _row(reading, x)
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
    if x.rows == (tuple(axes),):  # the row of an image becomes the image again
        y = reading.follow(x, "Reshape", {"target_shape": (*axes[1:], axes[0])})
        return y._replace(axes=CHANNELS_FIRST, rows=())
    x = reading.as_in_file(x)
    if len(axes) == 3 and (axes[0] == 1 or math.prod(axes[1:]) == 1):
        y = reading.follow(x, "Reshape", {"target_shape": (*axes[1:], axes[0])})
        return y._replace(axes=CHANNELS_FIRST)  # the order is the same, wherever the 1 stands
    y = reading.follow(x, "Reshape", {"target_shape": tuple(axes)})
    return y._replace(axes=tuple(range(len(axes))))


def _without_one(shape: Any) -> list[int]:
    return [n for n in shape if n != 1]


def gather(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Read the numbers of a flattened image put back in numcnn's order, as numcnn writes it."""
    indices = array_at(node, constants, 1, "indices")
    D = reading.channels(x)
    if not x.rows or len(x.axes) != 1 or node.attributes.get("axis", 0) != 1:
        raise refuse(node, "results can't be picked from")
    if indices.shape != (D,) or not np.array_equal(in_order(x, np.arange(D)), indices):
        raise refuse(node, "the order that it puts the numbers in is not numcnn's")
    return x._replace(rows=())


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


def tile(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Repeat an axis of length 1, with which Keras writes its nearest UpSampling2D."""
    repeats = [int(n) for n in np.ravel(array_at(node, constants, 1, "repeats"))]
    x = reading.as_in_file(x)
    shape = list(reading.shape(x))
    if len(repeats) != len(shape) + 1 or min(repeats) < 1 or repeats[0] != 1:
        raise refuse(node, f"samples of {shape} can't be repeated {repeats} times")
    for axis, times in enumerate(repeats[1:]):
        if times == 1:
            continue
        if shape[axis] != 1:
            raise refuse(node, "only an axis of length 1 is repeated")
        rows = (math.prod(shape[:axis]), 1, math.prod(shape[axis:]))
        x = reading.follow(x, "Reshape", {"target_shape": rows})
        x = reading.follow(x, "UpSampling2D", {"size": (times, 1), "interpolation": "nearest"})
        shape[axis] = times
        x = reading.follow(x, "Reshape", {"target_shape": tuple(shape)})
    return x


SHAPES: dict[str, Callable[..., Value]] = {
    "Cast": cast,
    "Flatten": flatten,
    "Gather": gather,
    "Identity": unchanged,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
