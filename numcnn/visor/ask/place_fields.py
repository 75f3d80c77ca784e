"""Two fields that ask for a number without a mouse: which layer, and the position in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS, Row, Select, TextInput

from numcnn.explain import Trace
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import INPUT_STYLE, html

TITLES = ["Number", "Row, column", "Row, column, map"]
"""Of the position, in a layer with an output of one, two or three axes."""


def place_fields(asked: ColumnDataSource, trace: Trace) -> Column:
    """Return the fields, and a text below them that says what is wrong with a position.

    They follow what is asked in other ways.

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
        title=TITLES[min(len(shapes[level]), len(TITLES)) - 1],
        value=", ".join(str(int(axis)) for axis in np.unravel_index(place, shapes[level])),
        width=150,
        stylesheets=[INPUT_STYLE],
    )
    told = html("", name="place-told", visible=False)
    fields: dict[str, Any] = {
        "asked": asked,
        "layer": layer,
        "position": position,
        "told": told,
        "shapes": shapes,
        "names": trace.names,
        "titles": TITLES,
    }
    for widget in (layer, position):
        widget.js_on_change("value", CustomJS(args=fields, code=read(__package__, "ask_place.js")))
    asked.js_on_change("data", CustomJS(args=fields, code=read(__package__, "follow_place.js")))
    return Column(
        Row(layer, position, styles={"gap": "0.6rem"}),
        told,
        name="place-fields",
        sizing_mode="stretch_width",
        stylesheets=[read(__package__, "place_fields.css")],
    )
