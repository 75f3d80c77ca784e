"""Metrics of labels that do not fit, of no numbers, and of several axes; values of Keras 3.15.1."""

import numpy as np
import pytest

from numcnn import layers, losses, metrics
from numcnn.sequential import Sequential

NUMBERS = np.array([0, 1, 2, 1])
P = np.random.default_rng(0).random((4, 3)).astype(np.float32)
COLUMN = P[:, :1]
CUBE = np.array([[[0.2, 0.5, 0.3], [0.1, 0.6, 0.3]], [[0.5, 0.2, 0.3], [0.3, 0.1, 0.6]]])


@pytest.mark.parametrize("name", ["mse", "mae", "binary_accuracy"])
@pytest.mark.parametrize("labels", [NUMBERS, NUMBERS[:, np.newaxis]])
def test_class_numbers_are_not_compared_with_several_outputs(name, labels):
    metric = metrics.get(name)
    with pytest.raises(ValueError, match=r"have shape \(4, 3\) and the labels \(4"):
        metric.update_state(labels, P)
    assert metric.result() == 0
    model = Sequential([layers.Dense(3, activation="softmax", input_shape=(3,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[name])
    before = model.get_weights()[0].copy()
    with pytest.raises(ValueError, match="for class numbers, use sparse_categorical_accuracy"):
        model.fit(P, labels, verbose=0)
    assert np.array_equal(model.get_weights()[0], before)


def test_a_last_axis_of_one_is_no_second_axis():
    for labels in (NUMBERS, NUMBERS[:, np.newaxis]):
        for outputs in (COLUMN, COLUMN[:, 0]):
            metric = metrics.MeanSquaredError()
            metric.update_state(labels, outputs)
            assert metric.result() == pytest.approx(np.square(NUMBERS - COLUMN[:, 0]).mean())
            metrics.Precision().update_state(labels > 0, outputs)


@pytest.mark.parametrize(
    ("labels", "outputs", "value"),
    [
        ([0, 1, 1, 1], COLUMN, 0.25),  # no output stands for class 1
        ([-1, 1], [[0.1, 1.0], [0.2, 0.3]], 0.5),
        ([0, 1], [[np.nan, 1.0], [0.2, 0.3]], 0.5),
        ([[0, 1], [1, 1]], CUBE, 0.25),
    ],
)
def test_top_k_of_few_outputs_and_of_several_axes(labels, outputs, value):
    metric = metrics.SparseTopKCategoricalAccuracy(k=1 if np.ndim(outputs) == 3 else 5)
    metric.update_state(labels, outputs)
    assert metric.result() == value


def test_top_k_of_one_sigmoid_output_is_trained():
    model = Sequential([layers.Dense(1, activation="sigmoid", input_shape=(3,))])
    model.compile("sgd", "binary_crossentropy", metrics=["sparse_top_k_categorical_accuracy"])
    history = model.fit(P, np.array([0, 1, 1, 1]), verbose=0).history
    assert history["sparse_top_k_categorical_accuracy"] == [0.25]


def test_accuracies_of_several_axes_are_means():
    labels = np.array([[1, 1], [1, 2]])
    for metric, y in (
        (metrics.SparseCategoricalAccuracy(), labels),
        (metrics.CategoricalAccuracy(), np.eye(3)[labels]),
    ):
        metric.update_state(y, CUBE)
        assert metric.result() == 0.75


@pytest.mark.parametrize("kind", [metrics.MeanSquaredError, metrics.BinaryAccuracy, metrics.Mean])
def test_no_samples_add_nothing(kind):
    metric = kind()
    given = ([],) if kind is metrics.Mean else ([], [])
    metric.update_state(*given)
    assert metric.result() == 0


def test_the_mean_takes_a_weight_for_each_row():
    mean = metrics.Mean()
    mean.update_state([[1, 2], [3, 4]], [1, 3])
    assert mean.result() == 3
    with pytest.raises(ValueError, match=r"needs the shape of the values, \(2,\), got \(3,\)"):
        mean.update_state([1, 2], [1, 2, 3])
    assert mean.result() == 3


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: metrics.accuracy([0], [[]]), r"predictions must be class numbers"),
        (lambda: metrics.accuracy([np.inf], [0]), "labels must be class numbers"),
        (lambda: metrics.top_k_accuracy([5], [[0.1, 0.9]]), "2 columns, but there is a label 5"),
        (lambda: metrics.predict_classes([[]]), r"\(N, classes\), got shape \(1, 0\)"),
        (lambda: metrics.mean_squared_error([[1, 2]], [[1, 2], [3, 4]]), "a label for each output"),
        (lambda: metrics.get("accuracy")(np.ones((4, 5)), P), "one class number per sample"),
        (lambda: metrics.CategoricalAccuracy()([[]], [[]]), "needs outputs, but y_pred has shape"),
        (lambda: metrics.SparseCategoricalAccuracy()([0, 1], [0.1, 0.9]), "use binary_accuracy"),
        (lambda: losses.sparse_categorical_crossentropy([0], [[]]), "at least one output"),
        (lambda: losses.mean_squared_error([[]], [[]]), "at least one output"),
    ],
)
def test_nothing_to_compare_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
