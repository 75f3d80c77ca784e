"""AUC: the area under a curve that a moving threshold draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, flag, items_of, number, one_of, positive_int
from numcnn.metrics.base import Metric, like
from numcnn.metrics.counts import need_same_shape, spread

EDGE = 1e-7
"""How far the first threshold is below 0, and the last above 1."""


class AUC(Metric):
    """The area under the curve of recall over false alarms, or of precision over recall.

    At each threshold, outputs above it count as found.  The area under the first curve (ROC) is the
    probability that an output with label 1 is larger than one with label 0.  Labels and outputs
    have one shape: 0 and 1 beside probabilities.

    Parameters
    ----------
    num_thresholds : int, default 200
        Thresholds from 0 to 1, at equal distances; more of them give a more exact area.
    curve : {"ROC", "PR"}, default "ROC"
    summation_method : {"interpolation", "minoring", "majoring"}, default "interpolation"
        How high the curve is between two thresholds: as high as between its points, as the lower
        of them, or as the higher.  Between points of precision Davis and Goadrich (2006)
        interpolate the counts.
    name, dtype
        As in `Metric`.
    thresholds : list of float, optional
        Thresholds of your own between 0 and 1, in the place of `num_thresholds`.
    multi_label : bool, default False
        Whether to take the mean of the areas of all outputs, not the area of all of them together.
    num_labels : int, optional
        The number of outputs; accepted for Keras's sake.
    from_logits : bool, default False
        Whether outputs are logits, so that a sigmoid makes probabilities of them.
    """

    better = "max"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        *,
        from_logits: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(name, dtype)
        self.accept_fixed(options)
        self.num_thresholds = positive_int(num_thresholds, "num_thresholds", minimum=2)
        self.curve = one_of(curve, ("roc", "pr"), "curve").upper()
        methods = ("interpolation", "minoring", "majoring")
        self.summation_method = one_of(summation_method, methods, "summation_method")
        self.multi_label = flag(multi_label, "multi_label")
        self.num_labels, self.from_logits = num_labels, flag(from_logits, "from_logits")
        inner = np.linspace(0, 1, self.num_thresholds)[1:-1]
        self.thresholds = None
        if thresholds is not None:
            given = items_of(thresholds, "thresholds", "numbers")
            self.thresholds = sorted(number(t, "thresholds", minimum=0, maximum=1) for t in given)
            self.num_thresholds, inner = len(given) + 2, np.array(self.thresholds)
        self._all_thresholds = np.array([-EDGE, *inner, 1 + EDGE])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; thresholds only if they were given."""
        config = super().get_config()
        return config if self.thresholds is not None else config | {"thresholds": None}

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        need_same_shape(self, labels, outputs)

    def tally(self, labels: Any, outputs: Any, weights: Any = None) -> np.ndarray:
        """Return the counts ``(2, thresholds, outputs)`` of labels 1, and of 0, that are found."""
        if self.from_logits:
            outputs = 1 / (1 + np.exp(-np.clip(outputs, -80, 80)))
        labels, outputs = like(labels, outputs) > 0, np.clip(outputs, 0, 1)
        each = spread(weights, labels)
        if self.multi_label:
            columns = labels.reshape(len(labels), -1).T, outputs.reshape(len(labels), -1).T
        else:
            columns = labels.reshape(1, -1), outputs.reshape(1, -1)
        each = each.reshape(len(labels), -1).T if self.multi_label else each.reshape(1, -1)
        counts = [
            [self._found_at_each(output[label == kind], weight[label == kind]) for kind in (1, 0)]
            for label, output, weight in zip(*columns, each, strict=True)
        ]
        return np.moveaxis(np.array(counts), 0, -1)

    def _found_at_each(self, outputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sum of the weights of the outputs above each threshold."""
        below = np.searchsorted(self._all_thresholds.astype(outputs.dtype), outputs, "left")
        bins = np.bincount(below, weights, minlength=self.num_thresholds + 1)
        return bins[::-1].cumsum()[::-1][1:]

    def outcome(self, tally: np.ndarray) -> float:
        """Return the area."""
        tp, fp = tally
        positive, negative = tp[:1], fp[:1]
        recall = _divided(tp, positive)
        if self.curve == "ROC":
            areas = self._sum(_divided(fp, negative), recall)
        elif self.summation_method != "interpolation":
            areas = self._sum(recall, _divided(tp, tp + fp))
        else:
            areas = _precision_interpolated(tp, tp + fp, positive)
        return float(areas.mean())

    def _sum(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the areas below the steps of y; x falls from threshold to threshold."""
        left, right = y[:-1], y[1:]
        heights = {
            "interpolation": (left + right) / 2,
            "minoring": np.minimum(left, right),
            "majoring": np.maximum(left, right),
        }[self.summation_method]
        total: np.ndarray = ((x[:-1] - x[1:]) * heights).sum(axis=0)
        return total


def _precision_interpolated(tp: np.ndarray, found: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Return the areas, with counts that grow evenly between two thresholds.

    With tp = slope · found + intercept, ``∫ tp / found d tp = slope · (Δtp + intercept · Δlog
    found)``.
    """
    dtp, dfound = tp[:-1] - tp[1:], found[:-1] - found[1:]
    slope = _divided(dtp, dfound)
    intercept = tp[1:] - slope * found[1:]
    both = (found[:-1] > 0) & (found[1:] > 0)
    ratio = np.where(both, _divided(found[:-1], found[1:]), 1.0)
    total: np.ndarray = _divided(slope * (dtp + intercept * np.log(ratio)), positive).sum(axis=0)
    return total


def _divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0)
