"""Every number of one sample on its way through a network, and a panel that says why it is so.

The maps of each level are pictures in a row of figures, from the sample to the last layer.  A click
on a number asks for it; so do the buttons in the panel, and the fields above it, for those who use
the keyboard.  What is asked stands in `LayersView.asked`, whoever answers it (Python on a live
page, `account.js` on a saved one) puts the record of the answer into `LayersView.answered`, and
`panel.js` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
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
from numcnn.visor.answers import grid, record
from numcnn.visor.place_fields import place_fields
from numcnn.visor.theme import HTML_STYLE, write
from numcnn.visor.tiles import map_figure, repaint

MOST_MAPS = 64
"""Of one layer; those of a wider one are asked for in the fields, or through the layer above."""
MANY, FEW_IN_A_ROW, MANY_IN_A_ROW = 16, 4, 8
"""Up to so many maps, so many in a row; of more, so many."""
MAP, IMAGE, ROW = 84, 200, 480
"""Pixels of the screen: a map among others, a map alone, a row of numbers."""
NO_MARKS: dict[str, list[float]] = {"left": [], "right": [], "top": [], "bottom": []}

PANEL_STYLE = """
:host { overflow-wrap: anywhere; }
h3 { font-size: 1.15rem; margin: 0.3rem 0 0; font-variant-numeric: tabular-nums; }
.trail { font-size: 13px; }
button { font: inherit; color: var(--accent, #1667a8); background: none; border: 0; padding: 0;
  cursor: pointer; text-decoration: underline; text-underline-offset: 2px; }
button:focus-visible, .terms:focus-visible { outline: 2px solid var(--accent, #1667a8); }
.terms { max-height: 22rem; overflow: auto; border: 1px solid var(--rule, #d5dae1);
  margin: 0.5rem 0; }
.terms th { position: sticky; top: 0; background: var(--panel, #f5f6f8); }
.terms th:first-child, .terms td:first-child { padding-left: 0.5rem; }
th, td { padding: 0.15rem 0.4rem; font-size: 13px; }
.terms table { width: 100%; }
.winner td { background: color-mix(in srgb, var(--accent, #1667a8) 16%, transparent);
  font-weight: 600; }
.lines { width: 100%; }
.lines td:first-child { white-space: normal; }
.result td { font-weight: 700; border-bottom: 2px solid var(--ink, #20242c); }
.classes { margin-top: 0.7rem; width: 100%; }
.bar { width: 6rem; padding: 0; }
@media (max-width: 40rem) { /* five columns on a telephone */
  .terms th, .terms td { font-size: 11px; padding: 0.15rem 0.2rem; } }
.bar i { display: block; height: 0.8rem; background: #2187c4; }
.warning { font-weight: 700; }
"""

ASKING_STYLE = """
:host { position: sticky; top: 0.5rem; flex: 1 1 32rem; min-width: min(32rem, 100%); }
@media (max-width: 72rem) { :host { /* below the maps, so: always in sight */
  top: auto; bottom: 0; max-height: 50vh; overflow: auto; z-index: 2; padding-bottom: 0.5rem;
  background: var(--paper, #ffffff); border-top: 2px solid var(--rule, #d5dae1); } }
"""

CLICK = """
const [H, W, maps] = grid
const {left, top} = pixels.data
const {x, y} = cb_obj
const inside = map => left[map] <= x && x < left[map] + W && top[map] <= y && y < top[map] + H
const map = Array.from(left, (_, map) => map).find(inside)
if (map === undefined) return
const place = (Math.floor(y - top[map]) * W + Math.floor(x - left[map])) * maps + map
if (place < count) asked.data = {level: [level], place: [place]}
"""


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
    beside_input : Row
        The figure of the sample, and room for others.
    layout : Row
        What a page shows.
    """

    def __init__(self, trace: Trace, class_names: Sequence[str] = ()) -> None:
        self.trace = trace
        self.class_names = list(class_names)
        level, place = first_question(trace)
        self.asked = ColumnDataSource({"level": [level], "place": [place]}, name="asked")
        self.answered = ColumnDataSource({"record": ["null"]}, name="answered")
        self.pixels: list[ColumnDataSource] = []
        self.colours: list[Any] = []
        self.marks: list[ColumnDataSource] = []
        self.figures = [self._figure(level) for level in range(len(trace.outputs))]
        self.panel = Div(
            name="panel",
            stylesheets=[HTML_STYLE, PANEL_STYLE],
            sizing_mode="stretch_width",
            text="<p class='pale'>Click on any number in the maps.</p>",
        )
        asking = Column(
            place_fields(self.asked, trace),
            self.panel,
            sizing_mode="stretch_width",
            stylesheets=[ASKING_STYLE],
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
                code=read("panel.js")
                + "\nconst answer = JSON.parse(answered.data.record[0])"
                + "\nif (answer !== null) show(answer, panel, marks, maps)",
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
        side = min(side, 30 * max(rows, columns))
        in_a_row = FEW_IN_A_ROW if shown <= MANY else MANY_IN_A_ROW
        names = [f"map {number}" for number in range(shown)] if maps > 1 else [""]
        plot = map_figure(title, tiles(output), names, in_a_row, side, labelled=False)
        if level == len(self.trace.outputs) - 1 and output.size == len(self.class_names) == columns:
            write(
                plot,
                x=np.arange(columns) + 0.5,
                y=np.ones(columns),
                text=self.class_names,
                y_offset=4,
                text_align="center",
                text_baseline="top",
            )
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
            code=CLICK,
        )
        plot.js_on_event("tap", ask)
        plot.js_on_event("doubletap", ask)  # two numbers, asked quickly one after the other
        return plot

    def show(self, trace: Trace, maps: list[np.ndarray] | None = None) -> None:
        """Show another sample, and answer again what is asked; on a live page.

        If that was the prediction, it is the new one now.

        Parameters
        ----------
        trace : Trace
        maps : list of numpy.ndarray, optional
            What to show of each level in place of its numbers, such as gradients.
        """
        asked = [self.asked.data[key][0] for key in ("level", "place")]
        follows = asked == [*first_question(self.trace)] != [*first_question(trace)]
        self.trace = trace
        values = trace.outputs if maps is None else maps
        for level, numbers in enumerate(values):
            repaint(self.figures[level], tiles(numbers))
        if follows:
            level, place = first_question(trace)
            self.asked.data = {"level": [level], "place": [place]}  # which is answered
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


def first_question(trace: Trace) -> tuple[int, int]:
    """Return the number that is asked at first: the largest of the last layer."""
    return len(trace.outputs) - 1, int(np.nan_to_num(trace.outputs[-1]).argmax())


def tiles(output: np.ndarray) -> np.ndarray:
    """Return an output's maps ``(maps, rows, columns)``, at most `MOST_MAPS`; NaN fills up."""
    rows, columns, maps = grid(output.shape)
    full = np.full(rows * columns * maps, np.nan, np.float32)
    full[: output.size] = output.reshape(-1)
    return full.reshape(rows, columns, maps).transpose(2, 0, 1)[:MOST_MAPS]


def read(name: str) -> str:
    """Return a file of this package."""
    return files("numcnn.visor").joinpath(name).read_text(encoding="utf-8")
