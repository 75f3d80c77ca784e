"""Regularizers: penalties in the loss, their pull on the weights, and what they watch."""

import numpy as np
import pytest

import numcnn
from numcnn import layers, regularizers
from numcnn.gradcheck import check_model
from numcnn.optimizers import SGD

X = np.random.default_rng(0).random((6, 5, 5, 1))
Y = np.array([0, 1, 2, 0, 1, 2])


def make(**options):
    return numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="tanh", input_shape=(5, 5, 1), **options),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", **options),
        ],
        seed=1,
        dtype="float64",
    )


def test_the_penalties_and_their_gradients_by_hand():
    x = np.array([-3.0, 0.0, 2.0])
    assert regularizers.L1(0.1)(x) == pytest.approx(0.5)
    assert regularizers.L2(0.1)(x) == pytest.approx(1.3)
    both = regularizers.l1_l2(0.1, 0.1)
    assert both(x) == pytest.approx(1.8)
    np.testing.assert_allclose(both.gradient(x), [-0.7, 0, 0.5])


def test_a_regularizer_is_found_by_name():
    assert type(regularizers.get("l2")) is regularizers.L2 and regularizers.get("l2").l2 == 0.01
    assert type(regularizers.get("L1L2")) is regularizers.L1L2
    assert regularizers.get(None) is None


@pytest.mark.parametrize("watched", ["kernel", "bias", "activity"])
def test_a_penalty_is_in_the_loss_of_training_and_of_evaluation(engine, watched):
    plain, model = make(), make(**{f"{watched}_regularizer": regularizers.L2(0.1)})
    for subject in (plain, model):
        subject.compile(SGD(0.5), "sparse_categorical_crossentropy")
        for layer in (subject.layers[0], subject.layers[2]):
            layer.bias.value += 0.3
    if watched == "activity":
        hidden = model.layers[0](X)
        cost = 0.1 * (np.square(hidden).sum() + np.square(model.predict(X, verbose=0)).sum()) / 6
    else:
        found = [getattr(layer, watched).value for layer in (model.layers[0], model.layers[2])]
        cost = 0.1 * sum(np.square(value).sum() for value in found)
    expected = plain.evaluate(X, Y, verbose=0) + cost
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-12)
    assert model.train_on_batch(X, Y) == pytest.approx(expected, rel=1e-12)
    assert not np.allclose(model.get_weights()[0], plain.get_weights()[0])


@pytest.mark.parametrize("watched", ["kernel", "bias", "activity"])
@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_the_gradient_of_a_whole_model_has_the_penalties_in_it(engine, watched, kind):
    model = make(**{f"{watched}_regularizer": kind})
    model.compile("sgd", "sparse_categorical_crossentropy")
    report = check_model(model, X, Y)
    assert report.ok, str(report)


def test_a_penalty_that_is_forgotten_on_the_way_back_is_noticed(monkeypatch):
    monkeypatch.setattr(regularizers.L2, "gradient", lambda self, x: 0 * x)
    model = make(kernel_regularizer="l2")
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert not check_model(model, X, Y).ok


def test_a_frozen_layer_costs_nothing_and_stays(engine):
    model = make(kernel_regularizer="l2")
    model.layers[0].trainable = False
    model.compile(SGD(0.5), "sparse_categorical_crossentropy")
    before = model.get_weights()
    assert model.penalty() == pytest.approx(0.01 * np.square(before[2]).sum())
    model.train_on_batch(X, Y)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [False, False, True, True]
    model.trainable = False
    before = model.get_weights()
    model.train_on_batch(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    model.trainable = True
    model.train_on_batch(X, Y)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_a_layer_that_was_taken_off_costs_nothing():
    model = make(activity_regularizer="l2")
    model.add(layers.Dense(3, activity_regularizer="l2"))
    model.predict(X, verbose=0)
    both = model.penalty()
    model.pop()
    one = model.penalty()
    model.predict(X, verbose=0)
    assert 0 < one == model.penalty() < both
