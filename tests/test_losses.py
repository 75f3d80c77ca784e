"""Losses: their values, and what labels they take."""

import numpy as np
import pytest

import numcnn
from numcnn import losses
from numcnn.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy


def test_the_values_that_keras_gives_for_probabilities(engine):
    loss = CategoricalCrossentropy()
    one_hot = np.array([[1.0, 0.0]])
    assert loss(one_hot, np.array([[1e-12, 1.0]], np.float32)) == pytest.approx(16.118095, abs=1e-5)
    sure = loss(one_hot, np.array([[1.0, 0.0]], np.float32))
    assert sure == pytest.approx(1.1920929e-07, rel=1e-3)
    assert loss(one_hot, np.array([[0.2, 0.2]])) == pytest.approx(0.6931472)


def test_logits_are_exact_where_probabilities_would_be_clipped(engine):
    loss = CategoricalCrossentropy(from_logits=True)
    assert loss([[1, 0, 0]], np.array([[0.0, 200.0, 0.0]])) == pytest.approx(200)


def test_class_numbers_and_one_hot_labels_give_the_same(engine):
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((7, 4)), rng.integers(0, 4, 7)
    for from_logits in (True, False):
        outputs = logits if from_logits else np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        sparse = SparseCategoricalCrossentropy(from_logits)(labels, outputs)
        dense = CategoricalCrossentropy(from_logits)(np.eye(4)[labels], outputs)
        assert sparse == pytest.approx(dense, rel=1e-12)


def test_the_mean_over_the_batch_is_weighted_but_divided_by_the_samples(engine):
    loss = SparseCategoricalCrossentropy(from_logits=True)
    logits = np.zeros((2, 2))
    assert loss([0, 1], logits) == pytest.approx(np.log(2))
    assert loss([0, 1], logits, sample_weight=[3, 1]) == pytest.approx(2 * np.log(2))


def test_label_smoothing_spreads_the_label(engine):
    smooth = CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    plain = CategoricalCrossentropy(from_logits=True)
    logits = np.random.default_rng(0).standard_normal((3, 4))
    targets = np.eye(4)[[0, 2, 3]]
    assert smooth(targets, logits) == pytest.approx(plain(targets * 0.8 + 0.05, logits))


def test_labels_in_a_column_are_class_numbers():
    loss = SparseCategoricalCrossentropy(from_logits=True)
    column = loss.checked_targets(np.array([[1], [0]]), (2,))
    assert column.tolist() == [1, 0] and column.dtype == np.intp
    assert loss.checked_targets(np.array([True, False]), (2,)).tolist() == [1, 0]
    assert loss.checked_targets([1.0, 0.0], (2,)).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("CategoricalCrossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        (SparseCategoricalCrossentropy, SparseCategoricalCrossentropy),
    ],
)
def test_a_loss_is_found_by_name_or_class(name, kind):
    assert type(losses.get(name)) is kind


def test_squared_and_absolute_error_are_means_over_the_numbers_of_a_sample(engine):
    y, p = np.array([[0.0, 1.0], [2.0, 2.0]]), np.array([[0.5, 1.0], [1.0, 4.0]])
    np.testing.assert_allclose(losses.mean_squared_error(y, p), [0.125, 2.5])
    np.testing.assert_allclose(losses.mean_absolute_error(y, p), [0.25, 1.5])
    assert losses.MeanSquaredError()(y, p) == pytest.approx(1.3125)
    assert losses.get("mse")([1, 2], [[1.5], [2.0]]) == pytest.approx(0.125)


def test_binary_cross_entropy_of_logits_is_exact_where_probabilities_are_clipped(engine):
    loss = losses.BinaryCrossentropy()
    assert loss([[1.0]], np.array([[1e-12]])) == pytest.approx(-np.log(1e-7))
    logits = losses.BinaryCrossentropy(from_logits=True)
    assert logits([[1.0], [0.0]], np.array([[-200.0], [200.0]])) == pytest.approx(200)
    smooth = losses.BinaryCrossentropy(True, label_smoothing=0.2)
    assert smooth([[1.0]], np.array([[0.7]])) == pytest.approx(logits([[0.9]], np.array([[0.7]])))


@pytest.mark.parametrize(
    ("loss", "labels", "message"),
    [
        ("mse", np.zeros((3, 1)), r"y_true needs the shape \(N, 2\), but has \(3, 1\)"),
        (
            "bce",
            np.full((3, 2), 2.0),
            r"labels from 0 \(no\) to 1 \(yes\), but y_true\[0, 0\] is 2.0",
        ),
        ("bce", np.full((3, 2), np.nan), r"y_true\[0, 0\] is nan"),
    ],
)
def test_labels_that_do_not_fit_are_refused(loss, labels, message):
    with pytest.raises(ValueError, match=message):
        losses.get(loss)(labels, np.zeros((3, 2)))


def test_a_function_stands_for_its_loss():
    assert type(losses.get(losses.categorical_crossentropy)) is CategoricalCrossentropy
    values = losses.sparse_categorical_crossentropy([0], [[0.0, 5.0]], from_logits=True)
    np.testing.assert_allclose(values, [np.log1p(np.exp(5))])


def test_a_function_is_no_loss_because_it_has_no_gradient():
    model = numcnn.Sequential([numcnn.layers.Dense(2, input_shape=(3,))])

    def mine(y_true, y_pred):
        return abs(y_true - y_pred).mean()

    with pytest.raises(TypeError, match="'mine' has no gradient here: a loss of your own is a sub"):
        model.compile("sgd", mine)
