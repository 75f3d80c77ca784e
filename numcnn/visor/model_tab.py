"""The tab *Model*: the architecture, the weights, and the filters of the first convolution."""

from __future__ import annotations

from bokeh.models import Column

from numcnn.visor.architecture import plot_architecture
from numcnn.visor.maps import plot_filters
from numcnn.visor.subject import Subject
from numcnn.visor.theme import html
from numcnn.visor.weights import plot_weights


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    parts = [
        html("<h2>The layers, first to last</h2>"),
        plot_architecture(subject.model),
        html(
            "<h2>The weights</h2><p class='pale'>A weight that is NaN or infinite has ruined the "
            "model; weights that are all zero, or all on one spot, have not begun to learn.</p>"
        ),
        plot_weights(subject.model),
    ]
    kernel = next((p.value for p in subject.model.parameters if p.value.ndim == 4), None)
    if kernel is not None:
        parts += [
            html(
                "<h2>What the first convolution looks for</h2><p class='pale'>Where a pixel is ink "
                "and its weight orange, the sum grows; where the weight is blue, it shrinks.</p>"
            ),
            plot_filters(kernel),
        ]
    return Column(*parts, sizing_mode="stretch_width", styles={"gap": "0.6rem"})
