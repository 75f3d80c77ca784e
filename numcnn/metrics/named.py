"""The metrics with Keras's names: accuracies, and mean squared and absolute error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.checks import Shape, number, positive_int
from numcnn.metrics.base import Metric, like, same_shape


class Accuracy(Metric):
    """The share of predictions equal to the label: for class numbers, not for probabilities.

    ``metrics=["accuracy"]`` means `MatchingAccuracy`, as in Keras.
    """

    better = "max"

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        _need_like(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, whether label and prediction are equal."""
        return _row_means(like(labels, outputs) == outputs)


class BinaryAccuracy(Metric):
    """The share of outputs on the correct side of the threshold, for labels 0 or 1.

    Parameters
    ----------
    name, dtype
        As in `Metric`.
    threshold : float, default 0.5
        An output above it counts as 1.
    """

    better = "max"

    def __init__(self, name: str | None = None, dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(name, dtype)
        self.threshold = number(threshold, "threshold")

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        _need_like(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, the share of its outputs on the correct side."""
        return _row_means(like(labels, outputs) == (outputs > self.threshold))


class CategoricalAccuracy(Metric):
    """The share of samples whose largest output is at the label's 1: for one-hot labels."""

    of_ranks = True
    better = "max"

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not one-hot."""
        _need_one_hot(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, whether the largest output is at the correct class."""
        return _row_means(labels.argmax(axis=-1) == outputs.argmax(axis=-1))


class SparseCategoricalAccuracy(Metric):
    """The share of samples whose largest output is at the label: for class numbers."""

    of_ranks = True
    better = "max"

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not class numbers."""
        _need_class_numbers(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, whether the largest output is at the correct class."""
        return _row_means(_column(labels, outputs) == outputs.argmax(axis=-1))


class TopKCategoricalAccuracy(Metric):
    """The share of samples with fewer than k outputs above the label's: for one-hot labels.

    Parameters
    ----------
    k : int, default 5
    name, dtype
        As in `Metric`.
    """

    of_ranks = True
    better = "max"

    def __init__(self, k: int = 5, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.k = positive_int(k, "k")

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not one-hot."""
        _need_one_hot(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, whether the label is among the k largest outputs."""
        truth = self.class_numbers(labels, outputs)
        classes = outputs.shape[-1]
        column = np.clip(truth, 0, classes - 1)[..., np.newaxis]
        own = np.take_along_axis(outputs, column, axis=-1)
        among = ((outputs > own).sum(axis=-1) < self.k) & np.isfinite(outputs).all(axis=-1)
        return _row_means(among & (truth >= 0) & (truth < classes))

    def class_numbers(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the class of each sample; one that has no output counts as not found."""
        return labels.argmax(axis=-1)


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of samples with fewer than k outputs above the label's: for class numbers.

    Parameters
    ----------
    k, name, dtype
        As in `TopKCategoricalAccuracy`.
    """

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not class numbers."""
        _need_class_numbers(self, labels, outputs)

    def class_numbers(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the class of each sample ``(N,)``."""
        return _column(labels, outputs).astype(np.intp)


class MatchingAccuracy(Metric):
    """``"accuracy"``: binary for one output, otherwise for one-hot labels or for class numbers.

    The shapes of labels and outputs decide which.
    """

    of_ranks = True
    better = "max"
    binary = BinaryAccuracy()
    of_one_hot = CategoricalAccuracy()
    of_numbers = SparseCategoricalAccuracy()

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return, for each sample, whether the prediction is correct."""
        return self._meant(labels.shape, outputs.shape).values(labels, outputs)

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that the accuracy which is meant refuses."""
        self._meant(labels, outputs).check(labels, outputs)

    def _meant(self, labels: Shape, outputs: Shape) -> Metric:
        if len(outputs) == 1 or outputs[-1] == 1:
            return self.binary
        return self.of_one_hot if labels[1:] == outputs[1:] else self.of_numbers

    def serialized(self) -> Any:
        """Return the name: Keras too has only a name for it."""
        return self.name


class MeanSquaredError(Metric):
    """``mean (y_pred − y_true)²``."""

    better = "min"

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        _need_like(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the mean squared difference of each sample."""
        return _row_means(np.square(outputs - like(labels, outputs)))


class MeanAbsoluteError(Metric):
    """``mean |y_pred − y_true|``."""

    better = "min"

    def check(self, labels: Shape, outputs: Shape) -> None:
        """Refuse labels that are not of the outputs' shape."""
        _need_like(self, labels, outputs)

    def values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the mean absolute difference of each sample."""
        return _row_means(np.abs(outputs - like(labels, outputs)))


def _need_like(metric: Metric, labels: Shape, outputs: Shape) -> None:
    if not same_shape(labels, outputs):
        raise ValueError(
            f"{metric.name} compares each output with its label, but the outputs have shape "
            f"{outputs} and the labels {labels}: for class numbers, use "
            "sparse_categorical_accuracy, or make them one-hot, numcnn.utils.to_categorical(y)."
        )


def _need_scores(metric: Metric, outputs: Shape) -> None:
    if len(outputs) < 2:
        raise ValueError(
            f"{metric.name} needs outputs (N, classes), got {outputs}: for one number a sample, "
            "use binary_accuracy."
        )


def _need_one_hot(metric: Metric, labels: Shape, outputs: Shape) -> None:
    _need_scores(metric, outputs)
    if labels[1:] != outputs[1:]:
        raise ValueError(
            f"{metric.name} needs one-hot labels for outputs of shape {outputs}, but the labels "
            f"have shape {labels}: for class numbers, use Sparse{type(metric).__name__}."
        )


def _need_class_numbers(metric: Metric, labels: Shape, outputs: Shape) -> None:
    _need_scores(metric, outputs)
    if labels[1:] not in (outputs[1:-1], (*outputs[1:-1], 1)):
        raise ValueError(
            f"{metric.name} needs one class number per sample, but the labels have shape {labels}: "
            f"for one-hot labels, use {type(metric).__name__.removeprefix('Sparse')}."
        )


def _column(labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Return class numbers without a last axis of length 1."""
    return labels if labels.ndim < outputs.ndim else labels[..., 0]


def _row_means(values: np.ndarray) -> np.ndarray:
    """Return the mean of each sample's values."""
    return values.reshape(len(values), math.prod(values.shape[1:])).mean(axis=1)
