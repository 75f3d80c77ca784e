"""Metric, the base class: a value for each sample, and the mean of these values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, given_name, numeric_array
from numcnn.configuration import Configurable, snake_case
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
    """

    module: ClassVar[str] = "keras.metrics"
    of_ranks = False
    better: str | None = None

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        self.dtype = "float32" if dtype is None else dtype
        self.reset_state()

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return each sample's value ``(N,)``, for labels and outputs ``(N, …)``."""
        raise NotImplementedError(f"{type(self).__name__} has no values(labels, outputs)")

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels whose shape does not fit the outputs' shape, ``(None, …)``."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples, optionally with a weight for each."""
        labels, outputs = numeric_array(y_true, "y_true"), numeric_array(y_pred, "y_pred")
        if not outputs.ndim or not labels.ndim or len(labels) != len(outputs):
            raise ValueError(
                f"{self.name} needs a label for each output, but y_true has shape {labels.shape} "
                f"and y_pred {outputs.shape}."
            )
        self.check(labels.shape, outputs.shape)
        values = np.asarray(self.values(labels, outputs), np.float64)
        weights = np.ones(len(values))
        if sample_weight is not None:
            weights = numeric_array(sample_weight, "sample_weight")
        if weights.shape != values.shape:
            raise ValueError(f"sample_weight must have shape {values.shape}, got {weights.shape}.")
        self._sum += float((values * weights).sum())
        self._count += float(weights.sum())

    def result(self) -> Number:
        """Return the mean over all samples so far; 0 if there are none."""
        return Number(self._sum / self._count if self._count else 0.0)

    def reset_state(self) -> None:
        """Forget all samples."""
        self._sum = self._count = 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Add samples, and return the mean over all samples so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


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
        values = np.asarray(self.function(labels, outputs), np.float64)
        return np.broadcast_to(values, len(outputs)) if values.ndim == 0 else values
