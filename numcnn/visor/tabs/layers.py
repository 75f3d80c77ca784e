"""The tab *Layers*: every number of a sample, and why it is what it is.

On a live page Python answers.  A saved page answers by itself: it holds all numbers of a few
samples, and the inputs of others, whose numbers it computes.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS, RadioButtonGroup

from numcnn.explain import Trace, saliency
from numcnn.visor.ask.covered import CoveredImage
from numcnn.visor.ask.embedded import (
    BUDGET,
    bytes_of_sample,
    bytes_of_wiring,
    can_compute,
    embed,
    packed,
)
from numcnn.visor.ask.layers_view import LayersView
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.cell_images import samples_by_cell
from numcnn.visor.figures.theme import INPUT_STYLE, html
from numcnn.visor.figures.tiles import as_images, data_url, sizes
from numcnn.visor.tabs.subject import Subject

SAMPLES = 12
"""To choose from: one of each class where there is room, then the surest mistakes."""
INPUTS = 500_000
"""Bytes of the further samples of which a saved page holds the inputs."""
SCORES = {"class": "Gradient of the predicted class’s score", "loss": "Gradient of the loss"}

INTRO = (
    "Click on a number in the maps. The arithmetic that made it is written out, and frames show "
    "the numbers that went into it: in the layer before, in the layers before that one, and in the "
    "sample. Click on one of the terms, and that number is explained in its turn."
)
TOO_LARGE = (
    "This model has too many weights for a page that holds all of them. A live page can explain "
    "its numbers: python -m numcnn.visor --model FILE."
)
BRANCHES = (
    "This model is a graph, and a saved page explains layers in a row only. A live page can "
    "explain its numbers: python -m numcnn.visor --model FILE."
)
WITHOUT = (
    "This page holds no gradients of this sample, so these are its numbers. The first samples "
    "above have gradients."
)


def tab(subject: Subject) -> Column:
    """Return the tab's layout, for a page that answers by itself."""
    chosen = choose(subject)
    trace = Trace(subject.model, subject.x[chosen[0]])
    scores, problem = possible_scores(subject, chosen[0])
    room = (BUDGET - bytes_of_wiring(trace)) // bytes_of_sample(trace, len(scores))
    if room < 1 or trace.branches:
        why_not = BRANCHES if trace.branches else TOO_LARGE
        none = html("", name="picker", tags=[[]], visible=False)  # so that no image asks why
        return Column(html(_intro(why_not)), none, sizing_mode="stretch_width")
    chosen = chosen[:room]
    inputs = {index: subject.x[index] for index in further(subject, chosen, trace)}
    view, shown, covered, parts = _parts(subject, chosen, trace, scores, problem)
    parts[1].tags = [[*chosen, *inputs]]
    without = html(f"<p class='pale'>{escape(WITHOUT)}</p>", visible=False)
    traces = {index: Trace(subject.model, subject.x[index]) for index in chosen}
    modes = [[gradients(subject, index, score) for score in scores] for index in chosen]
    embed(view, shown, traces, modes, inputs, without)
    view.answer()
    if covered:
        covered.embed(shown, chosen)
    return _arranged(view, shown, [*parts, without])


def live_tab(subject: Subject) -> Column:
    """Return the tab's layout, for a page that asks Python about any sample."""
    chosen = choose(subject)
    trace = Trace(subject.model, subject.x[chosen[0]])
    scores, problem = possible_scores(subject, chosen[0])
    view, shown, covered, parts = _parts(subject, chosen, trace, scores, problem)

    def show(_name: str, _old: Any, _new: Any) -> None:
        sample, mode = (int(shown.data[key][0]) for key in ("sample", "mode"))
        if 0 <= sample < len(subject.x) and 0 <= mode <= len(scores):
            maps = gradients(subject, sample, scores[mode - 1]) if mode else None
            view.show(Trace(subject.model, subject.x[sample]), maps)
            if covered:
                covered.show(sample if mode else None)

    shown.on_change("data", show)
    view.answer_live()
    return _arranged(view, shown, parts)


def update(layout: Column, subject: Subject) -> None:
    """Answer what was asked on a live page again: the model has learned something."""
    shown = layout.select_one({"name": "shown-sample"})
    shown.trigger("data", shown.data, shown.data)


def _parts(
    subject: Subject, chosen: list[int], trace: Trace, scores: list[str], problem: str
) -> tuple[LayersView, ColumnDataSource, CoveredImage | None, list[Any]]:
    """Return the view, which sample it shows, the check on gradients, and what stands above."""
    view = LayersView(trace, subject.class_names)
    shown = ColumnDataSource({"sample": chosen[:1], "mode": [0]}, name="shown-sample")
    picker = html(_picker(subject, chosen), read(__package__, "picker.css"), name="picker")
    parts: list[Any] = [html(_intro(INTRO)), picker]
    covered = None
    if scores:
        parts.append(_switch(shown, scores))
        if trace.outputs[0].ndim == 3:
            covered = CoveredImage(subject.model, subject.x)
            view.beside_input.children.append(covered.layout)
    elif problem:
        parts.append(html(f"<p class='pale'>There are no gradients: {escape(problem)}</p>"))
    return view, shown, covered, parts


def _arranged(view: LayersView, shown: ColumnDataSource, parts: list[Any]) -> Column:
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


def further(subject: Subject, chosen: list[int], trace: Trace) -> list[int]:
    """Return the samples of which a saved page holds the input: those of the evaluation's cells.

    The mistakes come first.
    """
    if not can_compute(trace):
        return []
    found = subject.probabilities.argmax(axis=1)
    order = samples_by_cell(subject.labels, subject.probabilities)
    order = [index for index in order if index not in chosen]
    order.sort(key=lambda index: found[index] == subject.labels[index])
    numbers, _ = packed(subject.x[order])
    return order[: INPUTS * len(order) // max(1, numbers.nbytes)]


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
    for index, image in zip(chosen, as_images(subject.x[chosen]), strict=True):
        width, height = sizes(image)
        label, said = (subject.class_names[c] for c in (subject.labels[index], found[index]))
        caption = escape(label if label == said else f"{label}, read as {said}")
        kind = "grey" if image.ndim == 2 else "colour"
        buttons.append(
            f'<button data-show="{index}" aria-pressed="{str(index == chosen[0]).lower()}">'
            f'<img class="{kind}" src="{data_url(image)}" width="{width // 2}" '
            f'height="{max(1, height // 2)}" alt="">{caption}</button>'
        )
    return f'<div class="picker" role="group" aria-label="Samples">{"".join(buttons)}</div>'
