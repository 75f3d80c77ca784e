"""Layers of images in PyTorch: pooling, shapes, sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numcnn import layers
from numcnn.travel.steps import kept
from numcnn.travel.torch_rows import FIRST, LAST, Written, edges_of, lacking


def max_pooling(layer: Any, name: str) -> Written:
    """F.max_pool2d, over cells of −∞ where the padding is not the same on both sides."""
    edges = edges_of(layer, layer.pool_size)
    before = [f'F.pad(x, {edges}, value=float("-inf"))'] if any(edges) else []
    return Written([*before, f"F.max_pool2d(x, {layer.pool_size}, {layer.strides})"])


def average_pooling(layer: Any, name: str) -> Written:
    """F.avg_pool2d; where there is padding, the sums are divided by the cells inside."""
    edges, window = edges_of(layer, layer.pool_size), f"{layer.pool_size}, {layer.strides}"
    if not any(edges):
        return Written([f"F.avg_pool2d(x, {window})"])
    both = "F.avg_pool2d(F.pad({}, " + f"{edges}), {window})"
    return Written([f"{both.format('x')} / {both.format('torch.ones_like(x)')}"])


def global_pooling(call: str) -> Callable[[Any, str], Written]:
    """Return what writes the mean or the maximum of all pixels."""

    def write(layer: Any, name: str) -> Written:
        return Written([f"x.{call}(dim=(2, 3), keepdim={layer.keepdims})"])

    return write


def flatten(layer: Any, name: str) -> Written:
    """Flatten, in numcnn's order."""
    image = len(layer.input_shape) == 4
    return Written(["x.permute(0, 2, 3, 1).flatten(1)" if image else "x.flatten(1)"])


def reshape(layer: Any, name: str) -> Written:
    """reshape, in numcnn's order."""
    line = "x.permute(0, 2, 3, 1)" if len(layer.input_shape) == 4 else "x"
    line += f".reshape(-1, {', '.join(map(str, layer.output_shape[1:]))})"
    return Written([line + ".permute(0, 3, 1, 2)" * (len(layer.output_shape) == 4)])


def zero_padding(layer: Any, name: str) -> Written:
    """F.pad, which begins with the last axis."""
    return Written([f"F.pad(x, {(*layer.padding[1], *layer.padding[0])})"])


def permuted(layer: Any, name: str) -> Written:
    """permute: the channels come last before it, and first after it."""
    line, rank = "x", len(layer.input_shape)
    line += LAST if rank == 4 else ""
    line += f".permute{(0, *layer.dims)}"
    return Written([line + (FIRST if rank == 4 else "")])


# --- sizes ---------------------------------------------------------------------------------------


def _middle(sides: Any, shape: Any) -> str:
    """Return a slice of an image; `sides` are the cells cut off before and behind."""
    rows, columns = (f"{a}:{n - b}" for (a, b), n in zip(sides, shape, strict=True))
    return f"x[:, :, {rows}, {columns}]"


def cropped(layer: Any, name: str) -> Written:
    """A slice."""
    return Written([_middle(layer.cropping, layer.input_shape[1:3])])


def central(layer: Any, name: str) -> Written:
    """A slice; a smaller image is refused."""
    old, new = layer.input_shape[1:3], layer.output_shape[1:3]
    if any(n > o for n, o in zip(new, old, strict=True)):
        raise lacking(name, "it enlarges its images")
    sides = [((o - n) // 2, o - n - (o - n) // 2) for n, o in zip(new, old, strict=True)]
    return Written([_middle(sides, old)])


def resized(layer: Any, name: str) -> Written:
    """F.interpolate, with the centres of pixels at halves."""
    lines, size = [], tuple(layer.output_shape[1:3])
    if getattr(layer, "crop_to_aspect_ratio", False):
        old = tuple(layer.input_shape[1:3])
        lines = [_middle([(a, n - b) for (a, b), n in zip(kept(old, size), old, strict=True)], old)]
    mode = 'mode="nearest-exact"'
    if layer.interpolation == "bilinear":
        mode = 'mode="bilinear", align_corners=False'
    return Written([*lines, f"F.interpolate(x, {size}, {mode})"])


IMAGES: dict[type[layers.Layer], Callable[[Any, str], Written]] = {
    layers.AveragePooling2D: average_pooling,
    layers.CenterCrop: central,
    layers.Cropping2D: cropped,
    layers.Flatten: flatten,
    layers.GlobalAveragePooling2D: global_pooling("mean"),
    layers.GlobalMaxPooling2D: global_pooling("amax"),
    layers.MaxPooling2D: max_pooling,
    layers.Permute: permuted,
    layers.Reshape: reshape,
    layers.Resizing: resized,
    layers.UpSampling2D: resized,
    layers.ZeroPadding2D: zero_padding,
}
