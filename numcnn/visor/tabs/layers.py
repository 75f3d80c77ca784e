"""The tab *Layers*: every number of some samples, and why it is so.

On a live page Python answers; a saved page holds a few samples and answers by itself.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS, RadioButtonGroup

from numcnn.explain import Trace, saliency
from numcnn.visor.ask.covered import CoveredImage
from numcnn.visor.ask.embedded import BUDGET, bytes_of_sample, bytes_of_wiring, embed
from numcnn.visor.ask.layers_view import LayersView
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import INPUT_STYLE, html
from numcnn.visor.figures.tiles import as_images, data_url, sizes
from numcnn.visor.tabs.subject import Subject

SAMPLES = 12
"""To choose from: one of each class where there is room, then the surest mistakes."""
SCORES = {"class": "Gradient of the predicted class’s score", "loss": "Gradient of the loss"}

INTRO = (
    "Click on a number in the maps: what it was made of lights up in every layer below it, down to "
    "the sample, and the arithmetic is written out. Click on one of the terms to follow it back."
)
TOO_LARGE = (
    "The weights of this model are too many for a page that holds them. They can be asked on a "
    "live page: python -m numcnn.visor --model FILE."
)

BRANCHES = (
    "This model is a graph, and a saved page can answer for layers in a row only. It can be asked "
    "on a live page: python -m numcnn.visor --model FILE."
)


def tab(subject: Subject) -> Column:
    """Return the tab's layout, for a page that answers by itself."""
    return _layout(subject, live=False)


def live_tab(subject: Subject) -> Column:
    """Return the tab's layout, for a page that asks Python."""
    return _layout(subject, live=True)


def update(layout: Column, subject: Subject) -> None:
    """Answer what was asked on a live page again: the model has learned something."""
    shown = layout.select_one({"name": "shown-sample"})
    shown.trigger("data", shown.data, shown.data)


def _layout(subject: Subject, live: bool) -> Column:
    chosen = choose(subject)
    trace = Trace(subject.model, subject.x[chosen[0]])
    scores, problem = possible_scores(subject, chosen[0])
    if not live and trace.branches:
        return Column(html(_intro(BRANCHES)), sizing_mode="stretch_width")
    if not live:
        room = (BUDGET - bytes_of_wiring(trace)) // bytes_of_sample(trace, len(scores))
        if room < 1:
            return Column(html(_intro(TOO_LARGE)), sizing_mode="stretch_width")
        chosen = chosen[:room]

    view = LayersView(trace, subject.class_names)
    shown = ColumnDataSource({"sample": [0], "mode": [0]}, name="shown-sample")
    parts = [html(_intro(INTRO)), html(_picker(subject, chosen))]
    parts[1].stylesheets = [*parts[1].stylesheets, read(__package__, "picker.css")]
    covered = None
    if scores:
        parts.append(_switch(shown, scores))
        if trace.outputs[0].ndim == 3:
            covered = CoveredImage(subject.model, subject.x[chosen])
            view.beside_input.children.append(covered.layout)
    elif problem:
        parts.append(html(f"<p class='pale'>Without gradients: {escape(problem)}</p>"))

    if live:

        def show(_name: str, _old: Any, _new: Any) -> None:
            sample, mode = (int(shown.data[key][0]) for key in ("sample", "mode"))
            if 0 <= sample < len(chosen) and 0 <= mode <= len(scores):
                index = chosen[sample]
                maps = gradients(subject, index, scores[mode - 1]) if mode else None
                view.show(Trace(subject.model, subject.x[index]), maps)
                if covered:
                    covered.show(sample if mode else None)

        shown.on_change("data", show)
        view.answer_live()
    else:
        traces = [Trace(subject.model, subject.x[index]) for index in chosen]
        modes = [[gradients(subject, index, score) for score in scores] for index in chosen]
        embed(view, shown, traces, modes)
        view.answer()
        if covered:
            covered.embed(shown)
    return Column(
        *parts, view.layout, tags=[shown], sizing_mode="stretch_width", styles={"gap": "0.6rem"}
    )


def choose(subject: Subject) -> list[int]:
    """Return the samples to choose from: the first right one of each class, the surest mistakes."""
    found = subject.probabilities.argmax(axis=1)
    sure = subject.probabilities.max(axis=1)
    right = [
        np.flatnonzero((subject.labels == c) & (found == c)) for c in np.unique(subject.labels)
    ]
    first = [int(samples[0]) for samples in right if samples.size]
    wrong = np.flatnonzero(found != subject.labels)
    mistakes = wrong[np.argsort(-sure[wrong], kind="stable")].tolist()
    kept = first[: SAMPLES - min(len(mistakes), 2)]
    return (kept + mistakes)[:SAMPLES] or [0]


def possible_scores(subject: Subject, index: int) -> tuple[list[str], str]:
    """Return the scores whose gradients can be had, and if there are none, why."""
    try:
        gradients(subject, index, "class")
    except ValueError as error:
        return [], str(error)
    classes = subject.model.output_shape[1]
    return (["class", "loss"] if classes > 1 else ["class"]), ""


def gradients(subject: Subject, index: int, score: str) -> list[np.ndarray]:
    """Return a sample's gradients: of the predicted class's score, or of the loss."""
    sample = subject.x[index]
    logits = subject.model.forward(sample[np.newaxis], final_activation=False)[0]
    target = int(subject.labels[index] if score == "loss" else logits.argmax())
    return saliency(subject.model, sample, target, score)


def _switch(shown: ColumnDataSource, scores: list[str]) -> RadioButtonGroup:
    """Return the switch between numbers and gradients."""
    switch = RadioButtonGroup(
        labels=["Numbers", *(SCORES[score] for score in scores)],
        active=0,
        stylesheets=[INPUT_STYLE],
    )
    turn = CustomJS(args={"shown": shown}, code=read(__package__, "switch.js"))
    switch.js_on_change("active", turn)
    return switch


def _intro(text: str) -> str:
    return f"<h2>Ask any number why</h2><p class='pale'>{escape(text)}</p>"


def _picker(subject: Subject, chosen: list[int]) -> str:
    """Return the samples as buttons."""
    buttons = []
    found = subject.probabilities.argmax(axis=1)
    for number, (index, image) in enumerate(zip(chosen, as_images(subject.x[chosen]), strict=True)):
        width, height = sizes(image)
        label, said = (subject.class_names[c] for c in (subject.labels[index], found[index]))
        caption = escape(label if label == said else f"{label}, read as {said}")
        kind = "grey" if image.ndim == 2 else "colour"
        buttons.append(
            f'<button data-show="{number}" aria-pressed="{str(number == 0).lower()}">'
            f'<img class="{kind}" src="{data_url(image)}" width="{width // 2}" '
            f'height="{max(1, height // 2)}" alt="">{caption}</button>'
        )
    return f'<div class="picker" role="group" aria-label="Samples">{"".join(buttons)}</div>'
