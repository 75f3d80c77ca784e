"""Curves of a training: each metric in a chart of its own, with its validation twin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, Legend, Row, SingleIntervalTicker
from bokeh.plotting import figure

from numcnn.picture_checks import curves_of, history_of
from numcnn.visor.figures.theme import FONT, NEUTRAL, TEXT_SIZE, TRAINING, VALIDATION, chart, html


def plot_history(history: Any, metrics: Sequence[str] | None = None) -> Row:
    """Draw loss and metrics by epoch, each with its validation twin in the same chart.

    Parameters
    ----------
    history : History or dict of str to list of float
        What `Sequential.fit` returned, or its ``history``.
    metrics : sequence of str, optional
        Which to draw; by default all, the loss first.

    Returns
    -------
    bokeh.models.Row
        The charts, beside each other where there is room.

    Raises
    ------
    ValueError
        If a metric is not in the history.

    Examples
    --------
    >>> charts = plot_history({"loss": [0.9, 0.4], "val_loss": [1.0, 0.6]})
    >>> charts.children[0].title.text
    'Loss after each epoch'
    """
    values = history_of(history)
    names = curves_of(values, metrics)
    if not names:
        return side_by_side([html("<p>No epoch has been trained yet.</p>")])
    return side_by_side([metric_chart(name, epoch_source(values, name)) for name in names])


def pairs(names: Iterable[str]) -> list[str]:
    """Return the metrics that have a chart of their own, the loss first.

    Examples
    --------
    >>> pairs(["accuracy", "loss", "val_accuracy", "val_loss"])
    ['loss', 'accuracy']
    """
    own = [name for name in names if not name.startswith("val_")]
    return sorted(own, key=lambda name: name != "loss")


def epoch_source(values: dict[str, list[float]], name: str) -> ColumnDataSource:
    """Return a metric and its twin, epoch by epoch from 1; NaN where there was no validation."""
    training = list(values.get(name, []))
    validation = list(values.get(f"val_{name}", []))
    missing = [float("nan")] * (len(training) - len(validation))
    return ColumnDataSource(
        {
            "epoch": list(range(1, len(training) + 1)),
            "training": training,
            "validation": [*missing, *validation],
        }
    )


def metric_chart(
    name: str, epochs: ColumnDataSource, batches: ColumnDataSource | None = None
) -> figure:
    """Return the chart of one metric.

    Parameters
    ----------
    name : str
        Such as ``"loss"``.
    epochs : ColumnDataSource
        ``epoch``, ``training``, ``validation``.
    batches : ColumnDataSource, optional
        ``epoch``, how much of the training was done, and the metric by its name: the mean of the
        epoch up to there.
    """
    readable = name.replace("_", " ")
    plot = chart(
        f"{readable.capitalize()} after each epoch",
        "epoch",
        "mean loss per sample" if name == "loss" else readable,
        min_width=280,
    )
    plot.xaxis.ticker = SingleIntervalTicker(interval=1, desired_num_ticks=6, num_minor_ticks=0)
    legend_above(plot)
    if batches is not None:
        plot.line(
            "epoch",
            name,
            source=batches,
            line_color=NEUTRAL,
            line_alpha=0.7,
            line_width=1,
            legend_label="mean so far",
        )
    marks = []
    for column, colour, dash, marker in (
        ("training", TRAINING, "solid", "circle"),
        ("validation", VALIDATION, "dashed", "square"),
    ):
        plot.line(
            "epoch",
            column,
            source=epochs,
            line_color=colour,
            line_width=2,
            line_dash=dash,
            legend_label=column,
        )
        marks.append(
            plot.scatter(
                "epoch",
                column,
                source=epochs,
                marker=marker,
                size=6,
                color=colour,
                legend_label=column,
            )
        )
    plot.add_tools(
        HoverTool(
            renderers=marks[:1],
            mode="vline",
            tooltips=[
                ("epoch", "@epoch"),
                ("training", "@training{0.0000}"),
                ("validation", "@validation{0.0000}"),
            ],
        )
    )
    return plot


def legend_above(plot: figure) -> None:
    """Give a chart a legend between its title and its axes."""
    legend = Legend(
        orientation="horizontal",
        location="left",
        spacing=8,
        glyph_width=16,
        label_standoff=4,
        padding=2,
        margin=2,
        border_line_color=None,
        background_fill_color=None,
        label_text_font=FONT,
        label_text_font_size=TEXT_SIZE,
        stylesheets=[".bk-label { color: var(--ink, #20242c) !important; }"],
    )
    plot.add_layout(legend, "above")


def side_by_side(children: Sequence[Any]) -> Row:
    """Return layouts beside each other, one below the other where the window is narrow."""
    for child in children:
        child.styles = {"flex": "1 1 20rem", "min-width": "min(17rem, 100%)"}
    return Row(
        children=list(children),
        sizing_mode="stretch_width",
        stylesheets=[":host { flex-wrap: wrap; gap: 1rem; }"],
    )
