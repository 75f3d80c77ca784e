"""Metrics: labels first."""

import numpy as np
import pytest

import numcnn
from numcnn import layers, metrics

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
        (lambda: metrics.accuracy([0, 1], [0]), "got 2 labels and 1 prediction"),
        (lambda: metrics.accuracy([], []), "at least one"),
        (lambda: metrics.accuracy([-1], [0]), "labels must be class numbers"),
        (lambda: metrics.accuracy([0.5], [0]), "labels must be class numbers"),
        (lambda: metrics.accuracy(["a"], [0]), "labels must hold real numbers"),
        (lambda: metrics.confusion_matrix([3], [0], 2), "num_classes is 2, but there are"),
        (lambda: metrics.top_k_accuracy([0], [0]), r"scores must be \(N, classes\)"),
        (lambda: metrics.predict_classes([0.5]), r"probabilities must be \(N, classes\)"),
        (lambda: metrics.predict_classes([[1]], threshold=2), "threshold must be .* at most 1"),
    ],
)
def test_what_can_not_be_measured_is_said(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


# --- as compile takes them -----------------------------------------------------------------------

SCORES = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]])
CLASSES = np.array([0, 2, 1, 2])


@pytest.mark.parametrize(
    ("metric", "labels", "outputs", "expected"),
    [
        ("accuracy", CLASSES, SCORES, [1, 0, 0, 1]),
        ("acc", CLASSES[:, np.newaxis], SCORES, [1, 0, 0, 1]),
        ("accuracy", np.eye(3)[CLASSES], SCORES, [1, 0, 0, 1]),
        ("accuracy", np.array([[1], [0], [1]]), np.array([[0.6], [0.6], [0.5]]), [1, 0, 0]),
        ("accuracy", np.array([1, 0, 1]), np.array([[0.6], [0.6], [0.5]]), [1, 0, 0]),
        ("binary_accuracy", np.array([[1, 0], [1, 1]]), np.array([[0.9, 0.9], [0.9, 1]]), [0.5, 1]),
        ("categorical_accuracy", np.eye(3)[CLASSES], SCORES, [1, 0, 0, 1]),
        ("sparse_categorical_accuracy", CLASSES, SCORES, [1, 0, 0, 1]),
        (metrics.TopKCategoricalAccuracy(2), np.eye(3)[CLASSES], SCORES, [1, 1, 1, 1]),
        (metrics.SparseTopKCategoricalAccuracy(1), CLASSES, SCORES, [1, 0, 1, 1]),  # a tie is in
        ("mse", np.array([1.0, 2.0]), np.array([[1.5], [2.0]]), [0.25, 0]),
        ("mae", np.array([[1.0, 2.0]]), np.array([[1.5, 1.0]]), [0.75]),
        (metrics.Accuracy(), CLASSES, CLASSES, [1, 1, 1, 1]),
        (lambda labels, outputs: 0.25, CLASSES, SCORES, [0.25] * 4),
    ],
)
def test_what_each_sample_counts(metric, labels, outputs, expected):
    np.testing.assert_allclose(metrics.get(metric).values(labels, outputs), expected)


def test_a_metric_has_the_name_by_which_it_was_asked_for():
    names = ["acc", "mse", "MSE", "mean_squared_error", "top_k_categorical_accuracy"]
    assert [metrics.get(name).name for name in names] == names
    assert metrics.get(metrics.SparseCategoricalAccuracy("right")).name == "right"
    assert metrics.get(metrics.BinaryAccuracy).name == "binary_accuracy"
    assert metrics.get(test_what_each_sample_counts).name == "test_what_each_sample_counts"


@pytest.mark.parametrize(
    ("loss", "metric", "labels", "said"),
    [
        (
            "sparse_categorical_crossentropy",
            "categorical_accuracy",
            CLASSES,
            r"needs one-hot .* \(None, 3\), but the labels have shape \(4,\): .* SparseCategorical",
        ),
        (
            "sparse_categorical_crossentropy",
            metrics.TopKCategoricalAccuracy(2, name="second"),
            CLASSES,
            "second needs one-hot labels .* SparseTopKCategoricalAccuracy",
        ),
        (
            "categorical_crossentropy",
            "sparse_categorical_accuracy",
            np.eye(3)[CLASSES],
            r"needs one class number per sample, but .* \(4, 3\): .* use CategoricalAccuracy",
        ),
        (
            "categorical_crossentropy",
            metrics.SparseTopKCategoricalAccuracy(2),
            np.eye(3)[CLASSES],
            "one class number per sample, .* use TopKCategoricalAccuracy",
        ),
    ],
)
def test_labels_of_another_kind_are_refused_before_anything_is_trained(loss, metric, labels, said):
    model = numcnn.Sequential([layers.Dense(3, activation="softmax", input_shape=(2,))], seed=0)
    model.compile("sgd", loss, metrics=[metric])
    for call in (model.fit, model.train_on_batch, model.evaluate):
        with pytest.raises(ValueError, match=said):
            call(np.ones((4, 2)), labels)
    assert model.optimizer.iterations == 0
    with pytest.raises(ValueError, match=said.replace("None", "4")):
        metrics.get(metric)(labels, SCORES)


def test_a_metric_gathers_samples():
    metric = metrics.SparseCategoricalAccuracy()
    assert metric.result() == 0
    assert metric(CLASSES[:2], SCORES[:2]) == 0.5
    metric.update_state(CLASSES[3:], SCORES[3:], sample_weight=[2.0])
    assert metric.result() == 0.75
    metric.reset_state()
    assert metric.result() == 0


@pytest.mark.parametrize("units", [1, 3])
def test_metrics_of_a_model_trained_on_logits_see_probabilities(engine, units):
    """Sigmoid and softmax are computed with the loss; what is measured is what comes out."""
    final = "sigmoid" if units == 1 else "softmax"
    loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
    model = numcnn.Sequential([layers.Dense(units, activation=final, input_shape=(4,))], seed=0)
    model.compile("sgd", loss, metrics=["accuracy", lambda y, p: float(p.max())])
    assert model.trains_on_logits
    x, y = np.random.default_rng(0).standard_normal((20, 4)), np.arange(20) % 2
    predicted = model.predict(x, verbose=0)
    right = (predicted > 0.5)[:, 0] == y if units == 1 else predicted.argmax(axis=1) == y
    _, accuracy, largest = model.evaluate(x, y, batch_size=20, verbose=0)
    assert accuracy == pytest.approx(right.mean())
    assert largest == pytest.approx(predicted.max())


ONE_HOT_LABELS, NUMBERS = np.eye(3)[[0, 1, 2, 1]], np.array([0, 1, 2, 1])
FOUND = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]])
FUNCTIONS = {
    "binary_accuracy": (ONE_HOT_LABELS, {}, [1, 2 / 3, 1, 1 / 3]),
    "categorical_accuracy": (ONE_HOT_LABELS, {}, [1, 0, 1, 0]),
    "sparse_categorical_accuracy": (NUMBERS, {}, [1, 0, 1, 0]),
    "top_k_categorical_accuracy": (ONE_HOT_LABELS, {"k": 2}, [1, 1, 1, 1]),
    "sparse_top_k_categorical_accuracy": (NUMBERS, {"k": 1}, [1, 0, 1, 0]),
    "mean_absolute_error": (ONE_HOT_LABELS, {}, [0.2, 1.4 / 3, 0.4 / 3, 1.6 / 3]),
    "mean_squared_error": (ONE_HOT_LABELS, {}, [0.14 / 3, 0.78 / 3, 0.06 / 3, 1.04 / 3]),
    "categorical_crossentropy": (ONE_HOT_LABELS, {}, -np.log([0.7, 0.3, 0.8, 0.2])),
    "sparse_categorical_crossentropy": (NUMBERS, {}, -np.log([0.7, 0.3, 0.8, 0.2])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_metrics_are_functions_too_under_keras_s_names(name):
    labels, options, expected = FUNCTIONS[name]
    values = getattr(metrics, name)(labels, FOUND, **options)
    np.testing.assert_allclose(values, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["sparse_categorical_accuracy", "sparse_categorical_crossentropy"])
def test_a_model_takes_the_function_for_the_metric(name):
    model = numcnn.Sequential([numcnn.layers.Dense(3, "softmax", input_shape=(3,))])
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=[getattr(metrics, name)])
    found = model.evaluate(FOUND, NUMBERS, verbose=0, return_dict=True)
    assert list(found) == ["loss", name]
    if name == loss:
        assert found[name] == pytest.approx(found["loss"], rel=1e-6)


@pytest.mark.parametrize("classes", [None, 10**12])
def test_a_confusion_matrix_that_fills_the_memory_is_refused(classes):
    labels = [0, 1] if classes else [0, 10**6]
    with pytest.raises(ValueError, match="a confusion matrix has at most 10,000 classes"):
        metrics.confusion_matrix(labels, labels, classes)
