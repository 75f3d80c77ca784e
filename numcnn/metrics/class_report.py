"""A table of what a classifier gets right: accuracy and confusions, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from numcnn import notebook
from numcnn.checks import counted, items_of
from numcnn.metrics.classes import (
    NOTHING_FOUND,
    accuracy,
    class_numbers,
    confusion_matrix,
    per_class_accuracy,
)

AT_MOST = 20  # classes in one table: more would not fit on a screen
LISTED = 10  # classes that are listed if there are more
CONFUSIONS = 3  # that are named below the table


@dataclass(frozen=True, repr=False)
class ClassReport:
    """What a classifier gets right.  Print it, or show it in a notebook.

    Attributes
    ----------
    class_names : tuple of str
    accuracy : float
        Over all samples.
    class_accuracy : numpy.ndarray
        ``(classes,)`` float64; nan for a class without samples.
    counts : numpy.ndarray
        ``(classes,)`` int64, how many samples each class has.
    matrix : numpy.ndarray
        ``(classes, classes)`` int64, ``matrix[label, prediction]``.
    nothing_found : numpy.ndarray
        ``(classes,)`` int64, in how many samples of each class no class was found.
    """

    class_names: tuple[str, ...]
    accuracy: float
    class_accuracy: np.ndarray
    counts: np.ndarray
    matrix: np.ndarray
    nothing_found: np.ndarray

    def confusions(self, at_most: int = CONFUSIONS) -> list[tuple[int, int, int]]:
        """Return the most frequent mistakes, as label, prediction and how often."""
        wrong = self.matrix * (1 - np.eye(len(self.matrix), dtype=np.int64))
        found = np.argsort(-wrong, axis=None, kind="stable")[:at_most]
        places = zip(*np.unravel_index(found, wrong.shape), strict=True)
        counts = [(int(label), int(other), int(wrong[label, other])) for label, other in places]
        return [confusion for confusion in counts if confusion[2]]

    def __str__(self) -> str:
        header, rows = self._table(zero=".")
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = [self._title()]
        for row in (header, *rows):
            name, *numbers = (text.rjust(width) for text, width in zip(row, widths, strict=True))
            lines.append("  ".join([f"  {row[0]:<{len(name)}}", *numbers]))
        return "\n".join([*lines, *self._below()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        header, rows = self._table(zero="0")
        return notebook.table(header, rows, self._title(), self._below())

    def _table(self, zero: str) -> tuple[list[str], list[list[str]]]:
        """Return the header and a row for each class that is shown."""
        shown = np.arange(len(self.class_names))
        if len(shown) > AT_MOST:  # the worst ones; what has no samples comes last
            shown = np.argsort(self.class_accuracy, kind="stable")[:LISTED]
        header = ["class", "accuracy", "samples"]
        rows = [
            [self._name(n), f"{self.class_accuracy[n]:.3f}", f"{self.counts[n]:,}"]
            for n in shown.tolist()
        ]
        if len(self.class_names) <= AT_MOST:
            header += map(str, shown)
            for row, counts in zip(rows, self.matrix, strict=True):
                row += [f"{count:,}" if count else zero for count in counts]
        if self.nothing_found.any():
            header.append("nothing")
            for row, count in zip(rows, self.nothing_found[shown], strict=True):
                row.append(f"{count:,}" if count else zero)
        return header, rows

    def _title(self) -> str:
        text = f"Accuracy {self.accuracy:.4f} on {counted(self.counts.sum(), 'sample')}."
        if len(self.class_names) > AT_MOST:
            return f"{text} The {LISTED} worst of {len(self.class_names):,} classes:"
        return f"{text} Rows are labels, columns 0 to {len(self.class_names) - 1} predictions:"

    def _below(self) -> list[str]:
        """Return the line that names the most frequent mistakes."""
        named = [
            f"{self._name(label)} taken for {self._name(other)} ({count:,})"
            for label, other, count in self.confusions()
        ]
        return [f"Most frequent mistakes: {', '.join(named)}."] if named else ["No mistakes."]

    def _name(self, number: int) -> str:
        """Return a class's number, with its name if it has one."""
        name = self.class_names[number]
        return name if name == str(number) else f"{number} {name}"


def report(labels: Any, predictions: Any, class_names: Sequence[str] | None = None) -> ClassReport:
    """Return accuracy by class and the confusion matrix as one table.

    Parameters
    ----------
    labels, predictions : array_like
        ``(N,)`` class numbers or ``(N, classes)`` scores.
    class_names : sequence of str, optional
        By default the classes' numbers.

    Raises
    ------
    ValueError
        If there are no samples, not as many labels as predictions, or not enough names.

    Examples
    --------
    >>> print(report([0, 0, 1, 1, 1], [0, 1, 1, 1, 1], ["cat", "dog"]))
    Accuracy 0.8000 on 5 samples. Rows are labels, columns 0 to 1 predictions:
      class  accuracy  samples  0  1
      0 cat     0.500        2  1  1
      1 dog     1.000        3  .  3
    Most frequent mistakes: 0 cat taken for 1 dog (1).
    """
    matrix = confusion_matrix(labels, predictions)
    names = _checked_names(class_names, len(matrix))
    matrix = confusion_matrix(labels, predictions, len(names))
    shares, counts = per_class_accuracy(labels, predictions, len(names))
    missed = class_numbers(predictions, "predictions") == NOTHING_FOUND
    nothing = np.bincount(class_numbers(labels, "labels")[missed], minlength=len(names))
    return ClassReport(names, accuracy(labels, predictions), shares, counts, matrix, nothing)


def _checked_names(class_names: Any, classes: int) -> tuple[str, ...]:
    """Return the names of the classes, all of them; by default their numbers."""
    if class_names is None:
        return tuple(map(str, range(classes)))
    names = tuple(map(str, items_of(class_names, "class_names", "names")))
    if len(names) < classes:
        raise ValueError(
            f"class_names must have a name for each of the classes 0 to {classes - 1}, but has "
            f"{len(names)}."
        )
    return names
