"""The layers of numcnn in PyTorch: what makes each, and what calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.layers.spread import widened
from numcnn.travel.torch_images import IMAGES
from numcnn.travel.torch_merging import MERGING
from numcnn.travel.torch_rows import FIRST, LAST, Written, edges_of, with_activation
from numcnn.travel.torch_weights import is_by_channel

Write = Callable[[Any, str], Written]


def _bias(layer: Any) -> str:
    return "" if layer.bias else ", bias=False"


def _convolution(layer: Any, C: int, F: int, groups: int) -> tuple[str, list[str]]:
    """Return nn.Conv2d, whose padding is the same on both sides, and else F.pad before it."""
    wide = widened(layer.kernel_size, layer.dilation_rate)
    left, right, top, bottom = edges_of(layer, wide)
    pad, before = f", padding={(top, left)}", []
    if (left, top) != (right, bottom):
        pad, before = "", [f"F.pad(x, {(left, right, top, bottom)})"]
    more = "" if layer.dilation_rate == (1, 1) else f", dilation={layer.dilation_rate}"
    more += "" if groups == 1 else f", groups={groups}"
    return f"nn.Conv2d({C}, {F}, {layer.kernel_size}, stride={layer.strides}{pad}{more}", before


def convolution(layer: Any, name: str) -> Written:
    """nn.Conv2d."""
    C, F = layer.kernel.value.shape[2:]
    made, before = _convolution(layer, C * layer.groups, F, layer.groups)
    lines = with_activation(layer, [*before, f"self.{name}(x)"])
    return Written(lines, {"": f"{made}{_bias(layer)})"})


def depthwise(layer: Any, name: str) -> Written:
    """nn.Conv2d with a group for each channel."""
    C, M = layer.kernel.value.shape[2:]
    made, before = _convolution(layer, C, C * M, C)
    lines = with_activation(layer, [*before, f"self.{name}(x)"])
    return Written(lines, {"": f"{made}{_bias(layer)})"})


def separable(layer: Any, name: str) -> Written:
    """nn.Conv2d with a group for each channel, and another one over the channels."""
    C, M = layer.depthwise_kernel.value.shape[2:]
    made, before = _convolution(layer, C, C * M, C)
    both = {
        "_depthwise": f"{made}, bias=False)",
        "": f"nn.Conv2d({C * M}, {layer.filters}, 1{_bias(layer)})",
    }
    lines = [*before, f"self.{name}_depthwise(x)", f"self.{name}(x)"]
    return Written(with_activation(layer, lines), both)


def transposed(layer: Any, name: str) -> Written:
    """nn.ConvTranspose2d; a slice where other cells are cut off than the same on both sides."""
    F, C = layer.kernel.value.shape[2:]
    sides = layer.sides(tuple(layer.input_shape[1:3]))
    ends = [covered - cut - length for length, covered, cut in sides]
    further = tuple(max(-end, 0) for end in ends)
    cuts = tuple(cut for _, _, cut in sides)
    said, lines = "", [f"self.{name}(x)"]
    if any(further):
        said += f", output_padding={further}"
    if cuts == tuple(ends):
        said += f", padding={cuts}" if any(cuts) else ""
    elif any(cut or end > 0 for cut, end in zip(cuts, ends, strict=True)):
        rows, columns = (f"{cut}:{cut + length}" for length, _, cut in sides)
        lines.append(f"x[:, :, {rows}, {columns}]")
    if layer.dilation_rate != (1, 1):
        said += f", dilation={layer.dilation_rate}"
    kind = f"nn.ConvTranspose2d({C}, {F}, {layer.kernel_size}, stride={layer.strides}"
    return Written(with_activation(layer, lines), {"": f"{kind}{said}{_bias(layer)})"})


def dense(layer: Any, name: str) -> Written:
    """nn.Linear, which has its weights the other way round."""
    D, U = layer.kernel.value.shape
    line = f"self.{name}(x)"
    if len(layer.input_shape) == 4:
        line = f"self.{name}(x{LAST}){FIRST}"
    return Written(with_activation(layer, [line]), {"": f"nn.Linear({D}, {U}{_bias(layer)})"})


# --- norms and slopes ----------------------------------------------------------------------------


def _both(layer: Any, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return the gamma or beta that numcnn's layer leaves out, and PyTorch's has."""
    missing = {".weight": (layer.gamma, np.ones), ".bias": (layer.beta, np.zeros)}
    return {key: make(shape, np.float32) for key, (own, make) in missing.items() if own is None}


def _channels_second(layer: Any, name: str) -> list[str]:
    """Return the call of a module that has the channels on its second axis."""
    if len(layer.input_shape) == 3:
        return [f"self.{name}(x.transpose(1, 2)).transpose(1, 2)"]
    return [f"self.{name}(x)"]


def batch_normalization(layer: Any, name: str) -> Written:
    """nn.BatchNorm: PyTorch's momentum is the share of the new, numcnn's that of the old."""
    C = layer.input_shape[-1]
    kind = "BatchNorm2d" if len(layer.input_shape) == 4 else "BatchNorm1d"
    made = f"nn.{kind}({C}, eps={layer.epsilon!r}, momentum={round(1 - layer.momentum, 9)!r})"
    count = {".num_batches_tracked": np.array(0, np.int64)}
    return Written(_channels_second(layer, name), {"": made}, {**_both(layer, (C,)), **count})


def group_normalization(layer: Any, name: str) -> Written:
    """nn.GroupNorm."""
    C = layer.input_shape[-1]
    groups = C if layer.groups == -1 else layer.groups
    affine = layer.gamma is not None or layer.beta is not None
    made = f"nn.GroupNorm({groups}, {C}, eps={layer.epsilon!r}{'' if affine else ', affine=False'})"
    return Written(_channels_second(layer, name), {"": made}, _both(layer, (C,)) if affine else {})


def layer_normalization(layer: Any, name: str) -> Written:
    """nn.LayerNorm, with the axes of its mean at the end."""
    rank, axes = len(layer.input_shape), list(layer._axes)
    shape = tuple(layer.input_shape[axis] for axis in axes)
    order = [axis for axis in range(rank) if axis not in axes] + axes
    place = [0, 2, 3, 1] if rank == 4 else list(range(rank))  # of numcnn's axes in PyTorch
    there = [place[axis] for axis in order]
    line = f"self.{name}(x)"
    if there != list(range(rank)):
        to, back = tuple(there), tuple(there.index(axis) for axis in range(rank))
        line = f"self.{name}(x.permute{to}).permute{back}"
    affine = layer.gamma is not None or layer.beta is not None
    more = "" if affine else ", elementwise_affine=False"
    made = f"nn.LayerNorm({shape}, eps={layer.epsilon!r}{more})"
    return Written([line], {"": made}, _both(layer, shape) if affine else {})


def prelu(layer: Any, name: str) -> Written:
    """nn.PReLU, which has a slope for each channel; else the formula."""
    shape = layer.alpha.value.shape
    if is_by_channel(layer) and len(layer.input_shape) in (2, 4):
        return Written([f"self.{name}(x)"], {"": f"nn.PReLU({shape[-1]})"})
    there = (shape[2], *shape[:2]) if len(shape) == 3 else shape
    line = f"torch.where(x > 0, x, self.{name}_alpha * x)"
    return Written([line], {"_alpha": f"nn.Parameter(torch.zeros({there}))"})


# --- numbers -------------------------------------------------------------------------------------


def _literal(values: Any, layer: Any) -> str:
    """Return a number, or numbers by channel, as a literal that meets x."""
    array = np.ravel(values)
    if array.size == 1:
        return repr(float(array[0]))
    shape = ", 1, 1" if len(layer.input_shape) == 4 else ""
    return f"torch.tensor({array.astype(float).tolist()}).reshape(-1{shape})"


def rescaling(layer: Any, name: str) -> Written:
    """A product and a sum, by channel where there are several numbers."""
    return Written([f"x * {_literal(layer.scale, layer)} + {_literal(layer.offset, layer)}"])


def normalization(layer: Any, name: str) -> Written:
    """A difference and a quotient, or with `invert` a product and a sum."""
    mean, deviation = (_literal(array, layer) for array in layer._both(len(layer.input_shape)))
    if layer.invert:
        return Written([f"x * {deviation} + {mean}"])
    return Written([f"(x - {mean}) / {deviation}"])


def only_activation(layer: Any, name: str) -> Written:
    """The activation alone."""
    return Written(with_activation(layer, []))


def dropout(layer: Any, name: str) -> Written:
    """nn.Dropout."""
    return Written([f"self.{name}(x)"], {"": f"nn.Dropout({layer.rate!r})"})


def nothing(layer: Any, name: str) -> Written:
    """Nothing."""
    return Written([])


WRITERS: dict[type[layers.Layer], Write] = {
    layers.Activation: only_activation,
    layers.BatchNormalization: batch_normalization,
    layers.Conv2D: convolution,
    layers.Conv2DTranspose: transposed,
    layers.Dense: dense,
    layers.DepthwiseConv2D: depthwise,
    layers.Dropout: dropout,
    layers.ELU: only_activation,
    layers.GroupNormalization: group_normalization,
    layers.InputLayer: nothing,
    layers.LayerNormalization: layer_normalization,
    layers.LeakyReLU: only_activation,
    layers.Normalization: normalization,
    layers.PReLU: prelu,
    layers.ReLU: only_activation,
    layers.Rescaling: rescaling,
    layers.SeparableConv2D: separable,
    layers.Softmax: only_activation,
    **IMAGES,
    **MERGING,
    **dict.fromkeys(layers.ONLY_IN_TRAINING, nothing),
}
