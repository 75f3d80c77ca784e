"""The poolings of ONNX, and zeros around an image, as layers of numcnn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.geometry import window_grid
from numcnn.travel.onnx_file import Node
from numcnn.travel.onnx_reading import CHANNELS_FIRST, Reading, Value, array_at, refuse

Constants = list[np.ndarray | None]


def image(node: Node, reading: Reading, x: Value) -> tuple[Value, tuple[int, int, int]]:
    """Return an image that lies as ``(H, W, C)`` in numcnn, and its shape ``(C, H, W)``."""
    if len(x.axes) != 3:
        raise refuse(node, f"its input {reading.shape(x)} is no image (C, H, W) of two dimensions")
    x = reading.laid(x, CHANNELS_FIRST)
    return x, reading.shape(x)  # type: ignore[return-value]


def pads_of(node: Node, size: Any, window: Any, strides: Any) -> list[int]:
    """Return the cells that are added: top, left, bottom, right."""
    said = node.attributes
    auto = said.get("auto_pad", "NOTSET")
    if auto in ("NOTSET", ""):
        pads = said.get("pads", [0, 0, 0, 0])
        if len(pads) != 4 or min(pads) < 0:
            raise refuse(node, f"its pads are {pads}, and must be four numbers from 0 on")
        return list(pads)
    if "pads" in said and any(said["pads"]):
        raise refuse(node, f"it states both pads and auto_pad {auto}")
    if auto == "VALID":
        return [0, 0, 0, 0]
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise refuse(node, f"auto_pad {auto!r} is unknown")
    grid = window_grid(tuple(size), tuple(window), tuple(strides), "same")
    pads = [grid.top, grid.left, grid.bottom, grid.right]
    return pads if auto == "SAME_UPPER" else [*pads[2:], *pads[:2]]


def two(node: Node, name: str, default: Any = None) -> tuple[int, int]:
    """Return an attribute for rows and columns."""
    values = node.attributes.get(name, default)
    if not isinstance(values, list) or len(values) != 2 or min(values) < 1:
        raise refuse(node, f"{name} must be two numbers from 1 on, got {values}")
    return values[0], values[1]


def padding_of(size: Any, window: Any, strides: Any, pads: list[int]) -> str | None:
    """Return "valid" or "same", if that adds the same cells; None if neither does."""
    if not any(pads):
        return "valid"
    grid = window_grid(tuple(size), window, strides, "same")
    return "same" if pads == [grid.top, grid.left, grid.bottom, grid.right] else None


def zero_padded(reading: Reading, x: Value, pads: list[int]) -> Value:
    """Put zeros around an image."""
    top, left, bottom, right = pads
    return reading.follow(x, "ZeroPadding2D", {"padding": ((top, bottom), (left, right))})


def pooling(class_name: str) -> Callable[..., Value]:
    """Return what reads MaxPool or AveragePool."""

    def read(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
        x, (_, *size) = image(node, reading, x)
        window, said = two(node, "kernel_shape"), node.attributes
        strides = two(node, "strides", [1, 1])
        if any(n != 1 for n in said.get("dilations", [])) or said.get("storage_order"):
            raise refuse(node, "its window is dilated, or it counts by columns")
        pads = pads_of(node, size, window, strides)
        if said.get("ceil_mode") and not _ends_inside(size, window, strides, pads):
            raise refuse(node, "ceil_mode makes windows that hang over the edge")
        padding = padding_of(size, window, strides, pads)
        zeros_count = class_name == "AveragePooling2D" and said.get("count_include_pad")
        if any(pads) and (padding is None or zeros_count):
            if not (zeros_count or (class_name == "MaxPooling2D" and x.positive)):
                raise refuse(
                    node, f'the cells that it adds, {pads}, are not those of padding="same"'
                )
            x, padding = zero_padded(reading, x, pads), "valid"
        config = {"pool_size": window, "strides": strides, "padding": padding}
        return reading.follow(x, class_name, config)

    return read


def _ends_inside(size: Any, window: Any, strides: Any, pads: list[int]) -> bool:
    """Say whether the last window ends at the edge, so that ceil_mode changes nothing."""
    padded = (size[0] + pads[0] + pads[2], size[1] + pads[1] + pads[3])
    axes = zip(padded, window, strides, strict=True)
    return all((length - cells) % step == 0 for length, cells, step in axes)


def global_pooling(class_name: str) -> Callable[..., Value]:
    """Return what reads a pooling of whole images."""

    def read(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
        x, _ = image(node, reading, x)
        return reading.follow(x, class_name, {"keepdims": True})

    return read


def reduction(class_name: str) -> Callable[..., Value]:
    """ReduceMean and ReduceMax over the pixels of an image."""

    def read(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
        said = constants[1] if len(constants) > 1 else node.attributes.get("axes")
        rank = len(x.axes) + 1
        axes = {int(axis) % rank for axis in np.ravel([] if said is None else said)}
        ours = {x.axes[axis - 1] for axis in axes if axis}
        if rank != 4 or 0 in axes or ours != {0, 1}:
            raise refuse(node, f"its axes {sorted(axes)} are not those of an image's pixels")
        if node.attributes.get("keepdims", 1):
            return reading.follow(x, class_name, {"keepdims": True})
        return reading.follow(x, class_name, {"keepdims": False})._replace(axes=(0,))

    return read


def pad(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Zeros around an image."""
    said = node.attributes
    cells = said.get("pads") if len(constants) < 2 else array_at(node, constants, 1, "pads")
    rank = len(x.axes) + 1
    axes = list(range(rank))
    if len(constants) > 3 and constants[3] is not None:
        axes = [int(axis) % rank for axis in np.ravel(constants[3])]
    value = constants[2] if len(constants) > 2 else None
    number = said.get("value", 0.0) if value is None else value.ravel()[0]
    if said.get("mode", "constant") != "constant" or number != 0:
        raise refuse(node, "only zeros are put around an image")
    cells = [int(n) for n in np.ravel(cells)]  # type: ignore[arg-type]
    added = dict(zip(axes, zip(cells[: len(axes)], cells[len(axes) :], strict=True), strict=True))
    ours: dict[int, Any] = {x.axes[axis - 1]: both for axis, both in added.items() if axis}
    elsewhere = [both for axis, both in added.items() if axis == 0] + [ours.get(2, (0, 0))]
    if rank != 4 or any(map(any, elsewhere)):
        raise refuse(node, f"it pads other axes than those of an image's pixels: {cells}")
    return reading.follow(
        x, "ZeroPadding2D", {"padding": (ours.get(0, (0, 0)), ours.get(1, (0, 0)))}
    )


WINDOWS: dict[str, Callable[..., Value]] = {
    "AveragePool": pooling("AveragePooling2D"),
    "GlobalAveragePool": global_pooling("GlobalAveragePooling2D"),
    "GlobalMaxPool": global_pooling("GlobalMaxPooling2D"),
    "MaxPool": pooling("MaxPooling2D"),
    "Pad": pad,
    "ReduceMax": reduction("GlobalMaxPooling2D"),
    "ReduceMean": reduction("GlobalAveragePooling2D"),
}
