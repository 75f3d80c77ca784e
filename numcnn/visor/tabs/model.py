"""The tab *Model*: the architecture, the weights, and the filters of the first convolution."""

from __future__ import annotations

import numpy as np
from bokeh.models import Column, Model

from numcnn.visor.figures.architecture import plot_architecture
from numcnn.visor.figures.maps import plot_filters, repaint_filters
from numcnn.visor.figures.theme import html
from numcnn.visor.figures.weights import plot_weights, update_weights
from numcnn.visor.tabs.subject import Subject


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    parts = [
        html("<h2>The layers, first to last</h2>"),
        plot_architecture(subject.model),
        html(
            "<h2>The weights</h2><p class='pale'>A model with a weight that is NaN or infinite "
            "predicts nothing useful any more. A kernel whose weights are all zero, or all equal, "
            "cannot learn different filters.</p>"
        ),
        plot_weights(subject.model),
    ]
    kernel = _first_kernel(subject)
    if kernel is not None:
        filters = plot_filters(kernel)
        filters.name = "filters"
        parts += [
            html(
                "<h2>The filters of the first convolution</h2><p class='pale'>A bright pixel under "
                "an orange weight makes the sum larger; under a blue weight it makes the sum "
                "smaller.</p>"
            ),
            filters,
        ]
    return Column(*parts, sizing_mode="stretch_width", styles={"gap": "0.6rem"})


def update(layout: Model, subject: Subject) -> None:
    """Bring the layout up to the current weights."""
    update_weights(layout, subject.model)
    kernel = _first_kernel(subject)
    if kernel is not None:
        repaint_filters(layout.select_one({"name": "filters"}), kernel)


def _first_kernel(subject: Subject) -> np.ndarray | None:
    """Return the weights ``(KH, KW, C, F)`` of the first convolution."""
    kernels = (p.value for p in subject.model.parameters if p.value.ndim == 4)
    return next(kernels, None)
