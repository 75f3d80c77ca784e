"""The names of the classes: which they are, and how they stand on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.models import FixedTicker

from numcnn.checks import items_of
from numcnn.metrics import confusion_matrix
from numcnn.picture_checks import class_names_for


def names_of(class_names: Any, labels: Any, predictions: Any = None) -> list[str]:
    """Return the names of all classes; there may be more than occur."""
    classes = len(confusion_matrix(labels, labels if predictions is None else predictions))
    given = None if class_names is None else items_of(class_names, "class_names", "names")
    return class_names_for(given, max(classes, len(given or ())))


def name_axis(axes: Any, names: Sequence[str]) -> None:
    """Write the classes' names on an axis; of many, only some, at equal steps."""
    step = -(-len(names) // 30)
    for axis in axes:
        axis.ticker = FixedTicker(ticks=list(range(0, len(names), step)))
        axis.major_label_overrides = dict(enumerate(names))
