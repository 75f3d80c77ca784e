"""Why an output is not the right one: the right layer is changed until it makes the same mistake.

One cell of the kernel set to zero, its axes swapped, no bias, no activation, a pooling without one
cell of its window: if the right layer then computes the wrong output, the mistake has been found.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from numcnn import activations
from numcnn.geometry import taps, window_grid
from numcnn.gradcheck.comparison import Comparison
from numcnn.gradcheck.factors import common_factor, in_words
from numcnn.gradcheck.other_weights import other_orders
from numcnn.gradcheck.trials import LayerTrial
from numcnn.layers import ActivatedLayer, AveragePooling2D, Conv2D, MaxPooling2D


def why_different(outputs: Comparison, twin: LayerTrial) -> tuple[str, str]:
    """Return the kind of the difference, and a clause about it.

    Parameters
    ----------
    outputs : Comparison
        The output in question, beside the one of the right layer.
    twin : LayerTrial
        Of the right layer.
    """
    for mistake, words, output in mistakes(twin):
        same = np.abs(outputs.gradient - output) <= outputs.tolerance * outputs.scale
        if same.all():
            return mistake, words
    share = common_factor(outputs)
    if share is not None:
        return "factor", f"the output is {in_words(share)} what it should be"
    return "output", f"the output is not that of {type(twin.layer).__name__}"


def mistakes(twin: LayerTrial) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield mistakes: the kind, a clause, and the output that a layer with it computes."""
    layer: Any = twin.layer
    if isinstance(layer, ActivatedLayer):
        yield from _without_a_cell(twin)
        yield from _with_another_kernel(twin)
        bias = getattr(layer, "bias", None)
        if bias is not None:
            yield "bias", "the output lacks the bias", _with(twin, bias, np.zeros_like(bias.value))
            yield "bias", "the output has the bias subtracted", _with(twin, bias, -bias.value)
        activation, layer.activation = layer.activation, activations.Linear()
        output = twin.forward()
        layer.activation = activation
        yield "activation", f"the output lacks the activation, {activation.name}", output
    elif isinstance(layer, MaxPooling2D | AveragePooling2D):
        yield from _pooled_without_a_cell(twin)


def _with(twin: LayerTrial, parameter: Any, value: np.ndarray) -> np.ndarray:
    """Return the output with another value of a parameter."""
    before = parameter.value
    parameter.assign(value)
    output = twin.forward()
    parameter.assign(before)
    return output


def _without_a_cell(twin: LayerTrial) -> Iterator[tuple[str, str, np.ndarray]]:
    """Forget one cell of the kernel, a row or column of its window, or a channel."""
    layer: Any = twin.layer
    kernel = layer.kernel
    for cells in forgettable(kernel.value.shape):
        value = kernel.value.copy()
        value[cells] = 0
        index = ", ".join(":" if isinstance(one, slice) else str(one) for one in cells)
        term = f"kernel[{index}]"
        if isinstance(layer, Conv2D) and len(cells) == 2 and cells[0] != slice(None):
            term = f"x[n, {pixel(layer, twin.inputs.shape, cells)}, :] * {term}"
        elif kernel.value.ndim == 2:
            term = f"x[..., {index}] * {term}"
        yield "lacks", f"the output lacks {term}", _with(twin, kernel, value)


def forgettable(shape: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield what may be forgotten of a kernel: indices of its first axes.

    Examples
    --------
    >>> list(forgettable((2, 5)))
    [(0,), (1,)]
    >>> [index for index in forgettable((1, 2, 1, 3)) if slice(None) not in index]
    [(0, 0), (0, 1), (0,)]
    """
    every = slice(None)
    if len(shape) != 4:
        yield from ((d,) for d in range(shape[0]))
        return
    KH, KW, C, _ = shape
    yield from product(range(KH), range(KW))
    yield from ((i,) for i in range(KH))
    yield from ((every, j) for j in range(KW))
    yield from ((every, every, c) for c in range(C))


def pixel(layer: Any, shape: tuple[int, ...], cell: tuple[int, ...]) -> str:
    """Return the row and column of the pixel under a cell of the window, as formulas.

    Examples
    --------
    >>> pixel(Conv2D(1, 3, strides=2, padding="same"), (1, 5, 5, 1), (2, 0))
    '2*oy + 1, 2*ox - 1'
    """
    window = getattr(layer, "kernel_size", None) or layer.pool_size
    grid = window_grid(shape[1:3], window, layer.strides, layer.padding)
    terms = []
    for o, stride, offset in zip(
        ("oy", "ox"), layer.strides, (cell[0] - grid.top, cell[1] - grid.left), strict=True
    ):
        term = o if stride == 1 else f"{stride}*{o}"
        terms.append(f"{term} {'+' if offset > 0 else '-'} {abs(offset)}" if offset else term)
    return ", ".join(terms)


def _with_another_kernel(twin: LayerTrial) -> Iterator[tuple[str, str, np.ndarray]]:
    """Swap two axes of the kernel, or reverse it."""
    layer: Any = twin.layer
    for order, value in other_orders("kernel", layer.kernel.value):
        words = f"the output is that of another kernel, {order}"
        yield "other_order", words, _with(twin, layer.kernel, value)


def _pooled_without_a_cell(twin: LayerTrial) -> Iterator[tuple[str, str, np.ndarray]]:
    """Pool all cells of the window but one."""
    layer: Any = twin.layer
    x, image = twin.inputs, twin.inputs.shape[1:3]
    largest = isinstance(layer, MaxPooling2D)
    grid = window_grid(image, layer.pool_size, layer.strides, layer.padding)
    shape = (len(x), grid.OH, grid.OW, x.shape[3])
    for cell in product(*map(range, layer.pool_size)):
        y = np.full(shape, -np.inf if largest else 0.0)
        count = np.zeros(shape)
        for tap in taps(grid, image, layer.pool_size, layer.strides):
            count[tap.outputs] += 1
            if (tap.i, tap.j) != cell:
                rest = y[tap.outputs]
                pixels = x[tap.inputs]
                y[tap.outputs] = np.maximum(rest, pixels) if largest else rest + pixels
        words = (
            f"the output lacks x[n, {pixel(layer, x.shape, cell)}, c], the window's {list(cell)}"
        )
        yield "lacks", words, y if largest else y / count
