"""The images of a confusion matrix: those of the surest mistakes, and those of any cell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS, Row, Select
from bokeh.plotting import figure

from numcnn.metrics import class_numbers
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.curves import side_by_side
from numcnn.visor.figures.theme import INPUT_STYLE, html
from numcnn.visor.figures.tiles import Pictures, sizes

PER_CELL = 60
"""Images of one cell that can be looked at."""
MISTAKES = 12
"""Images of mistakes that are shown before a cell is chosen."""
BUDGET = 2_500_000
"""Characters that all images of a matrix may take in the page."""


def samples_by_cell(labels: Any, probabilities: Any) -> list[int]:
    """Return samples of every cell: the surest prediction of each cell, then the second, and so on.

    Parameters
    ----------
    labels : array_like
        ``(N,)`` class numbers or ``(N, classes)`` one-hot.
    probabilities : array_like
        ``(N, classes)``.

    Returns
    -------
    list of int
        At most `PER_CELL` of each cell.

    Examples
    --------
    >>> samples_by_cell([0, 0, 1], [[0.6, 0.4], [0.9, 0.1], [0.2, 0.8]])
    [1, 2, 0]
    """
    scores = np.asarray(probabilities)
    prediction = scores.argmax(axis=1)
    label = class_numbers(labels, "labels")
    order = np.argsort(-scores.max(axis=1), kind="stable")
    ranks: list[list[int]] = [[] for _ in range(PER_CELL)]
    seen: dict[tuple[int, int], int] = {}
    for sample in order.tolist():
        cell = (label[sample], prediction[sample])
        rank = seen[cell] = seen.get(cell, -1) + 1
        if rank < PER_CELL:
            ranks[rank].append(sample)
    return [sample for samples in ranks for sample in samples]


def shown_data(labels: Any, probabilities: Any, pictures: Pictures) -> dict[str, Any]:
    """Return the samples whose pictures come with a matrix, the surest prediction first.

    As many in the order of `samples_by_cell` as fit into `BUDGET`.
    """
    scores = np.asarray(probabilities)
    confidence, prediction = scores.max(axis=1), scores.argmax(axis=1)
    label = class_numbers(labels, "labels")
    urls: dict[int, str] = {}
    characters = 0
    for sample in samples_by_cell(labels, probabilities):
        if characters > BUDGET:
            break
        urls[sample] = pictures.url(sample)
        characters += len(urls[sample])
    order = np.argsort(-confidence, kind="stable").tolist()
    kept = np.array([sample for sample in order if sample in urls], int)
    return {
        "sample": kept,
        "label": label[kept],
        "prediction": prediction[kept],
        "confidence": confidence[kept],
        "url": [urls[sample] for sample in kept.tolist()],
        "size": [sizes(pictures.images[0])] * len(kept),
        "kind": [pictures.kind] * len(kept),
    }


def with_images(
    plot: figure, cells: ColumnDataSource, shown: ColumnDataSource, names: Sequence[str]
) -> Row:
    """Return the matrix above the images of the cell that is clicked, or chosen with the keys."""
    invitation = (
        "<p class='pale'>Click on a cell of the matrix, or choose it in the two lists, to see its "
        "images.</p>"
    )
    gallery = html(invitation, name="cell-images")
    options = [(str(number), name) for number, name in enumerate(names)]
    label = Select(title="Label", options=options, value="0", width=140, stylesheets=[INPUT_STYLE])
    prediction = Select(
        title="Predicted as", options=options, value="0", width=140, stylesheets=[INPUT_STYLE]
    )
    safe_names = [escape(name) for name in names]
    show = CustomJS(
        args={
            "cells": cells,
            "shown": shown,
            "gallery": gallery,
            "label": label,
            "prediction": prediction,
            "names": safe_names,
            "invitation": invitation,
            "most": MISTAKES,
        },
        code=read(__package__, "show_cell.js"),
    )
    cells.selected.js_on_change("indices", show)
    choose = CustomJS(
        args={"cells": cells, "label": label, "prediction": prediction, "names": safe_names},
        code=read(__package__, "choose_cell.js"),
    )
    shown.js_on_change("data", show)
    label.js_on_change("value", choose)
    prediction.js_on_change("value", choose)
    chosen = Column(Row(label, prediction), gallery, sizing_mode="stretch_width")
    return side_by_side([plot, chosen])
