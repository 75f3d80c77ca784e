"""What every metric is: a number for each sample, and their mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, given_name, numeric_array
from numcnn.configuration import Configurable, snake_case


class Metric(Configurable):
    """A mean over samples; a subclass says in `values` what each sample counts.

    `Sequential.compile` takes metrics by name or as objects.  Alone, an object gathers the samples
    that it is given: ``metric.update_state(y_true, y_pred)``, ``metric.result()``.

    Parameters
    ----------
    name : str, optional
        Under which it stands in the history.
    dtype : str, optional
        Accepted and left aside: the mean is a Python float.

    Attributes
    ----------
    of_ranks : bool
        Whether it only asks which outputs are the largest, which is the same for logits as for
        probabilities.
    better : {"min", "max"} or None
        Whether less is better or more, if that is known.
    """

    module: ClassVar[str] = "keras.metrics"
    of_ranks = False
    better: str | None = None

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        self.dtype = "float32" if dtype is None else dtype
        self.reset_state()

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return what each sample counts ``(N,)``, for labels and outputs ``(N, …)``."""
        raise NotImplementedError(f"{type(self).__name__} has no values(labels, outputs)")

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels of a shape that does not go with outputs of this shape, ``(None, …)``."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to those gathered; one may count more than another."""
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

    def result(self) -> float:
        """Return the mean over the samples gathered; 0 if there are none."""
        return self._sum / self._count if self._count else 0.0

    def reset_state(self) -> None:
        """Forget the samples gathered."""
        self._sum = self._count = 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Add samples, and return the mean."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


class FunctionMetric(Metric):
    """A function of labels and outputs as a metric; it may give one number for all samples.

    Parameters
    ----------
    function : callable
        ``f(labels, outputs)``.
    name : str, optional
        By default the function's.
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", type(function).__name__))
        self.function = function

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return what the function says for each sample."""
        values = np.asarray(self.function(labels, outputs), np.float64)
        return np.broadcast_to(values, len(outputs)) if values.ndim == 0 else values
