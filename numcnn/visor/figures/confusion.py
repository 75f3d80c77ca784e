"""The confusion matrix: how often each class was predicted as each, with the images behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    Model,
    Range1d,
    TapTool,
)
from bokeh.plotting import figure

from numcnn.checks import counted, numeric_array
from numcnn.metrics import confusion_matrix
from numcnn.visor.figures.cell_images import shown_data, with_images
from numcnn.visor.figures.class_names import name_axis, names_of
from numcnn.visor.figures.theme import (
    NEUTRAL,
    TRAINING,
    VALIDATION,
    chart,
    write,
)
from numcnn.visor.figures.tiles import Pictures

STRONG = 0.3
"""Share of a row from which on a cell is so strongly coloured that its number is white."""


def plot_confusion_matrix(
    labels: Any,
    predictions: Any,
    class_names: Sequence[Any] | None = None,
    images: Any = None,
) -> Any:
    """Draw how often each class was predicted as each: labels in rows, predictions in columns.

    A cell is the stronger coloured the larger its share of its row: blue where the prediction is
    right, orange where it is wrong.

    Parameters
    ----------
    labels : array_like
        ``(N,)`` class numbers or ``(N, classes)`` one-hot.
    predictions : array_like
        ``(N, classes)`` probabilities, or without `images` ``(N,)`` class numbers.
    class_names : sequence of str, optional
        By default the class numbers.
    images : array_like, optional
        ``(N, …)``.  With these, a click on a cell shows its images, the surest prediction first.

    Returns
    -------
    bokeh.plotting.figure or bokeh.models.Row
        The matrix; with the images of the chosen cell if there are images.

    Raises
    ------
    ValueError
        If there are not as many images, labels and predictions, or with images no probabilities.
    """
    names = names_of(class_names, labels, predictions)
    matrix = confusion_matrix(labels, predictions, len(names))
    source = ColumnDataSource(cells_data(matrix, names), name="cells")
    plot = _matrix_figure(source, names)
    if images is None:
        return plot
    if not isinstance(images, Pictures):
        images = numeric_array(images, "images")
        images = images if images.ndim else images[np.newaxis]
    if np.ndim(predictions) != 2 or len(images) != len(predictions):
        raise ValueError(
            "with images, predictions must be probabilities (N, classes), one row an image; got "
            f"{counted(len(images), 'image')} and predictions of shape {np.shape(predictions)}."
        )
    pictures = images if isinstance(images, Pictures) else Pictures(images)
    shown = ColumnDataSource(shown_data(labels, predictions, pictures), name="shown")
    return with_images(plot, source, shown, names)


def update_confusion_matrix(
    layout: Model, labels: Any, predictions: Any, class_names: Sequence[str], pictures: Pictures
) -> None:
    """Bring a layout with `plot_confusion_matrix` and images up to other predictions."""
    matrix = confusion_matrix(labels, predictions, len(class_names))
    layout.select_one({"name": "cells"}).data = cells_data(matrix, class_names)
    layout.select_one({"name": "shown"}).data = shown_data(labels, predictions, pictures)


def cells_data(matrix: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns of the matrix's figure, cell by cell in row-major order."""
    classes = len(matrix)
    rows, columns = np.divmod(np.arange(classes * classes), classes)
    counts = matrix.ravel()
    share = counts / np.maximum(matrix.sum(axis=1), 1)[rows]
    right = rows == columns
    told = list(zip(counts.tolist(), share.tolist(), strict=True))
    return {
        "row": rows,
        "column": columns,
        "label": [names[row] for row in rows],
        "prediction": [names[column] for column in columns],
        "count": counts,
        "share": share,
        "on_pale": [f"{count:,}" if 0 < part <= STRONG else "" for count, part in told],
        "on_strong": [f"{count:,}" if part > STRONG else "" for count, part in told],
        "colour": np.where(right, TRAINING, VALIDATION).tolist(),
        # A root, so that two in a hundred are still seen.
        "strength": np.sqrt(share) * np.where(right, 0.9, 1.0),
    }


def _matrix_figure(source: ColumnDataSource, names: Sequence[str]) -> figure:
    classes = len(names)
    side = 150 + max(26, min(44, 900 // classes)) * classes
    plot = chart(
        "Confusion matrix",
        "predicted as",
        "label",
        height=min(side, 640),
        max_width=min(side + 20, 700),
        name="confusion-matrix",
        x_range=Range1d(-0.5, classes - 0.5),
        y_range=Range1d(classes - 0.5, -0.5),
    )
    name_axis(plot.axis, names)
    if max(map(len, names)) > 3:
        plot.xaxis.major_label_orientation = 0.9
    plot.grid.visible = False
    cells = plot.rect(
        x="column",
        y="row",
        width=0.96,
        height=0.96,
        source=source,
        fill_color="colour",
        fill_alpha="strength",
        line_color=NEUTRAL,
        line_alpha=0.25,
        nonselection_fill_alpha="strength",
        nonselection_line_alpha=0.25,
        selection_line_color=NEUTRAL,
        selection_line_alpha=1.0,
        selection_line_width=3,
    )
    if classes <= 20:
        middle = {"text_align": "center", "text_baseline": "middle", "source": source}
        write(plot, x="column", y="row", text="on_pale", **middle)
        write(plot, x="column", y="row", text="on_strong", text_color="#ffffff", **middle)
    plot.add_tools(
        HoverTool(
            renderers=[cells],
            tooltips="label @label, predicted as @prediction: @count{0,0} (@share{0.0 %})",
        ),
        TapTool(renderers=[cells]),
    )
    return plot
