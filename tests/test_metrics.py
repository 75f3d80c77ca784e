"""Metrics: labels first."""

import numpy as np
import pytest

from numcnn import metrics

LABELS = np.array([0, 0, 1, 2, 2, 2])
PREDICTIONS = np.array([0, 1, 1, 2, 2, 0])


def test_accuracy_takes_class_numbers_and_scores():
    assert metrics.accuracy(LABELS, PREDICTIONS) == pytest.approx(4 / 6)
    assert metrics.accuracy(np.eye(3)[LABELS], np.eye(3)[PREDICTIONS] * 0.9) == pytest.approx(4 / 6)
    assert metrics.accuracy(LABELS[:, np.newaxis], PREDICTIONS) == pytest.approx(4 / 6)


def test_of_equal_scores_the_first_counts():
    assert metrics.accuracy([0], [[0.5, 0.5]]) == 1
    assert metrics.accuracy([1], [[0.5, 0.5]]) == 0


def test_per_class_accuracy_and_counts():
    share, count = metrics.per_class_accuracy(LABELS, PREDICTIONS, num_classes=4)
    np.testing.assert_allclose(share, [1 / 2, 1, 2 / 3, np.nan])
    assert count.tolist() == [2, 1, 3, 0]


def test_the_confusion_matrix_has_labels_in_rows_and_predictions_in_columns():
    matrix = metrics.confusion_matrix(LABELS, PREDICTIONS)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    assert matrix.dtype == np.int64


def test_nothing_found_is_in_no_column_and_is_not_right():
    predictions = np.array([0, -1])
    assert metrics.confusion_matrix([0, 1], predictions).tolist() == [[1, 0], [0, 0]]
    share, count = metrics.per_class_accuracy([0, 1], predictions)
    assert share.tolist() == [1, 0] and count.tolist() == [1, 1]
    assert metrics.accuracy([0, 1], predictions) == 0.5


def test_top_k_accuracy_and_its_ties():
    scores = [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]]
    assert metrics.top_k_accuracy([2, 2, 1], scores, k=2) == pytest.approx(2 / 3)
    assert metrics.top_k_accuracy([0, 3, 3], scores, k=4) == 1
    assert metrics.top_k_accuracy(np.eye(4)[[3, 0, 0]], scores, k=1) == 1


def test_below_the_threshold_no_class_is_found():
    table = [[0.6, 0.4], [0.5, 0.5], [0.1, 0.9]]
    assert metrics.predict_classes(table).tolist() == [0, 0, 1]
    assert metrics.predict_classes(table, threshold=0.6).tolist() == [0, -1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.accuracy([0, 1], [0]), "got 2 labels and 1 predictions"),
        (lambda: metrics.accuracy([], []), "at least one"),
        (lambda: metrics.accuracy([-1], [0]), "labels must be class numbers"),
        (lambda: metrics.accuracy([0.5], [0]), "labels must be class numbers"),
        (lambda: metrics.accuracy(["a"], [0]), "labels must hold real numbers"),
        (lambda: metrics.confusion_matrix([3], [0], 2), "num_classes is 2, but there are"),
        (lambda: metrics.top_k_accuracy([0], [0]), r"scores must be \(N, classes\)"),
        (lambda: metrics.predict_classes([0.5]), r"probabilities must be \(N, classes\)"),
        (lambda: metrics.predict_classes([[1]], threshold=2), "threshold must be .* up to 1"),
    ],
)
def test_what_can_not_be_measured_is_said(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
