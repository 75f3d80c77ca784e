"""Two fields that ask for a number without a mouse: which layer, and where in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, Row, Select, TextInput

from numcnn.explain import Trace
from numcnn.visor.theme import INPUT_STYLE

ASK = """
const level = Number(layer.value), shape = shapes[level]
const axes = position.value.split(/[^0-9]+/).filter(text => text).map(Number)
const fits = axes.length === shape.length && axes.every((axis, k) => axis < shape[k])
const place = fits ? axes.reduce((sum, axis, k) => sum * shape[k] + axis, 0) : 0
const now = asked.data
if (level !== now.level[0] || place !== now.place[0])
  asked.data = {level: [level], place: [place]}
"""

FOLLOW = """
const level = asked.data.level[0], axes = []
let place = asked.data.place[0]
for (const length of [...shapes[level]].reverse()) {
  axes.unshift(place % length)
  place = Math.floor(place / length)
}
position.value = axes.join(", ")
layer.value = String(level)
"""


def place_fields(asked: ColumnDataSource, trace: Trace) -> Row:
    """Return the fields, which follow what is asked in other ways.

    Parameters
    ----------
    asked : ColumnDataSource
        One row: ``level`` and ``place``.
    trace : Trace
        Whose layers are asked.
    """
    shapes = [list(output.shape) for output in trace.outputs]
    level, place = asked.data["level"][0], asked.data["place"][0]
    layer = Select(
        title="Layer",
        options=[(str(k), name) for k, name in enumerate(trace.names)],
        value=str(level),
        width=170,
        stylesheets=[INPUT_STYLE],
    )
    position = TextInput(
        title="Row, column, map",
        value=", ".join(str(int(axis)) for axis in np.unravel_index(place, shapes[level])),
        width=150,
        stylesheets=[INPUT_STYLE],
    )
    fields: dict[str, Any] = {
        "asked": asked,
        "layer": layer,
        "position": position,
        "shapes": shapes,
    }
    for widget in (layer, position):
        widget.js_on_change("value", CustomJS(args=fields, code=ASK))
    asked.js_on_change("data", CustomJS(args=fields, code=FOLLOW))
    return Row(layer, position, styles={"gap": "0.6rem"})
