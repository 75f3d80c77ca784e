"""A model as the text of a ``torch.nn.Module``, to read side by side, and its weights for it.

PyTorch has the channels first, and so do its kernels.  Its module takes ``(N, C, H, W)``; where
numcnn flattens, the text puts the channels last first, so that the rows of a dense layer stay.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from numcnn import activations, layers
from numcnn.files import new_file
from numcnn.geometry import window_grid
from numcnn.saving.container import write_arrays
from numcnn.travel.steps import refuse_own, steps_of


class Written(NamedTuple):
    """A layer in PyTorch: what makes it, what calls it, and its weights."""

    made: str | None
    lines: list[str]
    arrays: Mapping[str, np.ndarray] = MappingProxyType({})


def export_torch(model: Any, path: Path) -> None:
    """Write a module's text into ``name.py``, and its state dict into ``name.safetensors``.

    Raises
    ------
    ValueError
        If the path does not end in ``.py``, or PyTorch has no form of a layer in the model.
    """
    if path.suffix != ".py":
        raise ValueError(f"the text of a module goes into a file that ends in .py, got {path}.")
    text, arrays = torch_module(model)
    write_arrays(path.with_suffix(".safetensors"), arrays)
    with new_file(path) as file:
        file.write(text.encode())


def torch_module(model: Any) -> tuple[str, dict[str, np.ndarray]]:
    """Return the text of a module for a built model, and its state dict."""
    made: list[str] = []
    lines: list[str] = []
    arrays: dict[str, np.ndarray] = {}
    for step, name in named_steps(model):
        refuse_own(step.layer, step.name, WRITERS, "PyTorch's module")
        written = WRITERS[type(step.layer)](step.layer, name)
        if written.made:
            made.append(f"        self.{name} = {written.made}")
        shape = " × ".join(map(str, step.layer.output_shape[1:]))
        for line in written.lines:
            lines.append(f"        x = {line}")
        if written.lines:
            lines[-1] += f"  # {shape}"
        arrays |= {f"{name}.{key}": array for key, array in written.arrays.items()}
    image = len(model.input_shape) == 4
    text = TEXT.format(
        name=_class_name(model.name),
        shape="(N, C, H, W)" if image else "(N, …)",
        made="\n".join(made) or "        pass",
        lines="\n".join(lines),
    )
    return text, arrays


TEXT = '''"""Made by numcnn: the same layers and numbers in PyTorch.

    from safetensors.torch import load_file
    model = {name}().eval()
    model.load_state_dict(load_file("….safetensors"))
"""

import torch
from torch import nn
from torch.nn import functional as F


class {name}(nn.Module):
    """Takes {shape}; the shapes behind the lines are numcnn's, channels last."""

    def __init__(self):
        super().__init__()
{made}

    def forward(self, x):
{lines}
        return x
'''


def named_steps(model: Any) -> list[tuple[Any, str]]:
    """Return the steps with names that Python takes for attributes."""
    found: dict[str, Any] = {}
    for step in steps_of(model):
        plain = re.sub(r"\W", "_", step.name)
        if not plain.isidentifier() or keyword.iskeyword(plain) or plain in ("forward", "training"):
            plain = f"layer_{plain}"
        while plain in found:
            plain += "_"
        found[plain] = step
    return [(step, name) for name, step in found.items()]


def _class_name(name: str) -> str:
    words = [word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", name)]
    plain = "".join(words)
    return plain if plain.isidentifier() else f"Model{plain}"


def _activated(activation: Any) -> list[str]:
    """Return the call of an activation on x, in one or no lines."""
    if isinstance(activation, activations.Linear):
        return []
    if type(activation) is activations.BoundedReLU:
        top, slope, edge = (
            *(activation.max_value, activation.negative_slope),
            activation.threshold,
        )
        below = f"torch.where(x > {edge!r}, x, {slope!r} * (x - {edge!r}))"
        return [below if top is None else f"{below}.clamp(max={top!r})"]
    if type(activation) not in CALLS:
        raise ValueError(f'PyTorch has no form of the activation "{activation.name}".')
    return [CALLS[type(activation)](activation)]


CALLS: dict[type[activations.Activation], Callable[[Any], str]] = {
    activations.ReLU: lambda a: "F.relu(x)",
    activations.LeakyReLU: lambda a: f"F.leaky_relu(x, {a.negative_slope!r})",
    activations.ELU: lambda a: f"F.elu(x, {a.alpha!r})",
    activations.SELU: lambda a: "F.selu(x)",
    activations.GELU: lambda a: "F.gelu(x)",
    activations.Sigmoid: lambda a: "torch.sigmoid(x)",
    activations.Tanh: lambda a: "torch.tanh(x)",
    activations.Softplus: lambda a: "F.softplus(x)",
}


def _with_activation(layer: Any, lines: list[str]) -> list[str]:
    if type(layer.activation) is activations.Softmax:
        axis = 1 if len(layer.output_shape) == 4 else -1
        return [*lines, f"torch.softmax(x, dim={axis})"]
    return [*lines, *_activated(layer.activation)]


def _edges(layer: Any, window: Any) -> tuple[int, int, int, int]:
    """Return the cells added on the left, right, top and bottom, as F.pad takes them."""
    grid = window_grid(tuple(layer.input_shape[1:3]), window, layer.strides, layer.padding)
    return grid.left, grid.right, grid.top, grid.bottom


def convolution(layer: Any, name: str) -> Written:
    """nn.Conv2d, whose padding is the same on both sides; else F.pad before it."""
    left, right, top, bottom = _edges(layer, layer.kernel_size)
    pad, before = f", padding={(top, left)}", []
    if (left, top) != (right, bottom):
        pad, before = "", [f"F.pad(x, {(left, right, top, bottom)})"]
    C, F = layer.kernel.value.shape[2:]
    bias = "" if layer.bias else ", bias=False"
    made = f"nn.Conv2d({C}, {F}, {layer.kernel_size}, stride={layer.strides}{pad}{bias})"
    arrays = {"weight": layer.kernel.value.transpose(3, 2, 0, 1)}
    if layer.bias:
        arrays["bias"] = layer.bias.value
    return Written(made, _with_activation(layer, [*before, f"self.{name}(x)"]), arrays)


def dense(layer: Any, name: str) -> Written:
    """nn.Linear, which has its weights the other way round."""
    D, U = layer.kernel.value.shape
    arrays = {"weight": layer.kernel.value.T}
    if layer.bias:
        arrays["bias"] = layer.bias.value
    line = f"self.{name}(x)"
    if len(layer.input_shape) == 4:
        line = f"self.{name}(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)"
    bias = "" if layer.bias else ", bias=False"
    return Written(f"nn.Linear({D}, {U}{bias})", _with_activation(layer, [line]), arrays)


def max_pooling(layer: Any, name: str) -> Written:
    """F.max_pool2d, over cells of −∞ where the padding is not the same on both sides."""
    edges = _edges(layer, layer.pool_size)
    before = [f'F.pad(x, {edges}, value=float("-inf"))'] if any(edges) else []
    return Written(None, [*before, f"F.max_pool2d(x, {layer.pool_size}, {layer.strides})"])


def average_pooling(layer: Any, name: str) -> Written:
    """F.avg_pool2d; where there is padding, the sums are divided by the cells inside."""
    edges, window = _edges(layer, layer.pool_size), f"{layer.pool_size}, {layer.strides}"
    if not any(edges):
        return Written(None, [f"F.avg_pool2d(x, {window})"])
    both = "F.avg_pool2d(F.pad({}, " + f"{edges}), {window})"
    return Written(None, [f"{both.format('x')} / {both.format('torch.ones_like(x)')}"])


def global_pooling(call: str) -> Callable[[Any, str], Written]:
    """Return what writes the mean or the maximum of all pixels."""

    def write(layer: Any, name: str) -> Written:
        return Written(None, [f"x.{call}(dim=(2, 3), keepdim={layer.keepdims})"])

    return write


def batch_normalization(layer: Any, name: str) -> Written:
    """nn.BatchNorm: PyTorch's momentum is the share of the new, numcnn's that of the old."""
    rank = len(layer.input_shape)
    C = layer.input_shape[-1]
    kind = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d"}[rank]
    made = f"nn.{kind}({C}, eps={layer.epsilon!r}, momentum={round(1 - layer.momentum, 9)!r})"
    ones = np.ones(C, np.float32)
    arrays = {
        "weight": layer.gamma.value if layer.gamma else ones,
        "bias": layer.beta.value if layer.beta else 0 * ones,
        "running_mean": layer.moving_mean.value,
        "running_var": layer.moving_variance.value,
        "num_batches_tracked": np.array(0, np.int64),
    }
    line = f"self.{name}(x)"
    if rank == 3:
        line = f"self.{name}(x.transpose(1, 2)).transpose(1, 2)"
    return Written(made, [line], arrays)


def flatten(layer: Any, name: str) -> Written:
    """Flatten, in numcnn's order."""
    image = len(layer.input_shape) == 4
    return Written(None, ["x.permute(0, 2, 3, 1).flatten(1)" if image else "x.flatten(1)"])


def reshape(layer: Any, name: str) -> Written:
    """reshape, in numcnn's order."""
    line = "x.permute(0, 2, 3, 1)" if len(layer.input_shape) == 4 else "x"
    line += f".reshape(-1, {', '.join(map(str, layer.output_shape[1:]))})"
    return Written(None, [line + ".permute(0, 3, 1, 2)" * (len(layer.output_shape) == 4)])


def zero_padding(layer: Any, name: str) -> Written:
    """F.pad, which begins with the last axis."""
    return Written(None, [f"F.pad(x, {(*layer.padding[1], *layer.padding[0])})"])


def rescaling(layer: Any, name: str) -> Written:
    """A product and a sum, by channel where there are several numbers."""

    def said(values: Any) -> str:
        if np.ndim(values) == 0:
            return repr(values)
        shape = ", 1, 1" if len(layer.input_shape) == 4 else ""
        return f"torch.tensor({list(values)}).reshape(-1{shape})"

    return Written(None, [f"x * {said(layer.scale)} + {said(layer.offset)}"])


def only_activation(layer: Any, name: str) -> Written:
    """The activation alone."""
    return Written(None, _with_activation(layer, []))


WRITERS: dict[type[layers.Layer], Callable[[Any, str], Written]] = {
    layers.Activation: only_activation,
    layers.AveragePooling2D: average_pooling,
    layers.BatchNormalization: batch_normalization,
    layers.Conv2D: convolution,
    layers.Dense: dense,
    layers.Dropout: lambda layer, name: Written(f"nn.Dropout({layer.rate!r})", [f"self.{name}(x)"]),
    layers.ELU: only_activation,
    layers.Flatten: flatten,
    layers.GlobalAveragePooling2D: global_pooling("mean"),
    layers.GlobalMaxPooling2D: global_pooling("amax"),
    **dict.fromkeys(
        (layers.InputLayer, *layers.ONLY_IN_TRAINING), lambda layer, name: Written(None, [])
    ),
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: max_pooling,
    layers.ReLU: only_activation,
    layers.Rescaling: rescaling,
    layers.Reshape: reshape,
    layers.Softmax: only_activation,
    layers.ZeroPadding2D: zero_padding,
}
