"""Measures of a classifier: accuracy, confusion matrix, top-k accuracy.

Labels come first, predictions second.  Both may be class numbers ``(N,)`` or rows of scores
``(N, classes)``: one-hot labels, or the probabilities that a model predicts.  A row stands for the
class with the largest score (the first of them, if there are several).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import counted, number, numeric_array, positive_int, shown

NOTHING_FOUND = -1
"""The class of a sample in which no class was found (`predict_classes` with a threshold)."""

MOST_CLASSES = 10_000
"""Classes of a confusion matrix, which is then 800 MB."""


def accuracy(labels: Any, predictions: Any) -> float:
    """Return the share of correct predictions, from 0 to 1.

    Parameters
    ----------
    labels, predictions : array_like
        ``(N,)`` class numbers or ``(N, classes)`` scores.

    Raises
    ------
    ValueError
        If there are no labels, or the numbers of labels and predictions differ.

    Examples
    --------
    >>> accuracy([0, 1, 2, 1], [0, 1, 1, 1])
    0.75
    """
    truth, found = _paired(labels, predictions)
    return float(np.mean(truth == found))


def per_class_accuracy(
    labels: Any, predictions: Any, num_classes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each class, the share of its samples predicted correctly, and their number.

    Parameters
    ----------
    labels, predictions : array_like
        ``(N,)`` class numbers or ``(N, classes)`` scores.
    num_classes : int, optional
        By default the number of columns of the scores, or the largest class number plus 1.

    Returns
    -------
    accuracy : numpy.ndarray
        ``(classes,)`` float64 from 0 to 1; nan for a class without samples.
    count : numpy.ndarray
        ``(classes,)`` int64.

    Examples
    --------
    >>> per_class_accuracy([0, 0, 1, 1], [0, 0, 0, 1])
    (array([1. , 0.5]), array([2, 2]))
    """
    matrix = confusion_matrix(labels, predictions, num_classes)
    count = np.bincount(class_numbers(labels, "labels"), minlength=len(matrix))
    right = np.diagonal(matrix)
    share = np.divide(right, count, out=np.full(len(matrix), np.nan), where=count > 0)
    return share, count


def confusion_matrix(labels: Any, predictions: Any, num_classes: int | None = None) -> np.ndarray:
    """Count the samples with each pair of label and prediction: ``matrix[label, prediction]``.

    A prediction of −1, "nothing found", has no column and is not counted.

    Parameters
    ----------
    labels, predictions : array_like
        ``(N,)`` class numbers or ``(N, classes)`` scores.
    num_classes : int, optional
        By default the number of columns of the scores, or the largest class number plus 1.

    Returns
    -------
    numpy.ndarray
        ``(classes, classes)`` int64; each row sums to the number of samples with this label and a
        prediction.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 1], [0, 0, 0, 1])
    array([[2, 0],
           [1, 1]])
    """
    truth, found = _paired(labels, predictions)
    columns = [np.shape(scores)[1] for scores in (labels, predictions) if np.ndim(scores) == 2]
    classes = max(int(truth.max()) + 1, int(found.max()) + 1, *columns, 1)
    if num_classes is not None:
        if positive_int(num_classes, "num_classes") < classes:
            raise ValueError(
                f"num_classes is {num_classes}, but there are class numbers up to {classes - 1}."
            )
        classes = num_classes
    if classes > MOST_CLASSES:
        raise ValueError(
            f"a confusion matrix has at most {MOST_CLASSES:,} classes, got {shown(classes)}: its "
            "size grows with their square."
        )
    cells = truth * classes + found  # the matrix, row by row
    counts = np.bincount(cells[found != NOTHING_FOUND], minlength=classes * classes)
    return counts.reshape(classes, classes)


def top_k_accuracy(labels: Any, scores: Any, k: int = 5) -> float:
    """Return the share of samples whose label is among the `k` classes with the largest scores.

    Of equal scores, the one with the lower class number ranks first.

    Parameters
    ----------
    labels : array_like
        ``(N,)`` class numbers or ``(N, classes)`` one-hot.
    scores : array_like
        ``(N, classes)``.
    k : int, default 5

    Examples
    --------
    >>> top_k_accuracy([2, 0], [[0.5, 0.3, 0.2], [0.4, 0.5, 0.1]], k=2)
    0.5
    """
    table = numeric_array(scores, "scores")
    if table.ndim != 2:
        raise ValueError(f"scores must be (N, classes), got shape {table.shape}.")
    truth, _ = _paired(labels, table)
    if truth.max() >= table.shape[1]:
        raise ValueError(
            f"scores has {counted(table.shape[1], 'column')}, but there is a label {truth.max()}."
        )
    return float(np.mean(_among_top(truth, table, positive_int(k, "k"))))


def predict_classes(probabilities: Any, threshold: float | None = None) -> np.ndarray:
    """Return the most probable class of each sample, or −1 where none is probable enough.

    Parameters
    ----------
    probabilities : array_like
        ``(N, classes)``.
    threshold : float, optional
        From 0 to 1.  Where no class reaches it, the result is −1: "no digit found".

    Returns
    -------
    numpy.ndarray
        ``(N,)`` int64.

    Examples
    --------
    >>> predict_classes([[0.1, 0.9], [0.45, 0.55]], threshold=0.6)
    array([ 1, -1])
    """
    table = numeric_array(probabilities, "probabilities")
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"probabilities must be (N, classes), got shape {table.shape}.")
    classes = table.argmax(axis=1)
    if threshold is not None:
        minimum = number(threshold, "threshold", minimum=0, maximum=1)
        classes = np.where(table.max(axis=1) >= minimum, classes, NOTHING_FOUND)
    return classes


def class_numbers(values: Any, name: str) -> np.ndarray:
    """Return class numbers ``(N,)``, from class numbers or from scores ``(N, classes)``."""
    array = numeric_array(values, name)
    if array.ndim == 2 and array.shape[1] > 1:
        return array.argmax(axis=1)
    array = array[:, 0] if array.shape[1:] == (1,) else array
    minimum = 0 if name == "labels" else NOTHING_FOUND
    whole = np.isfinite(array) & (array == np.floor(array))
    if array.ndim != 1 or (array < minimum).any() or not whole.all():
        raise ValueError(
            f"{name} must be class numbers (N,), whole and not below {minimum}, or scores "
            f"(N, classes), got {array.dtype} of shape {array.shape}."
        )
    return array.astype(np.intp)  # the only integers that bincount takes on every machine


def _paired(labels: Any, predictions: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both as class numbers, after checking that they have the same length."""
    truth, found = class_numbers(labels, "labels"), class_numbers(predictions, "predictions")
    if len(truth) != len(found) or len(truth) == 0:
        raise ValueError(
            f"there must be one prediction for each label, and at least one label, got "
            f"{counted(len(truth), 'label')} and {counted(len(found), 'prediction')}."
        )
    return truth, found


def _among_top(truth: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    """Return, for each row of scores, whether fewer than k classes rank before the true one."""
    own = np.take_along_axis(scores, truth[:, np.newaxis], axis=1)  # (N, 1)
    lower = np.arange(scores.shape[1]) < truth[:, np.newaxis]
    before = (scores > own) | ((scores == own) & lower)
    return before.sum(axis=1) < k
