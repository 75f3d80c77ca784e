"""The accuracy of a model, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    Model,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.plotting import figure

from numcnn.metrics import per_class_accuracy
from numcnn.visor.figures.class_names import name_axis, names_of
from numcnn.visor.figures.theme import TRAINING, chart, write


def plot_per_class_accuracy(
    labels: Any, predictions: Any, class_names: Sequence[Any] | None = None
) -> figure:
    """Draw the share of each class's samples that is classified correctly.

    Parameters
    ----------
    labels, predictions : array_like
        ``(N,)`` class numbers or ``(N, classes)`` scores.
    class_names : sequence of str, optional
        By default the class numbers.
    """
    names = names_of(class_names, labels, predictions)
    share, count = per_class_accuracy(labels, predictions, len(names))
    source = ColumnDataSource(bars_data(share, count, names), name="class-accuracy")
    plot = chart(
        "Accuracy by class",
        "share classified correctly",
        "label",
        height=70 + 30 * len(names),
        x_range=Range1d(0, 1.5),
        y_range=Range1d(len(names) - 0.4, -0.6),
        max_width=640,
    )
    plot.xaxis.ticker = FixedTicker(ticks=[0, 0.25, 0.5, 0.75, 1])
    plot.xaxis.formatter = NumeralTickFormatter(format="0 %")
    name_axis(plot.yaxis, names)
    plot.ygrid.visible = False
    bars = plot.hbar(y="class", right="share", height=0.7, color=TRAINING, source=source)
    write(
        plot, x="share", y="class", text="text", source=source, x_offset=6, text_baseline="middle"
    )
    plot.add_tools(HoverTool(renderers=[bars], tooltips="label @name: @text"))
    return plot


def update_per_class_accuracy(
    layout: Model, labels: Any, predictions: Any, class_names: Sequence[str]
) -> None:
    """Bring a layout with `plot_per_class_accuracy` up to other predictions."""
    share, count = per_class_accuracy(labels, predictions, len(class_names))
    data = bars_data(share, count, class_names)
    layout.select_one({"name": "class-accuracy"}).data = data


def bars_data(share: np.ndarray, count: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns of the chart of accuracy by class."""
    texts = [
        f"{one * 100:.1f} % of {all_:,}" if all_ else "no samples"
        for one, all_ in zip(share, count, strict=True)
    ]
    return {
        "class": np.arange(len(names)),
        "name": list(names),
        "share": np.nan_to_num(share),
        "text": texts,
    }
