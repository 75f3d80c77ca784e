"""The architecture of a model: its layers in order, with their shapes and parameters."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from bokeh.models import Div

from numcnn.checks import counted, model_for
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import html

WIDTH, HEIGHT = 120, 64  # pixels of a drawing
MOST_SHEETS, MOST_CELLS = 18, 24  # that are drawn; more look the same


def plot_architecture(model: Any) -> Div:
    """Draw a model's layers, first to last: the shape of each output, and its parameters.

    Squares are feature maps, one behind the other, as large as they are; a row of cells is a row
    of numbers.

    Parameters
    ----------
    model : Network
        Built.

    Raises
    ------
    ValueError
        If the model is not built.
    """
    model_for(model, "plot_architecture").need_built("plot_architecture")
    first = model.input_shape if isinstance(model.input_shape, list) else [model.input_shape]
    shapes = [*first, *(layer.output_shape for layer in model.acting)]
    sides = [max(shape[1:3]) for shape in shapes if len(shape) == 4]
    largest = max(sides, default=1)
    steps = [_step(shape, largest, "input", "", "") for shape in first]
    for layer in model.acting:
        steps.append(
            _step(
                layer.output_shape,
                largest,
                layer.name,
                f"({type(layer).__name__}{_activation(layer)})",
                _counted(layer),
            )
        )
    count = counted(model.count_params(), "parameter")
    return html(
        f"<p><strong>{escape(model.name)}</strong> has {count}.</p><ol>{''.join(steps)}</ol>",
        read(__package__, "architecture.css"),
    )


def _step(shape: Any, largest: int, name: str, kind: str, learned: str) -> str:
    """Return one row: drawing, name, shape, and what is learned."""
    axes = " × ".join(map(str, shape[1:]))
    return (
        f"<li>{_drawing(shape[1:], largest)}<div><p><strong>{escape(name)}</strong> {escape(kind)}"
        f"</p><p class='pale'>{axes}{' numbers' if len(shape) == 2 else ''}{learned}</p></div></li>"
    )


def _activation(layer: Any) -> str:
    """Return the activation inside a layer, if it has one that changes anything."""
    name = getattr(getattr(layer, "activation", None), "name", "linear")
    return "" if name == "linear" else f", {name}"


def _counted(layer: Any) -> str:
    """Return how many parameters a layer has, and how this number comes about."""
    if not layer.parameters:
        return ""
    terms = [" · ".join(map(str, parameter.value.shape)) for parameter in layer.parameters]
    return f"; {' + '.join(terms)} = {counted(layer.count_params(), 'parameter')}"


def _drawing(axes: tuple[int, ...], largest: int) -> str:
    """Return sheets for feature maps, cells for a row of numbers."""
    shapes = _sheets(*axes, largest) if len(axes) == 3 else _cells(math.prod(axes))
    return f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">{shapes}</svg>'


def _sheets(H: int, W: int, C: int, largest: int) -> str:
    scale = 50 / largest
    height, width = max(4.0, H * scale), max(4.0, W * scale)
    sheets = min(C, MOST_SHEETS)
    step = min(4.0, (WIDTH - width - 2) / max(sheets - 1, 1))
    left = (WIDTH - width - step * (sheets - 1)) / 2
    rise = min(0.5, (HEIGHT - 2 - height) / max(sheets - 1, 1))
    top = (HEIGHT - height + rise * (sheets - 1)) / 2
    return "".join(
        f'<rect class="sheet" x="{left + step * k:.1f}" y="{top - rise * k:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
        for k in reversed(range(sheets))
    )


def _cells(count: int) -> str:
    cells = min(count, MOST_CELLS)
    side = min(8.0, (WIDTH - 2) / cells)
    left, top = (WIDTH - side * cells) / 2, (HEIGHT - side) / 2
    return "".join(
        f'<rect class="sheet" x="{left + side * k:.1f}" y="{top:.1f}" width="{side:.1f}" '
        f'height="{side:.1f}"/>'
        for k in range(cells)
    )
