"""What a call returns has .numpy(), as TensorFlow's results do, and is NumPy's in all else."""

import json
import pickle

import numpy as np
import pytest

import numcnn
from numcnn import activations, layers, losses, metrics, optimizers

X = np.random.default_rng(0).random((4, 3), dtype=np.float32)


@pytest.fixture
def model():
    return numcnn.Sequential([layers.Dense(2, activation="softmax", input_shape=(3,))], seed=0)


def test_models_layers_and_functions_return_arrays_with_numpy(engine, model):
    outputs = model.predict(X, verbose=0)
    for result, expected in (
        (model(X), outputs),
        (model.layers[0](X), outputs),
        (activations.softmax(X), np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)),
        (losses.mean_squared_error(X, X + 1), np.ones(4)),
    ):
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5)
        assert isinstance(result, np.ndarray)
        assert type(result.numpy()) is type(np.asarray(result)) is np.ndarray
        assert np.shares_memory(result, result.numpy())
        assert repr(result) == repr(np.asarray(result))
        np.testing.assert_array_equal((result[:1] + 1).numpy(), np.asarray(result)[:1] + 1)
    assert pickle.loads(pickle.dumps(model(X))).numpy().shape == (4, 2)


def test_training_and_prediction_return_plain_arrays(model):
    assert type(model.predict(X, verbose=0)) is type(model.forward(X)) is np.ndarray
    assert type(model.predict_on_batch(X)) is np.ndarray


def test_losses_metrics_and_rates_are_floats_with_numpy():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)([0], [[0.0, 0.0]])
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state([0, 1], [[0.9, 0.1], [0.9, 0.1]])
    for number, expected in (
        (loss, np.log(2)),
        (metric.result(), 0.5),
        (metric([1], [[0.1, 0.9]]), 2 / 3),
        (optimizers.Adam(0.25).learning_rate, 0.25),
    ):
        assert isinstance(number, float) and number.numpy() == pytest.approx(expected)
        assert isinstance(number.numpy(), np.floating)
        assert f"{number:.3f}" == f"{expected:.3f}" and json.loads(json.dumps(number)) == number
        assert type(number * 2) is float and repr(number) == repr(float(number))
