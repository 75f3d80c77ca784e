"""The names of the classes: which they are, and how they stand on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.models import FixedTicker

from numcnn.metrics import confusion_matrix


def names_of(class_names: Sequence[Any] | None, labels: Any, predictions: Any) -> list[str]:
    """Return the names of all classes."""
    if class_names is not None:
        return [str(name) for name in class_names]
    return [str(number) for number in range(len(confusion_matrix(labels, predictions)))]


def name_axis(axes: Any, names: Sequence[str]) -> None:
    """Write the classes' names on an axis; of many, only some, at equal steps."""
    step = -(-len(names) // 30)
    for axis in axes:
        axis.ticker = FixedTicker(ticks=list(range(0, len(names), step)))
        axis.major_label_overrides = dict(enumerate(names))
