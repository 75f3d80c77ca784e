"""Metrics as functions: the value of each sample, without the mean over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.metrics.base import Metric
from numcnn.metrics.named import (
    BinaryAccuracy,
    CategoricalAccuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)


class MetricFunction:
    """A metric as a function of labels and outputs; `Sequential.compile` takes it for the metric.

    Examples
    --------
    >>> sparse_categorical_accuracy([0, 1], [[0.9, 0.1], [0.8, 0.2]])
    array([1., 0.])
    """

    def __init__(self, kind: type[Metric]) -> None:
        self.kind = kind
        self.__name__ = kind().name

    def __call__(self, y_true: Any, y_pred: Any, **arguments: Any) -> np.ndarray:
        """Return the values ``(N,)``; the arguments are those of the class, such as k."""
        metric = self.kind(**arguments)
        return np.asarray(metric.values(*metric.checked_pair(y_true, y_pred)), np.float64)

    @property
    def as_metric(self) -> Metric:
        """The metric that is meant where a metric is asked for."""
        return self.kind()


binary_accuracy = MetricFunction(BinaryAccuracy)
categorical_accuracy = MetricFunction(CategoricalAccuracy)
sparse_categorical_accuracy = MetricFunction(SparseCategoricalAccuracy)
top_k_categorical_accuracy = MetricFunction(TopKCategoricalAccuracy)
sparse_top_k_categorical_accuracy = MetricFunction(SparseTopKCategoricalAccuracy)
mean_squared_error = MetricFunction(MeanSquaredError)
mean_absolute_error = MetricFunction(MeanAbsoluteError)
