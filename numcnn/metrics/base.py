"""Metric, the base class: a value for each sample, and the mean of these values.

A metric that is no mean, such as the share of correct ones among the samples found, counts other
numbers: `Metric.tally` is what is added over all batches, `Metric.outcome` the value of the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, given_name, numeric_array, shown
from numcnn.configuration import Configurable, snake_case
from numcnn.own_results import returned
from numcnn.results import Number


class Metric(Configurable):
    """A mean over samples; a subclass computes each sample's value in `values`.

    `Sequential.compile` takes metrics by name or as objects.  Used alone, an object accumulates the
    samples that it receives: ``metric.update_state(y_true, y_pred)``, ``metric.result()``.

    Parameters
    ----------
    name : str, optional
        The metric's name in the history.
    dtype : str, optional
        Accepted but ignored: the mean is a Python float.

    Attributes
    ----------
    of_ranks : bool
        Whether the metric depends only on the order of the outputs, which is the same for logits
        and probabilities.
    better : {"min", "max"} or None
        Whether smaller or larger values are better, if that is known.
    weighted : bool
        Whether samples count by their weights in training and evaluation (`WeightedMetric`).
    several : str or None
        If the value is an array: what to do, because a history holds numbers.
    """

    module: ClassVar[str] = "keras.metrics"
    of_ranks = False
    better: str | None = None
    weighted = False
    several: str | None = None
    _tally: np.ndarray | None

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        self.dtype = "float32" if dtype is None else dtype
        self.reset_state()

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return each sample's value ``(N,)``, for labels and outputs ``(N, …)``."""
        raise NotImplementedError(f"{type(self).__name__} has no values(labels, outputs)")

    def checked_pair(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and outputs as arrays that `values` takes."""
        labels, outputs = numeric_array(y_true, "y_true"), numeric_array(y_pred, "y_pred")
        if not outputs.ndim or not labels.ndim or len(labels) != len(outputs):
            raise ValueError(
                f"{self.name} needs a label for each output, but y_true has shape {labels.shape} "
                f"and y_pred {outputs.shape}."
            )
        if 0 in outputs.shape[1:]:
            raise ValueError(f"{self.name} needs outputs, but y_pred has shape {outputs.shape}.")
        self.check(labels.shape, outputs.shape)
        return labels, outputs

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels whose shape does not fit the outputs' shape, ``(None, …)``."""

    def tally(self, labels: Any, outputs: Any, weights: Any = None) -> np.ndarray:
        """Return numbers that are added over all batches, float64: here Σ weight · value, Σ weight.

        Parameters
        ----------
        labels, outputs : numpy.ndarray
            ``(N, …)``.
        weights : numpy.ndarray, optional
            ``(N,)``, by default 1.
        """
        values = self.each(self.values(labels, outputs), outputs)
        if weights is None:
            return np.array([values.sum(), len(values)])
        return np.array([(values * weights).sum(), weights.sum()])

    def each(self, values: Any, outputs: Any, function: str = "values") -> np.ndarray:
        """Return one number for each sample, ``(N,)``; the mean of several."""
        axes = np.shape(values)[1:] if isinstance(values, np.ndarray) else ()
        shape, owner = (len(outputs), *axes), f"the metric {self.name}"
        why = "a number for each sample"
        numbers = np.asarray(returned(values, shape, owner, function, "values", why), np.float64)
        return numbers.reshape(len(outputs), -1).mean(axis=1) if axes else numbers

    def outcome(self, tally: np.ndarray) -> Any:
        """Return the metric's value for the sum of all `tally`; 0 if there are no samples."""
        total, weight = tally
        return float(total / weight) if weight else 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples, optionally with a weight for each."""
        labels, outputs = self.checked_pair(y_true, y_pred)
        weights = None
        if sample_weight is not None:
            weights = numeric_array(sample_weight, "sample_weight").astype(np.float64)
            if weights.shape != (len(labels),):
                raise ValueError(
                    f"sample_weight must have shape {(len(labels),)}, got {weights.shape}."
                )
        self._add(self.tally(labels, outputs, weights))

    def _add(self, tally: np.ndarray) -> None:
        self._tally = tally if self._tally is None else self._tally + tally

    def result(self) -> Any:
        """Return the value for all samples so far; 0 if there are none."""
        if self._tally is None:
            return Number(0.0)
        outcome = self.outcome(self._tally)
        return Number(outcome) if isinstance(outcome, float) else outcome

    def reset_state(self) -> None:
        """Forget all samples."""
        self._tally = None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add samples, and return the value for all samples so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


def same_shape(labels: Shape, outputs: Shape) -> bool:
    """Whether samples have the same shape, but for a last axis of length 1 in one of them."""
    return labels[1:] in (outputs[1:], (*outputs[1:], 1)) or outputs[1:] == (*labels[1:], 1)


def like(labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Return labels in the shape of the outputs."""
    return labels.reshape(outputs.shape)


class Measured(float):
    """The value of a metric on one batch, which knows how to go on to more of them.

    Attributes
    ----------
    metric : Metric
    tally : numpy.ndarray
        What the metric counted.
    """

    metric: Metric
    tally: np.ndarray

    def __new__(cls, metric: Metric, tally: np.ndarray) -> Measured:
        """Make the metric's value for a tally."""
        outcome = metric.outcome(tally)
        if not isinstance(outcome, Real):
            raise ValueError(
                f"the metric {metric.name}: outcome must return a number, got {shown(outcome)}."
            )
        made = super().__new__(cls, outcome)
        made.metric, made.tally = metric, tally
        return made

    def with_more(self, other: Measured) -> Measured:
        """Return the value for the samples of both."""
        return Measured(self.metric, self.tally + other.tally)


class FunctionMetric(Metric):
    """A function of labels and outputs as a metric; it may return one number for all samples.

    Parameters
    ----------
    function : callable
        ``f(labels, outputs)``.
    name : str, optional
        By default the function's name.
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", type(function).__name__))
        self.function = function

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the function's value for each sample."""
        values = self.function(labels, outputs)
        if isinstance(values, Real) or (isinstance(values, np.ndarray) and values.ndim == 0):
            values = np.full(len(outputs), values)
        return self.each(values, outputs, "the function")
