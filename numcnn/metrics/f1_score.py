"""F1Score: precision and recall in one number, class by class."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, number, one_of
from numcnn.metrics.base import Metric, like
from numcnn.metrics.counts import need_same_shape, spread

EPSILON = 1e-7
"""Keras adds it where it divides."""


class F1Score(Metric):
    """``2 · precision · recall / (precision + recall)`` of each class, and their mean.

    Labels are one-hot ``(N, classes)``.

    Parameters
    ----------
    average : {"micro", "macro", "weighted"} or None
        ``"macro"``: the mean over the classes; ``"weighted"``: that with the number of each class's
        labels as weight; ``"micro"``: of the counts of all classes together.  None: an array with
        a score for each class, which no history can hold, so `compile` refuses it.
    threshold : float, optional
        An output above it counts as found.  By default the largest of a sample's outputs does.
    name, dtype
        As in `Metric`.

    Examples
    --------
    >>> score = F1Score("macro")
    >>> score.update_state([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    >>> round(score.result(), 3)
    0.667
    """

    better = "max"

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        known = ("micro", "macro", "weighted")
        self.average = None if average is None else one_of(average, known, "average")
        self.threshold = (
            None if threshold is None else number(threshold, "threshold", minimum=0, maximum=1)
        )

        if self.average is None:
            self.several = 'F1Score(average="macro") is the mean of the classes'

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not one-hot."""
        need_same_shape(self, labels, outputs)

    def tally(self, labels: Any, outputs: Any, weights: Any = None) -> np.ndarray:
        """Return four counts ``(4, classes)``: found and 1, found and 0, not found and 1, 1."""
        labels = like(labels, outputs)
        if self.threshold is None:
            found = (outputs >= outputs.max(axis=-1, keepdims=True)) & (np.abs(outputs) > 1e-9)
        else:
            found = outputs > self.threshold
        each = spread(weights, labels)
        kinds = (found * labels, found * (1 - labels), ~found * labels, labels)
        return np.array([(each * kind).sum(axis=0) for kind in kinds])

    def outcome(self, tally: np.ndarray) -> Any:
        """Return the score."""
        together = self.average == "micro"
        tp, fp, fn, positive = tally.sum(axis=1, keepdims=True) if together else tally
        precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
        scores = 2 * precision * recall / (precision + recall + EPSILON)
        if self.average == "weighted":
            return float((scores * positive).sum() / (positive.sum() + EPSILON))
        return scores if self.average is None else float(scores.mean())
