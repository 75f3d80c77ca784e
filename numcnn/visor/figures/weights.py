"""The weights of every layer: their range, whether something is wrong, and their distribution."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
from bokeh.models import Column, ColumnDataSource, HoverTool, Model
from bokeh.plotting import figure

from numcnn.checks import model_for
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.curves import side_by_side
from numcnn.visor.figures.theme import TRAINING, chart, html

BINS = (8, 40)
"""Minimum and maximum of a histogram; between them, twice the square root of the count."""


class Spread(NamedTuple):
    """Measures of a layer's array of weights; minimum and maximum are of its finite numbers."""

    layer: str
    parameter: str
    shape: tuple[int, ...]
    minimum: float
    maximum: float
    zeros: int
    nans: int
    infinite: int
    counts: np.ndarray
    edges: np.ndarray


def spread(layer: str, parameter: str, values: np.ndarray) -> Spread:
    """Measure an array of weights.

    Examples
    --------
    >>> found = spread("dense", "kernel", np.array([0.0, 1.0, -2.0, np.nan]))
    >>> found.minimum, found.maximum, found.zeros, found.nans
    (-2.0, 1.0, 1, 1)
    """
    finite = values[np.isfinite(values)]
    bins = int(np.clip(2 * np.sqrt(finite.size), *BINS))
    counts, edges = np.histogram(finite, bins)
    return Spread(
        layer,
        parameter,
        values.shape,
        float(finite.min()) if finite.size else float("nan"),
        float(finite.max()) if finite.size else float("nan"),
        int((values == 0).sum()),
        int(np.isnan(values).sum()),
        int(np.isinf(values).sum()),
        counts,
        edges,
    )


def spreads(model: Any) -> list[Spread]:
    """Measure all weights of a model, first layer to last."""
    return [
        spread(layer.name, parameter.name, parameter.value)
        for layer in model.flat
        for parameter in layer.parameters
    ]


def plot_weights(model: Any) -> Column:
    """Show each layer's weights: minimum, maximum, zeros, NaN, infinite, and a histogram.

    Parameters
    ----------
    model : Network
        Built.

    Returns
    -------
    bokeh.models.Column
        A table above the histograms.
    """
    found = spreads(model_for(model, "plot_weights"))
    if not found:
        return Column(html("<p>This model has no weights.</p>"), sizing_mode="stretch_width")
    return Column(
        html(weights_table(found), read(__package__, "weights.css"), name="weights-table"),
        side_by_side([histogram(one) for one in found]),
        sizing_mode="stretch_width",
    )


def update_weights(layout: Model, model: Any) -> None:
    """Bring a layout of `plot_weights` up to the current weights."""
    found = spreads(model)
    if found:
        layout.select_one({"name": "weights-table"}).text = weights_table(found)
    for one in found:
        layout.select_one({"name": _source_name(one)}).data = histogram_data(one)


def weights_table(found: list[Spread]) -> str:
    """Return the table of all weights as HTML."""
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("weights", "shape", "count", "minimum", "maximum", "zeros", "NaN", "infinite")
    )
    rows = []
    for one in found:
        cells = (
            " × ".join(map(str, one.shape)),
            f"{int(np.prod(one.shape)):,}",
            _readable(one.minimum),
            _readable(one.maximum),
            f"{one.zeros:,}",
            _alarming(one.nans),
            _alarming(one.infinite),
        )
        name = f"{escape(one.layer)} {escape(one.parameter)}"
        rows.append(f"<tr><td>{name}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def histogram_data(one: Spread) -> dict[str, Any]:
    """Return the columns of a histogram."""
    return {"left": one.edges[:-1], "right": one.edges[1:], "count": one.counts}


def histogram(one: Spread) -> figure:
    """Return the histogram of one array of weights."""
    source = ColumnDataSource(histogram_data(one), name=_source_name(one))
    plot = chart(f"{one.layer} {one.parameter}", "weight", "count", height=210)
    bars = plot.quad(
        left="left",
        right="right",
        top="count",
        bottom=0,
        source=source,
        fill_color=TRAINING,
        line_color=None,
    )
    plot.y_range.start = 0
    plot.xaxis.ticker.desired_num_ticks = 5  # of which no two touch in a narrow window
    plot.yaxis.ticker.min_interval = 1  # counts are whole
    plot.add_tools(
        HoverTool(
            renderers=[bars],
            mode="vline",
            tooltips="@count{0,0} from @left{0.0000} to @right{0.0000}",
        )
    )
    return plot


def _source_name(one: Spread) -> str:
    return f"{one.layer} {one.parameter}"


def _readable(value: float) -> str:
    """Return a number with a minus sign as it is printed."""
    return f"{value:.4g}".replace("-", "−")


def _alarming(count: int) -> str:
    """Return a number that should be zero, strongly if it is not."""
    return f"<strong>{count:,}</strong>" if count else "0"
