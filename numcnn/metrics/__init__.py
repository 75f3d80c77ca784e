"""Metrics: numbers that tell people how good predictions are.

`Sequential.compile` takes them by name, such as ``metrics=["accuracy"]``, or as objects of the
classes here.  The functions work on predictions that you have already.

May import: `checks`, `configuration`, `families`, `losses`, `notebook`, `own_results`, `results`.
"""

from typing import Any

from numcnn.families import Family
from numcnn.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from numcnn.metrics.auc import AUC
from numcnn.metrics.base import FunctionMetric, Metric
from numcnn.metrics.class_report import ClassReport, report
from numcnn.metrics.classes import (
    NOTHING_FOUND,
    accuracy,
    class_numbers,
    confusion_matrix,
    per_class_accuracy,
    predict_classes,
    top_k_accuracy,
)
from numcnn.metrics.counts import Precision, Recall
from numcnn.metrics.f1_score import F1Score
from numcnn.metrics.functions import (
    binary_accuracy,
    categorical_accuracy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from numcnn.metrics.mean import Mean
from numcnn.metrics.named import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    MatchingAccuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)

METRICS = Family(
    "metric",
    Metric,
    {
        "accuracy": Accuracy,
        "acc": MatchingAccuracy,
        "binary_accuracy": BinaryAccuracy,
        "categorical_accuracy": CategoricalAccuracy,
        "sparse_categorical_accuracy": SparseCategoricalAccuracy,
        "top_k_categorical_accuracy": TopKCategoricalAccuracy,
        "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
        "mean_squared_error": MeanSquaredError,
        "mse": MeanSquaredError,
        "mean_absolute_error": MeanAbsoluteError,
        "mae": MeanAbsoluteError,
        "auc": AUC,
        "f1_score": F1Score,
        "mean": Mean,
        "precision": Precision,
        "recall": Recall,
    },
)
serialize, deserialize = METRICS.serialize, METRICS.deserialize
__getattr__ = METRICS.missing(__name__)


def get(identifier: Any) -> Metric:
    """Return the metric for a name, an object or a function; a name given is kept.

    Parameters
    ----------
    identifier : str, Metric, type, dict or callable
        A function ``f(labels, outputs)`` is a metric too.
    """
    if isinstance(identifier, str) and identifier in ("accuracy", "acc"):
        return MatchingAccuracy(name=identifier)
    identifier = getattr(identifier, "as_metric", identifier)
    if callable(identifier) and not isinstance(identifier, Metric | type):
        return FunctionMetric(identifier)
    metric: Metric = METRICS.get(identifier)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


__all__ = [
    "AUC",
    "NOTHING_FOUND",
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "ClassReport",
    "F1Score",
    "FunctionMetric",
    "MatchingAccuracy",
    "Mean",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "class_numbers",
    "confusion_matrix",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "per_class_accuracy",
    "predict_classes",
    "report",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "top_k_accuracy",
    "top_k_categorical_accuracy",
]
