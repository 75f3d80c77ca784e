"""The paper: strokes of a mouse, a finger or the keys, which the page sends to Python.

The page alone changes what is on the paper, so no late answer from Python can spoil a drawing.
Each drawing that it sends has a number, and the answer repeats this number: an answer to a drawing
from before the paper was cleared is dropped.
"""

from __future__ import annotations

import numpy as np
from bokeh.document import Document
from bokeh.models import Button, Column, ColumnDataSource, CustomJS, Range1d, Row, Select
from bokeh.plotting import figure

from numcnn.datasets.generated.pen_strokes import WAYS
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import INPUT_STYLE, chart, html
from numcnn.visor.pad.drawing import MOST_POINTS, PAPER

SIDE = 320  # pixels of the screen, of the paper
NOTHING = "…"  # of the digits to choose from


class Paper:
    """The paper of one page, with its buttons.

    Attributes
    ----------
    strokes : ColumnDataSource
        The newest drawing that the page has sent: ``xs`` and ``ys``, a list of places from 0 to 28
        for each stroke, and in ``number`` the drawing's number, for each stroke again.
    ink : ColumnDataSource
        The strokes on the paper.  They are never sent to Python.
    age : Div
        Says that what stands below is still about an older drawing, while that is so.
    answered : CustomJS
        To be run when an answer comes: sends what was drawn meanwhile.
    layout : Column
    """

    def __init__(self) -> None:
        self.strokes = ColumnDataSource({"xs": [], "ys": []}, name="strokes")
        self.ink = ColumnDataSource({"xs": [], "ys": []}, name="ink", syncable=False)
        self.age = html(
            "<p class='pale' role='note' style='visibility: hidden'>The arithmetic below is still "
            "about an older drawing. It follows when the pen rests.</p>"
        )
        pen = ColumnDataSource({"x": [], "y": [], "size": []}, syncable=False)
        written = Select(
            title="Or choose a digit",
            options=[NOTHING, *sketches()],
            value=NOTHING,
            width=150,
            stylesheets=[INPUT_STYLE],
        )
        self.answered = CustomJS(
            args={
                "ink": self.ink,
                "strokes": self.strokes,
                "pen": pen,
                "age": self.age,
                "written": written,
                "sketches": sketches(),
                "nothing": NOTHING,
                "side": PAPER,
                "most": MOST_POINTS,
            },
            code=read(__package__, "age.js") + read(__package__, "pen.js"),
        )
        clear = Button(label="Clear", width=90, stylesheets=[INPUT_STYLE])
        clear.js_on_event("button_click", self.answered)
        written.js_on_change("value", self.answered)
        self._figure = self._make_figure(pen)
        buttons = Row(clear, written, styles={"gap": "1rem", "align-items": "flex-end"})
        self.layout = Column(self._figure, buttons)

    def install(self, document: Document) -> None:
        """Let the paper take keys and fingers once the page is there."""
        arguments = {"paper": self._figure, "draw": self.answered}
        keys = CustomJS(args=arguments, code=read(__package__, "keys.js"))
        document.js_on_event("document_ready", keys)

    def _make_figure(self, pen: ColumnDataSource) -> figure:
        paper = chart(
            "Draw a digit",
            x_range=Range1d(0, PAPER),
            y_range=Range1d(PAPER, 0),
            width=SIDE,
            height=SIDE + 30,
            sizing_mode="fixed",
            min_border=2,
            name="paper",
        )
        paper.axis.visible = paper.grid.visible = False
        paper.outline_line_color, paper.outline_line_width = "#7c8694", 1
        paper.multi_line(
            "xs",
            "ys",
            source=self.ink,
            line_color="#2187c4",
            line_width=26,
            line_cap="round",
            line_join="round",
        )
        paper.scatter(
            "x", "y", size="size", source=pen, marker="cross", color="#d9650f", line_width=2
        )
        for event in ("panstart", "pan", "panend", "tap", "doubletap"):
            paper.js_on_event(event, self.answered)
        return paper


def sketches() -> dict[str, dict[str, list[list[float]]]]:
    """Return a drawing of each digit: ``xs`` and ``ys`` by ``"a 0"`` to ``"a 9"``."""
    found = {}
    for digit in range(10):
        way = next(way for way in WAYS if way.digit == digit)
        strokes = [stroke * np.float32(1.4) + (7, 4.2) for stroke in way.sketches()[0]]
        found[f"a {digit}"] = {
            axis: [stroke[:, k].tolist() for stroke in strokes]
            for k, axis in enumerate(("xs", "ys"))
        }
    return found
