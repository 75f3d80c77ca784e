"""Every number of one sample on its way through a network, and a panel that says why it is so.

The maps of each level are pictures in a row of figures, from the sample to the last layer.  A click
on a number asks for it; so do the buttons in the panel, and the fields above it, for those who use
the keyboard.  The question stands in `LayersView.asked`.  The answer comes from Python on a live
page, and from `account.js` on a saved one; its record is put into `LayersView.answered`, and
`panel.js` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import (
    Column,
    ColumnDataSource,
    CustomJS,
    Div,
    Quad,
    Row,
)

from numcnn.explain import Trace
from numcnn.visor.ask.answers import grid, largest_place, record
from numcnn.visor.ask.place_fields import place_fields
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import HTML_STYLE, write
from numcnn.visor.figures.tiles import map_figure, paint

MOST_MAPS = 64
"""Of one layer; those of a wider one are asked for in the fields, or through the layer above."""
MANY, FEW_IN_A_ROW, MANY_IN_A_ROW = 16, 4, 8
"""Up to `MANY` maps stand `FEW_IN_A_ROW`, more of them `MANY_IN_A_ROW`."""
MAP, IMAGE, ROW, CELL = 84, 200, 480, 30
"""Pixels of the screen: a map among others, a map alone, a row of numbers, one of few numbers."""
SHORT = 3
"""Characters of a class name that fits below its number."""
GLANCE = 64
"""Terms of a sum that can be seen at a glance."""
NO_MARKS: dict[str, list[float]] = {"left": [], "right": [], "top": [], "bottom": []}


class LayersView:
    """The maps of every level, and the panel.

    Parameters
    ----------
    trace : Trace
        What is shown at first.
    class_names : sequence of str
        Of the last layer's outputs.

    Attributes
    ----------
    asked : ColumnDataSource
        One row: ``level`` and ``place`` of the number that is asked.
    answered : ColumnDataSource
        One row: ``record``, the answer as JSON.
    figures : list of bokeh.plotting.figure
        Of each level.
    pixels : list of ColumnDataSource
        The maps of each level.
    followed : tuple of int
        As `followed_levels` returns them.
    beside_input : Row
        The figure of the sample, and room for others.
    layout : Row
        What a page shows.
    """

    def __init__(self, trace: Trace, class_names: Sequence[str] = ()) -> None:
        self.trace = trace
        self.class_names = list(class_names)
        first, last = self.followed = followed_levels(trace)
        self.asked = ColumnDataSource(
            {"level": [first], "place": [largest_place(trace, first)]},
            name="asked",
            tags=[last, trace.outputs[last].size],  # where a page asks for a class
        )
        self.answered = ColumnDataSource({"record": ["null"]}, name="answered", tags=["place"])
        self.pixels: list[ColumnDataSource] = []
        self.colours: list[Any] = []
        self.marks: list[ColumnDataSource] = []
        self.figures = [self._figure(level) for level in range(len(trace.outputs))]
        self.panel = Div(
            name="panel",
            stylesheets=[HTML_STYLE, read(__package__, "panel.css")],
            sizing_mode="stretch_width",
            text="<p class='pale'>Click on any number in the maps.</p>",
        )
        asking = Column(
            place_fields(self.asked, trace),
            self.panel,
            name="asking",
            sizing_mode="stretch_width",
            stylesheets=[read(__package__, "asking.css")],
        )
        self.beside_input = Row(
            self.figures[0],
            sizing_mode="stretch_width",
            stylesheets=[":host { flex-wrap: wrap; align-items: flex-start; gap: 1rem; }"],
        )
        self.maps = Column(
            self.beside_input,
            *self.figures[1:],
            sizing_mode="stretch_width",
            styles={"flex": "1 1 34rem", "min-width": "min(34rem, 100%)", "gap": "0.4rem"},
        )
        self.layout = Row(
            self.maps,
            asking,
            tags=[self.asked, self.answered],  # so that they belong to the page
            sizing_mode="stretch_width",
            stylesheets=[":host { flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }"],
        )
        self.answered.js_on_change(
            "data",
            CustomJS(
                args={
                    "panel": self.panel,
                    "answered": self.answered,
                    "marks": self.marks,
                    "maps": self.pixels,
                },
                code=read(__package__, "panel.js"),
            ),
        )

    def _figure(self, level: int) -> Any:
        """Return the figure of one level, and remember its sources."""
        output = self.trace.outputs[level]
        rows, columns, maps = grid(output.shape)
        title = f"{self.trace.names[level]}: {' × '.join(map(str, output.shape))}"
        if maps > MOST_MAPS:
            title += f", the first {MOST_MAPS} maps"
        shown = min(maps, MOST_MAPS)
        side = MAP if maps > 1 else IMAGE if rows > 1 and len(output.shape) > 1 else ROW
        side = min(side, CELL * max(rows, columns))
        in_a_row = FEW_IN_A_ROW if shown <= MANY else MANY_IN_A_ROW
        names = [f"map {number}" for number in range(shown)] if maps > 1 else [""]
        plot = map_figure(title, tiles(output), names, in_a_row, side, labelled=False)
        if level == len(self.trace.outputs) - 1 and output.size == len(self.class_names) == columns:
            self._write_names(plot)
        image = plot.renderers[0]
        pixels, marks = image.data_source, ColumnDataSource(dict(NO_MARKS))
        self.pixels.append(pixels)
        self.colours.append(image.glyph.color_mapper)
        self.marks.append(marks)
        for colour, width in (("#ffffff", 5), ("#000000", 2)):  # seen on every colour
            plot.add_glyph(
                marks,
                Quad(
                    left="left",
                    right="right",
                    top="top",
                    bottom="bottom",
                    fill_color=None,
                    line_color=colour,
                    line_width=width,
                ),
            )
        ask = CustomJS(
            args={
                "asked": self.asked,
                "pixels": pixels,
                "grid": [rows, columns, maps],
                "level": level,
                "count": output.size,
            },
            code=read(__package__, "click.js"),
        )
        plot.js_on_event("tap", ask)
        plot.js_on_event("doubletap", ask)  # two numbers, asked quickly one after the other
        return plot

    def _write_names(self, plot: Any) -> None:
        """Write the class names below the last layer's numbers, long ones at an angle."""
        longest = max(map(len, self.class_names))
        turned = {"angle": 1.2, "text_align": "right", "text_baseline": "middle"}
        upright = {"text_align": "center", "text_baseline": "top"}
        room = 7 * longest + 12 if longest > SHORT else 18
        plot.y_range.start += room / CELL
        plot.height += room
        write(
            plot,
            x=np.arange(len(self.class_names)) + 0.5,
            y=np.ones(len(self.class_names)),
            text=self.class_names,
            y_offset=4,
            **(turned if longest > SHORT else upright),
        )

    def show(self, trace: Trace, maps: list[np.ndarray] | None = None) -> None:
        """Show another sample, and answer again what is asked; on a live page.

        If that was the largest number of a level in `followed`, it is the new largest one now.

        Parameters
        ----------
        trace : Trace
        maps : list of numpy.ndarray, optional
            What to show of each level in place of its numbers, such as gradients.
        """
        level, place = (self.asked.data[key][0] for key in ("level", "place"))
        goal = place
        if level in self.followed and place == largest_place(self.trace, level):
            goal = largest_place(trace, level)
        self.trace = trace
        values = trace.outputs if maps is None else maps
        for numbers, pixels, colours in zip(values, self.pixels, self.colours, strict=True):
            paint(tiles(numbers), pixels, colours)
        if goal != place:
            self.asked.data = {"level": [level], "place": [goal]}  # which is answered
        else:
            self.answer()

    def answer(self) -> None:
        """Answer what is asked."""
        level, place = int(self.asked.data["level"][0]), int(self.asked.data["place"][0])
        if 0 <= level < len(self.trace.outputs) and 0 <= place < self.trace.outputs[level].size:
            found = record(self.trace.why_place(level, place), self.class_names)
            self.answered.data = {"record": [json.dumps(found)]}

    def answer_live(self) -> None:
        """Let Python answer from now on."""
        self.asked.on_change("data", lambda _name, _old, _new: self.answer())
        self.answer()


def followed_levels(trace: Trace) -> tuple[int, int]:
    """Return the levels of which the largest number is asked, whatever the sample is.

    The first is asked at the beginning: the first layer whose sums have few terms, such as 25 in a
    window of 5 · 5 pixels, which can be seen at a glance.  The other is the last, with the
    prediction.
    """
    last = len(trace.outputs) - 1
    terms = {
        level: len(wired.window)
        for level, wired in enumerate(trace.wirings)
        if wired is not None and wired.rule == "weighted sum"
    }
    few = [level for level in terms if terms[level] <= GLANCE]
    return (few or sorted(terms, key=lambda level: terms[level]) or [last])[0], last


def tiles(output: np.ndarray) -> np.ndarray:
    """Return an output's maps ``(maps, rows, columns)``, at most `MOST_MAPS`; NaN fills up."""
    rows, columns, maps = grid(output.shape)
    full = np.full(rows * columns * maps, np.nan, np.float32)
    full[: output.size] = output.reshape(-1)
    return full.reshape(rows, columns, maps).transpose(2, 0, 1)[:MOST_MAPS]
