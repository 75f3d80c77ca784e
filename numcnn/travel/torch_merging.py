"""Layers that read several results, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.layers import operations
from numcnn.travel.torch_rows import Written, lacking

AXES_OF_IMAGES = {1: 2, 2: 3, 3: 1}
"""Where numcnn's rows, columns and channels are in PyTorch."""

Write = Callable[[Any, str], Written]


def _alike(layer: Any, name: str) -> list[str]:
    """Return the inputs so that they meet: a row beside images gets two axes of length 1."""
    ranks = [len(shape) for shape in layer.input_shape]
    if len(set(ranks)) == 1:
        return [f"x{k}" for k in range(len(ranks))]
    if set(ranks) != {2, 4}:
        raise lacking(name, "its inputs differ in their axes")
    return [f"x{k}[:, :, None, None]" if rank == 2 else f"x{k}" for k, rank in enumerate(ranks)]


def between(sign: str) -> Write:
    """Return what writes a sign between the inputs."""
    return lambda layer, name: Written([f" {sign} ".join(_alike(layer, name))])


def average(layer: Any, name: str) -> Written:
    """The sum by its number of terms."""
    terms = _alike(layer, name)
    return Written([f"({' + '.join(terms)}) / {len(terms)}"])


def pairwise(call: str) -> Write:
    """Return what writes a function of two again and again."""

    def write(layer: Any, name: str) -> Written:
        line, *others = _alike(layer, name)
        for other in others:
            line = f"{call}({line}, {other})"
        return Written([line])

    return write


def concatenated(layer: Any, name: str) -> Written:
    """torch.cat."""
    rank = len(layer.input_shape[0])
    axis = layer.axis % rank
    inputs = ", ".join(f"x{k}" for k in range(len(layer.input_shape)))
    return Written([f"torch.cat([{inputs}], dim={AXES_OF_IMAGES[axis] if rank == 4 else axis})"])


def operation(sign: str) -> Write:
    """Return what writes ``a + b`` and the like; an array becomes a buffer."""

    def write(layer: Any, name: str) -> Written:
        if layer.operands == (None, None):
            return between(sign)(layer, name)
        (one,) = (operand for operand in layer.operands if operand is not None)
        number, made, arrays = repr(float(np.ravel(one)[0])), {}, {}
        if np.size(one) > 1:
            array = np.asarray(one, np.float32)
            if len(layer.output_shape) == 4:
                array = array.reshape((1,) * (3 - array.ndim) + array.shape[-3:])
                array = array.transpose(2, 0, 1)
            number = f"self.{name}_number"
            made = {"_number": f"nn.Buffer(torch.zeros({array.shape}))"}
            arrays = {"_number": array}
        terms = ("x", number) if layer.operands[0] is None else (number, "x")
        return Written([f" {sign} ".join(terms)], made, arrays)

    return write


MERGING: dict[type[layers.Layer], Write] = {
    layers.Add: between("+"),
    layers.Average: average,
    layers.Concatenate: concatenated,
    layers.Maximum: pairwise("torch.maximum"),
    layers.Minimum: pairwise("torch.minimum"),
    layers.Multiply: between("*"),
    layers.Subtract: between("-"),
    operations.Add: operation("+"),
    operations.Multiply: operation("*"),
    operations.Subtract: operation("-"),
    operations.TrueDivide: operation("/"),
}
