"""The drawing pad: draw a digit, and watch the network read it, all its layers included.

Everything is computed in the thread of the page's server, one drawing after another, so two open
pages never compute at the same time.

A page sends its newest drawing when it has the answer to the one before, so a slow machine answers
less often, and not later and later.  While the pen moves an answer is one message, which
`pad.js` shows without Bokeh's layout and figures: these follow when the pen rests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.models import (
    CheckboxGroup,
    Column,
    ColumnDataSource,
    CustomJS,
    Row,
    Slider,
)

from numcnn.explain import Trace
from numcnn.picture_checks import model_with_one_output
from numcnn.visor.ask.layers_view import LayersView
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import INPUT_STYLE, html
from numcnn.visor.pad.drawing import Seen, checked_strokes, see
from numcnn.visor.pad.paper import Paper
from numcnn.visor.pad.quick_maps import PALETTE, codes
from numcnn.visor.pad.texts import classes_text, said_text, steps_text

THRESHOLD = 0.5
"""The smallest probability with which a digit counts as found, until the slider is moved."""
REST = 400  # milliseconds without a new point
NO_CODES = np.zeros(0, np.uint8)
STEPS = ("fit into a box of 20 × 20", "centre by mass")


class Pad:
    """A page to draw on, for one browser.

    Parameters
    ----------
    model : Network
        Built, for square images of one or three channels, and ending in one output a class.
    class_names : sequence of str, optional

    Attributes
    ----------
    paper : Paper
    strokes : ColumnDataSource
        The newest drawing, from the paper.
    shown : ColumnDataSource
        The answer, one row: the ``number`` of the drawing, the HTML of ``steps``, ``said`` and
        ``classes``, and the ``codes`` of all maps, of which there are none while the figures show
        them.
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
        self.paper = Paper()
        self.strokes = self.paper.strokes
        self.strokes.on_change("data", lambda _name, _old, _new: self.update())
        self.shown = ColumnDataSource(name="pad-shown")
        self._steps = CheckboxGroup(labels=list(STEPS), active=[0, 1], stylesheets=[INPUT_STYLE])
        self._threshold = Slider(
            title="“No digit found” below a probability of",
            start=0,
            end=1,
            step=0.01,
            value=THRESHOLD,
            sizing_mode="stretch_width",
            max_width=350,
            stylesheets=[INPUT_STYLE],
        )
        for widget, what in ((self._steps, "active"), (self._threshold, "value")):
            widget.on_change(what, lambda _name, _old, _new: self.update())
        style = read(__package__, "pad.css")
        self._texts = [
            html("<div data-shown='steps' class='steps'></div>", style),
            html(
                "<div data-shown='said' role='status'></div>"
                "<table data-shown='classes' class='classes'></table>",
                style,
            ),
        ]
        self._view = LayersView(self._trace(None), self.class_names)
        self._view.answer_live()
        self._follow = CustomJS(
            args={
                "shown": self.shown,
                "texts": self._texts,
                "figures": self._view.figures,
                "pixels": self._view.pixels,
                "palette": PALETTE,
                "ink": self.paper.ink,
                "age": self.paper.age,
            },
            code=read(__package__, "age.js")
            + read(__package__, "quick_maps.js")
            + read(__package__, "pad.js"),
        )
        self.shown.js_on_change("data", self.paper.answered)
        self.shown.js_on_change("data", self._follow)
        self._latest: Trace | None = None
        self.layout = self._arranged()
        self.update()

    def update(self) -> None:
        """Show what the network sees of the drawing now, and what it says."""
        drawing = self.strokes.data
        strokes = checked_strokes(drawing["xs"], drawing["ys"])
        fit, centre = (step in self._steps.active for step in (0, 1))
        seen = see(strokes, self.side, fit, centre)
        trace = self._latest = self._trace(seen)
        outputs = trace.outputs[-1] if seen else None
        self.shown.data = {
            "number": [*drawing.get("number", ()), 0][:1],
            "steps": [steps_text(seen)],
            "said": [said_text(outputs, self.class_names, self._threshold.value)],
            "classes": [classes_text(outputs, self.class_names)],
            "codes": [codes(trace.outputs)],
        }
        document = self.layout.document
        if document is None:
            self._settle(trace)
        else:
            document.add_timeout_callback(lambda: self._settle(trace), REST)

    def _settle(self, trace: Trace) -> None:
        """Show the figures of a drawing, and account for what is asked, if it is still the latest.

        On a busy machine this may be called long after its time.
        """
        if trace is self._latest:
            self._view.show(trace)
            self.shown.data = {**self.shown.data, "codes": [NO_CODES]}

    def install(self, document: Document) -> None:
        """Show the first answer, and let the paper take keys, once the page is there."""
        document.js_on_event("document_ready", self._follow)
        self.paper.install(document)

    def _trace(self, seen: Seen | None) -> Trace:
        """Return the picture's way through the network; of an empty paper, if nothing is seen."""
        H, W, C = self.model.input_shape[1:]
        picture = np.zeros((H, W), np.float32) if seen is None else seen.centred
        return Trace(self.model, np.repeat(picture[..., np.newaxis], C, axis=2))

    def _arranged(self) -> Column:
        beside = "flex: 1 1 18rem; min-width: min(18rem, 100%);"
        parts = [
            self.paper.layout,
            Column(
                html("<h3 style='margin-top: 0'>The input of the network</h3>"),
                self._texts[0],
                self._steps,
                stylesheets=[f":host {{ {beside} }}"],
            ),
            Column(
                html("<h3 style='margin-top: 0'>Its prediction</h3>"),
                self._texts[1],
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
            self.paper.age,
            self._view.layout,
            tags=[self.shown],  # so that it belongs to the page
            sizing_mode="stretch_width",
            styles={"gap": "1rem"},
        )


def checked_side(model: Any) -> int:
    """Return the side of the images that a model takes."""
    shape = model_with_one_output(model, "the drawing pad").input_shape
    match shape[1:]:
        case (int(H), int(W), int(C)) if H == W and C in (1, 3) and len(model.output_shape) == 2:
            return H
    raise ValueError(
        "the drawing pad needs a model for square images of one channel or three, with one output "
        f"a class, but this one takes {shape} and gives {model.output_shape}."
    )
