"""Precision and recall: metrics of counts, which are added over all batches before they divide."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, number, positive_int
from numcnn.metrics.base import Metric, like, same_shape


class CountMetric(Metric):
    """A metric of how often an output above a threshold meets a label of 1.

    Labels and outputs have one shape: 0 and 1 beside probabilities, such as one-hot labels beside
    the outputs of a softmax.  All outputs of a sample count.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        An output above it counts as found, from 0 to 1.  For several thresholds, the value is an
        array ``(thresholds,)``.
    top_k : int, optional
        Of a sample's outputs only the k largest can be found, whatever the threshold (if none is
        given).
    class_id : int, optional
        Only the outputs of this class count.
    name, dtype
        As in `Metric`.
    """

    better = "max"

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        self.thresholds: Any = None
        if isinstance(thresholds, list | tuple) and len(thresholds) != 1:
            self.thresholds = [number(one, "thresholds", 0, 1) for one in thresholds]
            self.several = "make a metric for each threshold, with a name of its own"
        elif thresholds is not None:
            alone = thresholds[0] if isinstance(thresholds, list | tuple) else thresholds
            self.thresholds = number(alone, "thresholds", minimum=0, maximum=1)
        self.top_k = None if top_k is None else positive_int(top_k, "top_k")
        self.class_id = None if class_id is None else positive_int(class_id, "class_id", minimum=0)

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        need_same_shape(self, labels, outputs)
        if self.class_id is not None and self.class_id >= (outputs[-1] or 1):
            raise ValueError(f"{self.name}: there is no class {self.class_id} in {outputs}.")

    def tally(self, labels: Any, outputs: Any, weights: Any = None) -> np.ndarray:
        """Return the counts: found and 1, found and 0, not found and 1.

        They are ``(3,)``, or ``(3, thresholds)`` for a list of thresholds.
        """
        labels, best = like(labels, outputs) > 0, self._best(outputs)
        if self.class_id is not None:
            labels, best, outputs = (one[..., self.class_id] for one in (labels, best, outputs))
        each = spread(weights, labels)

        def counts(threshold: float) -> np.ndarray:
            found = best & (outputs > threshold)
            pairs = (labels & found, ~labels & found, labels & ~found)
            return np.array([(each * pair).sum() for pair in pairs])

        if isinstance(self.thresholds, list):
            return np.stack([counts(threshold) for threshold in self.thresholds], axis=1)
        default = 0.5 if self.top_k is None else -np.inf
        return counts(default if self.thresholds is None else self.thresholds)

    def _best(self, outputs: np.ndarray) -> np.ndarray:
        """Return which outputs are among the largest `top_k`; of equal ones the first are."""
        if self.top_k is None:
            return np.ones(outputs.shape, bool)
        order = np.argsort(-outputs, axis=-1, kind="stable")
        best = np.zeros(outputs.shape, bool)
        np.put_along_axis(best, order[..., : self.top_k], True, axis=-1)
        return best


class Precision(CountMetric):
    """The share of what was found that is correct: ``tp / (tp + fp)``; 0 if nothing was found."""

    def outcome(self, tally: np.ndarray) -> Any:
        """Return the share."""
        tp, fp, _ = tally
        return share(tp, tp + fp)


class Recall(CountMetric):
    """The share of the labels of 1 that was found: ``tp / (tp + fn)``; 0 if there are none."""

    def outcome(self, tally: np.ndarray) -> Any:
        """Return the share."""
        tp, _, fn = tally
        return share(tp, tp + fn)


def share(part: Any, whole: Any) -> Any:
    """Return ``part / whole``, 0 where there is nothing: a float, or an array of them."""
    found = np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)
    return found if found.ndim else float(found)


def need_same_shape(metric: Metric, labels: Shape, outputs: Shape) -> None:
    """Refuse labels that are not of the outputs' shape, but for a last axis of length 1."""
    if not same_shape(labels, outputs):
        raise ValueError(
            f"{metric.name} needs labels of 0 and 1 in the shape of the outputs, {outputs}, but "
            f"the labels have shape {labels}: for class numbers, use "
            "numcnn.utils.to_categorical(y) and the loss categorical_crossentropy."
        )


def spread(weights: Any, labels: np.ndarray) -> np.ndarray:
    """Return the weight of each number: that of its sample, by default 1."""
    if weights is None:
        return np.ones(labels.shape)
    return np.broadcast_to(weights.reshape(-1, *[1] * (labels.ndim - 1)), labels.shape)
