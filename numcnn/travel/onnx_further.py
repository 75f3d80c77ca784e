"""Sizes, crops, slopes and norms of samples in ONNX as layers of numcnn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.travel.onnx_file import Node
from numcnn.travel.onnx_reading import Reading, Value, array_at, in_order, refuse
from numcnn.travel.onnx_windows import Constants, image

LARGEST = 16_384
"""The largest side of an image that Resize is compared at."""


def prelu(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """PRelu as PReLU, whose slopes are shared over the axes that the file has one slope for."""
    slope = reading.in_axes(node, x, array_at(node, constants, 1, "slope"))
    shared = [axis for axis, n in enumerate(slope.shape, start=1) if n == 1]
    name = reading.name_of(node, 1)
    y = reading.follow(x, "PReLU", {"shared_axes": shared or None}, [slope], name)
    return y._replace(positive=False)


# --- sizes ---------------------------------------------------------------------------------------


def resize(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Resize as UpSampling2D or Resizing, if it reads the same pixels."""
    said = node.attributes
    x, (C, *old) = image(node, reading, x)
    if "axes" in said or said.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise refuse(node, "its scales or sizes must be four numbers, of all axes")
    place = min(len(constants) - 1, 2)  # before opset 11 the scales are the second input
    sizes = constants[3] if len(constants) > 3 else None
    if sizes is not None:
        whole = [int(n) for n in np.ravel(sizes)]
        factors = [new / n for new, n in zip(whole, (1, C, *old), strict=True)]
    else:
        factors = np.ravel(array_at(node, constants, place, "scales")).astype(float).tolist()
        whole = [int(n * f) for n, f in zip((1, C, *old), factors, strict=True)]
    *others, H, W = whole
    if len(whole) != 4 or others[1] != C or not 1 <= min(H, W) <= max(H, W) <= LARGEST:
        raise refuse(node, f"images {(C, *old)} become {whole}: it changes the pixels' rows only")
    mode = {"nearest": "nearest", "linear": "bilinear"}.get(said.get("mode", "nearest"))
    same = mode and all(
        _same(said, mode, *axis) for axis in zip(old, (H, W), factors[2:], strict=True)
    )
    if not same or said.get("antialias"):
        raise refuse(
            node,
            "numcnn has nearest and bilinear, with the centres of pixels at halves, and the file "
            f"says {said}",
        )
    config: dict[str, Any] = {"interpolation": mode}
    if H % old[0] == 0 and W % old[1] == 0:
        return reading.follow(x, "UpSampling2D", {**config, "size": (H // old[0], W // old[1])})
    return reading.follow(x, "Resizing", {**config, "height": H, "width": W})


def _same(said: dict[str, Any], mode: str, old: int, new: int, scale: float) -> bool:
    """Say whether the new pixels come from the places in the old ones that numcnn takes."""
    steps = np.arange(new)
    ours = (steps + 0.5) * old / new - 0.5
    halves = (steps + 0.5) / scale - 0.5
    how = said.get("coordinate_transformation_mode", "half_pixel")
    places = {
        "half_pixel": halves,
        "pytorch_half_pixel": halves if new > 1 else 0 * halves,
        "asymmetric": steps / scale,
        "align_corners": steps * (old - 1) / max(new - 1, 1),
    }.get(how)
    if places is None:
        return False
    if mode == "bilinear":
        ends = (0, old - 1)
        return bool(np.allclose(np.clip(places, *ends), np.clip(ours, *ends)))
    rounding: Any = {
        "round_prefer_floor": lambda place: np.ceil(place - 0.5),
        "round_prefer_ceil": lambda place: np.floor(place + 0.5),
        "floor": np.floor,
        "ceil": np.ceil,
    }.get(said.get("nearest_mode", "round_prefer_floor"))
    if rounding is None:
        return False
    nearest = np.minimum((ours + 0.5).astype(int), old - 1)
    theirs = np.clip(rounding(np.round(places, 6)), 0, old - 1)
    return bool(np.array_equal(theirs, nearest))


def cut(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Slice of an image's rows and columns as Cropping2D."""
    rank = len(x.axes) + 1
    said = node.attributes
    if len(constants) > 1:
        starts, ends = (np.ravel(array_at(node, constants, k, "place")).tolist() for k in (1, 2))
        axes = _numbers(constants, 3, list(range(len(starts))))
        steps = _numbers(constants, 4, [1] * len(starts))
    else:
        starts, ends, steps = said["starts"], said["ends"], [1] * len(said["starts"])
        axes = said.get("axes", list(range(len(starts))))
    sides = {0: (0, 0), 1: (0, 0), 2: (0, 0)}
    lengths = reading.shape(x)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if axis % rank == 0 and start == 0 and end >= 2**31 - 1:
            continue  # the whole batch
        if rank != 4 or axis % rank == 0 or step != 1:
            raise refuse(node, "only the rows and columns of an image are cut off")
        n = lengths[axis % rank - 1]
        first, last, _ = slice(start, end).indices(n)
        sides[x.axes[axis % rank - 1]] = (first, n - last)
    if sides[2] != (0, 0) or rank != 4:
        raise refuse(node, "only the rows and columns of an image are cut off")
    return reading.follow(x, "Cropping2D", {"cropping": (sides[0], sides[1])})


def _numbers(constants: Constants, index: int, default: list[int]) -> list[int]:
    array = constants[index] if index < len(constants) else None
    return default if array is None else [int(n) for n in np.ravel(array)]


# --- norms of a sample ---------------------------------------------------------------------------


def layer_normalization(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """LayerNormalization, whose mean is over the axes from one on."""
    rank = len(x.axes) + 1
    axis = node.attributes.get("axis", -1) % rank
    if axis == 0:
        raise refuse(node, "its mean is over the batch too")
    lengths = reading.shape(x)[axis - 1 :]
    ours = x.axes[axis - 1 :]
    weights = []
    for index, name in enumerate(("scale", "bias"), start=1):
        if index < len(node.inputs) and node.inputs[index]:
            array = array_at(node, constants, index, name)
            array = in_order(x, np.broadcast_to(array, lengths))
            weights.append(array.transpose(np.argsort(ours)))
    return _normalized(reading, node, x, sorted(axis + 1 for axis in ours), weights)


def mean_and_deviation(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """A LayerNormalization that the file writes as its formula (`numcnn.travel.onnx_patterns`)."""
    rank = len(x.axes) + 1
    axes = {int(axis) % rank for axis in node.attributes["axes"]}
    if not axes or 0 in axes:
        raise refuse(node, f"its mean is over the axes {sorted(axes)}, the batch too")
    return _normalized(reading, node, x, sorted(x.axes[axis - 1] + 1 for axis in axes), [])


def _normalized(
    reading: Reading, node: Node, x: Value, axes: list[int], weights: list[np.ndarray]
) -> Value:
    config = {
        "axis": axes,
        "epsilon": node.attributes.get("epsilon", 1e-5),
        "scale": len(weights) > 0,
        "center": len(weights) > 1,
    }
    name = reading.name_of(node, 1)
    return reading.follow(x, "LayerNormalization", config, weights, name)._replace(positive=False)


def group_normalization(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """GroupNormalization and InstanceNormalization, the channels on ONNX's first axis."""
    groups = node.attributes.get("num_groups", -1)
    if node.operator == "GroupNormalization" and groups < 1:
        raise refuse(node, "it states no num_groups")
    last = len(x.axes) - 1
    x = reading.laid(x, (last, *range(last)))
    C = reading.channels(x)
    weights = []
    for index, name in enumerate(("scale", "bias"), start=1):
        if index < len(node.inputs):
            array = array_at(node, constants, index, name)
            if array.shape == (groups,) != (C,) and reading.graph.opset < 21:
                array = np.repeat(array, C // groups)  # then it was one number for each group
            if array.shape != (C,):
                raise refuse(node, f"its {name} must have {counted(C, 'number')}: {array.shape}")
            weights.append(in_order(x, array))
    config = {
        **{"groups": groups, "epsilon": node.attributes.get("epsilon", 1e-5)},
        **{"scale": len(weights) > 0, "center": len(weights) > 1},
    }
    name = reading.name_of(node, 1)
    return reading.follow(x, "GroupNormalization", config, weights, name)._replace(positive=False)


FURTHER: dict[str, Callable[..., Value]] = {
    "GroupNormalization": group_normalization,
    "InstanceNormalization": group_normalization,
    "LayerNormalization": layer_normalization,
    "MeanAndDeviation": mean_and_deviation,
    "PRelu": prelu,
    "Resize": resize,
    "Slice": cut,
    "Upsample": resize,
}
