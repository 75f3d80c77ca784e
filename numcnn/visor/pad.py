"""The drawing pad: draw a digit, and watch the network read it, all its layers included.

Everything is computed in the thread of the page's server, one drawing after another, so two open
pages never compute at the same time.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.models import (
    Button,
    CheckboxGroup,
    Column,
    ColumnDataSource,
    CustomJS,
    Range1d,
    Row,
    Select,
    Slider,
)
from bokeh.plotting import figure

from numcnn.datasets.pen_strokes import WAYS
from numcnn.explain import Trace
from numcnn.visor.drawing import MOST_POINTS, PAPER, Seen, checked_strokes, see
from numcnn.visor.layers_view import LayersView, read
from numcnn.visor.theme import INPUT_STYLE, chart, html
from numcnn.visor.tiles import data_url

SIDE = 320  # pixels of the screen, of the paper
REST = 250  # milliseconds without a new point
SEEN = 112  # of each step of what the network sees
STEPS = ("fit into a box of 20 × 20", "centre by mass")
TABLET_STYLE = """
.steps { display: flex; flex-wrap: wrap; gap: 0.8rem; }
.steps figure { margin: 0; width: 7rem; font-size: 13px; color: var(--pale, #5d6673); }
.steps .frame { position: relative; }
.steps img { display: block; image-rendering: pixelated; border: 1px solid var(--rule, #d5dae1);
  box-sizing: border-box; }
.steps .box { position: absolute; border: 1.5px solid var(--accent, #1667a8);
  box-sizing: border-box; }
.said { font-size: 2.6rem; line-height: 1.1; font-weight: 700; margin: 0; }
.classes { width: 100%; max-width: 22rem; }
.classes td { padding: 0.1rem 0.4rem; }
.classes .bar { width: 60%; }
.bar i { display: block; height: 0.9rem; background: #2187c4; }
.first td { font-weight: 700; }
"""


class Pad:
    """A page to draw on, for one browser.

    Parameters
    ----------
    model : Network
        Built, for square images of one or three channels, and ending in one output a class.
    class_names : sequence of str, optional

    Attributes
    ----------
    strokes : ColumnDataSource
        What was drawn: ``xs`` and ``ys``, a list of places a stroke, from 0 to 28.
    layout : Column

    Raises
    ------
    ValueError
        If the model takes no such images.
    """

    def __init__(self, model: Any, class_names: Any = None) -> None:
        self.side = checked_side(model)
        self.model = model
        classes = model.output_shape[1]
        self.class_names = [str(name) for name in class_names or range(classes)]
        self.strokes = ColumnDataSource({"xs": [], "ys": []}, name="strokes")
        self.strokes.on_change("data", lambda _name, _old, _new: self.update())
        self._ink = ColumnDataSource({"xs": [], "ys": []}, name="ink", syncable=False)
        self._pen = ColumnDataSource({"x": [], "y": [], "size": []}, syncable=False)
        self._draw = CustomJS(
            args={
                "ink": self._ink,
                "strokes": self.strokes,
                "pen": self._pen,
                "side": PAPER,
                "most": MOST_POINTS,
            },
            code=read("pen.js"),
        )
        self._paper = self._make_paper()
        self._steps = CheckboxGroup(labels=list(STEPS), active=[0, 1], stylesheets=[INPUT_STYLE])
        self._threshold = Slider(
            title="No digit found where no class reaches",
            start=0,
            end=1,
            step=0.01,
            value=0.5,
            sizing_mode="stretch_width",
            max_width=350,
            stylesheets=[INPUT_STYLE],
        )
        for widget, what in ((self._steps, "active"), (self._threshold, "value")):
            widget.on_change(what, lambda _name, _old, _new: self.update())
        self._seen, self._said = html(""), html("")
        for text in (self._seen, self._said):
            text.stylesheets = [*text.stylesheets, TABLET_STYLE]
        self._view = LayersView(self._trace(None), self.class_names)
        self._view.answer_live()
        self._settling: Any = None
        self.layout = self._arranged()
        self.update()

    def update(self) -> None:
        """Show what the network sees of the drawing now, and what it says."""
        strokes = checked_strokes(self.strokes.data["xs"], self.strokes.data["ys"])
        fit, centre = (step in self._steps.active for step in (0, 1))
        seen = see(strokes, self.side, fit, centre)
        trace = self._trace(seen)
        self._seen.text = _steps(seen)
        self._said.text = self._answer(trace.outputs[-1] if seen else None)
        document = self.layout.document
        if document is None:
            self._settle(trace)
            return
        self._view.show(trace, answer=False)  # the arithmetic, when the pen rests
        if self._settling is not None:
            document.remove_timeout_callback(self._settling)
        self._settling = document.add_timeout_callback(lambda: self._settle(trace), REST)

    def _settle(self, trace: Trace) -> None:
        """Account for what is asked: the prediction, unless it is a number further down."""
        self._settling = None
        last = len(trace.outputs) - 1
        best = int(np.nan_to_num(trace.outputs[-1]).argmax())
        asked = self._view.asked.data
        follows = asked["level"][0] == last and asked["place"][0] != best
        self._view.show(trace, answer=not follows)
        if follows:
            self._view.asked.data = {"level": [last], "place": [best]}

    def install(self, document: Document) -> None:
        """Let the paper take keys, once the page is there."""
        code = """
const {el, canvas_view} = Bokeh.index.find_one(paper)
canvas_view.events_el.style.touchAction = "none" // a finger draws here, it does not scroll
el.tabIndex = 0
el.setAttribute("role", "application")
el.setAttribute("aria-label", "Paper: arrows move the pen, space puts it down, Delete clears")
el.addEventListener("keydown", event => draw.execute(event))
el.addEventListener("pointerdown", () => el.focus({preventScroll: true}))
"""
        arguments = {"paper": self._paper, "draw": self._draw}
        document.js_on_event("document_ready", CustomJS(args=arguments, code=code))

    def _trace(self, seen: Seen | None) -> Trace:
        """Return the picture's way through the network; of an empty paper, if nothing is seen."""
        H, W, C = self.model.input_shape[1:]
        picture = np.zeros((H, W), np.float32) if seen is None else seen.centred
        return Trace(self.model, np.repeat(picture[..., np.newaxis], C, axis=2))

    def _make_paper(self) -> figure:
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
            source=self._ink,
            line_color="#2187c4",
            line_width=26,
            line_cap="round",
            line_join="round",
        )
        paper.scatter(
            "x", "y", size="size", source=self._pen, marker="cross", color="#d9650f", line_width=2
        )
        for event in ("panstart", "pan", "panend", "tap", "doubletap"):
            paper.js_on_event(event, self._draw)
        return paper

    def _arranged(self) -> Column:
        clear = Button(label="Clear", width=90, stylesheets=[INPUT_STYLE])
        clear.js_on_event("button_click", self._draw)
        write = Select(
            title="Or let it be written",
            options=["…", *(f"a {digit}" for digit in range(10))],
            value="…",
            width=150,
            stylesheets=[INPUT_STYLE],
        )
        write.on_change("value", lambda _name, _old, new: self._write(new))
        beside = "flex: 1 1 18rem; min-width: min(18rem, 100%);"
        parts = [
            Column(
                self._paper, Row(clear, write, styles={"gap": "1rem", "align-items": "flex-end"})
            ),
            Column(
                html("<h3>What the network sees</h3>"),
                self._seen,
                self._steps,
                stylesheets=[f":host {{ {beside} }}"],
            ),
            Column(
                html("<h3>What it says</h3>"),
                self._said,
                self._threshold,
                stylesheets=[f":host {{ {beside} }}"],
            ),
        ]
        row = Row(
            *parts,
            sizing_mode="stretch_width",
            stylesheets=[":host { flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }"],
        )
        return Column(
            row,
            html("<h2>Ask any number why</h2>"),
            self._view.layout,
            sizing_mode="stretch_width",
            styles={"gap": "1rem"},
        )

    def _write(self, choice: str) -> None:
        """Write a digit on the paper, as it is taught."""
        digits = [way for way in WAYS if choice == f"a {way.digit}"]
        if digits:
            sketch = [stroke * np.float32(1.4) + (7, 4.2) for stroke in digits[0].sketches()[0]]
            data = {axis: [s[:, k].tolist() for s in sketch] for k, axis in enumerate(("xs", "ys"))}
            self._ink.data, self.strokes.data = data, dict(data)

    def _answer(self, outputs: np.ndarray | None) -> str:
        """Return the prediction as HTML."""
        if outputs is None:
            return "<p class='said pale'>…</p><p class='pale'>The paper is empty.</p>"
        best = int(outputs.argmax())
        name, share = escape(self.class_names[best]), f"{outputs[best]:.1%}"
        said = f"<p class='said'>{name}</p><p class='pale'>probability {share}</p>"
        if not outputs[best] >= self._threshold.value:
            said = (
                "<p class='said'>no digit found</p>"
                f"<p class='pale'>most likely {name}, but only {share}</p>"
            )
        rows = "".join(
            f"<tr{' class=first' if c == best else ''}><td>{escape(self.class_names[c])}</td>"
            f"<td class='bar'><i style='width:{100 * p:.1f}%'></i></td><td>{p:.1%}</td></tr>"
            for c, p in enumerate(np.nan_to_num(outputs).clip(0, 1).tolist())
        )
        return f"<div role='status'>{said}</div><table class='classes'>{rows}</table>"


def checked_side(model: Any) -> int:
    """Return the side of the images that a model takes."""
    shape = getattr(model, "input_shape", None)
    if not model.built or shape is None:
        raise ValueError(
            f'model "{model.name}" has no weights yet: fit it, or load it from a file.'
        )
    match shape[1:]:
        case (int(H), int(W), int(C)) if H == W and C in (1, 3) and len(model.output_shape) == 2:
            return H
    raise ValueError(
        "the drawing pad needs a model for square images of one channel or three, with one output "
        f"a class, but this one takes {shape} and gives {model.output_shape}."
    )


def _steps(seen: Seen | None) -> str:
    """Return the steps as HTML."""
    if seen is None:
        return "<div class='steps'><p class='pale'>Nothing yet.</p></div>"
    side = len(seen.strokes)
    left, top, right, bottom = (place * SEEN / side for place in seen.box)
    box = (
        f"<div class='box' style='left:{left:.0f}px; top:{top:.0f}px; width:{right - left:.0f}px; "
        f"height:{bottom - top:.0f}px'></div>"
    )
    pictures = [
        (seen.strokes, box, "the strokes and their box"),
        (seen.fitted, "", "fitted"),
        (seen.centred, "", f"centred: {side} × {side} numbers, what goes in"),
    ]
    figures = "".join(
        f"<figure><div class='frame'><img class='grey' alt='' width='{SEEN}' height='{SEEN}' "
        f"src='{data_url((picture * 255).round().astype(np.uint8))}'>{over}</div>"
        f"<figcaption>{name}</figcaption></figure>"
        for picture, over, name in pictures
    )
    return f"<div class='steps'>{figures}</div>"
