"""Cross-entropy behind every kind of last layer: Keras's numbers, and a sentence of warning.

The numbers are those of Keras on TensorFlow (`tests/oracles/make_keras_outputs.py`).
"""

import json
import warnings

import numpy as np
import pytest
from oracles import cases

from numcnn import Sequential, activations, layers, losses, metrics, optimizers
from numcnn.layers import Layer

X, Y, _ = cases.OUTPUTS
KERAS = json.loads((cases.HERE / "keras_outputs.json").read_text(encoding="utf-8"))["models"]
SPARSE, ONE_HOT, BINARY = (
    *("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"),
)
OWN = {SPARSE: "softmax", ONE_HOT: "softmax", BINARY: "sigmoid"}
CLASSES_OF = {
    SPARSE: losses.SparseCategoricalCrossentropy,
    ONE_HOT: losses.CategoricalCrossentropy,
    BINARY: losses.BinaryCrossentropy,
}


def small(activation, loss, n=3, as_layer=False):
    last = [layers.Dense(n, activation=activation)]
    if as_layer:
        last = [layers.Dense(n), layers.Activation(activation)]
    model = Sequential([layers.Input((2,)), *last])
    model.set_weights([np.linspace(-1, 1, 2 * n).reshape(2, n), np.zeros(n)])
    model.compile(optimizers.SGD(1.0), loss)
    return model


def labels(loss, n=3):
    sparse = isinstance(loss, losses.SparseCategoricalCrossentropy) or loss == SPARSE
    return Y if sparse else np.eye(n)[Y]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("as_layer", [False, True])
@pytest.mark.parametrize("case", KERAS)
def test_loss_and_step_are_keras_s(engine, case, as_layer):
    activation, kind, from_logits = case.split()
    loss = getattr(losses, kind)(from_logits=from_logits == "True")
    model = small(None if activation == "None" else activation, loss, as_layer=as_layer)
    expected = KERAS[case]
    assert model.evaluate(X, labels(loss), verbose=0) == pytest.approx(
        expected["loss"], abs=3e-6, nan_ok=True
    )
    model.train_on_batch(X, labels(loss))
    if np.isfinite(expected["loss"]):
        np.testing.assert_allclose(model.get_weights()[0], expected["kernel"], atol=3e-6)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_two_softmax_outputs_compared_as_yes_and_no():
    model = small("softmax", BINARY, n=2)
    assert model.evaluate(X, np.eye(2)[[1, 0, 1, 1]], verbose=0) == pytest.approx(0.7084821)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("loss", CLASSES_OF)
def test_from_logits_behind_an_activation_that_is_left_out_is_warned_of(activation, loss):
    with pytest.warns(UserWarning, match=f"ends in {activation}, so its outputs are not logits"):
        small(activation, CLASSES_OF[loss](from_logits=True))


def test_predictions_and_metrics_are_of_the_activation_that_is_there():
    with pytest.warns(UserWarning, match="as if softmax stood there"):
        model = small("sigmoid", ONE_HOT)
    model.compile(optimizers.SGD(0.0), "binary_crossentropy", metrics=["mse"])
    error = np.square(model.predict(X, verbose=0) - np.eye(3)[Y]).mean()
    assert model.evaluate(X, np.eye(3)[Y], verbose=0)[1] == pytest.approx(error)
    assert model.predict(X, verbose=0).sum(axis=1).max() > 1.1  # no softmax


@pytest.mark.parametrize("loss", CLASSES_OF)
@pytest.mark.parametrize("activation", [None, "relu", "tanh", "gelu"])
def test_a_forgotten_activation_is_warned_of_once_with_the_remedy(activation, loss):
    remedy = (
        rf"{loss} compares probabilities, .* ends in {activation or 'Dense'}, are not: .*"
        rf'activation="{OWN[loss]}", .* {CLASSES_OF[loss].__name__}\(from_logits=True\)'
    )
    with pytest.warns(UserWarning, match=remedy) as caught:
        model = small(activation, loss)
        model.train_on_batch(X, np.zeros(4) if loss == SPARSE else np.eye(3)[Y])
    assert len(caught) == 1 and caught[0].filename == __file__


class Mine(Layer):
    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy


class Share(activations.Activation):
    name = "share"

    def value(self, z):
        return z / z.sum(-1, keepdims=True)


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ([layers.Dense(3, activation="softmax")], SPARSE),
        ([layers.Dense(3, activation="softmax"), layers.Dropout(0.1)], SPARSE),
        ([layers.Dense(3, activation="softmax"), layers.Reshape((3,))], ONE_HOT),
        ([layers.Dense(3), layers.Softmax()], ONE_HOT),
        ([layers.Dense(3), layers.Activation("sigmoid")], BINARY),
        ([layers.Dense(3), Mine()], SPARSE),  # it may compute a softmax: who knows?
        ([layers.Dense(3), Mine(), layers.Flatten()], SPARSE),
        ([layers.Dense(3, activation=Share())], ONE_HOT),
        ([layers.Dense(3)], losses.SparseCategoricalCrossentropy(from_logits=True)),
        ([layers.Dense(3)], "mse"),
        ([], SPARSE),
    ],
)
def test_what_fits_or_cannot_be_known_is_not_warned_of(last, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Sequential([layers.Input((2,)), *last]).compile("adam", loss)


def test_pooling_at_the_end_needs_a_softmax():
    model = Sequential([layers.Conv2D(3, 2, input_shape=(4, 4, 1))])
    model.add(layers.GlobalAveragePooling2D())
    with pytest.warns(UserWarning, match="ends in GlobalAveragePooling2D, are not"):
        model.compile("adam", SPARSE)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_from_logits_does_not_overflow(dtype):
    z = np.array([[-1e4], [-800], [-90], [0], [90], [800], [1e4]], dtype)
    far = np.abs(z.astype(np.longdouble))
    loss = losses.BinaryCrossentropy(from_logits=True)
    for t in (0.0, 1.0):
        values, cache = loss.forward(np.full(z.shape, t), z)
        exact = (np.where((z > 0) == (t == 1), 0, far) + np.log1p(np.exp(-far)))[:, 0]
        np.testing.assert_allclose(values, exact, rtol=1e-6, atol=np.finfo(dtype).tiny)
        slopes = loss.backward(np.ones(len(z), dtype), cache)
        exact = np.where(z > 0, 1, np.exp(-far)) / (1 + np.exp(-far)) - t
        np.testing.assert_allclose(slopes, exact, rtol=1e-6, atol=np.finfo(dtype).eps)


def test_among_equal_scores_the_lower_class_counts_as_the_larger():
    assert metrics.top_k_accuracy([1], [[0.5, 0.5]], k=1) == 0
    assert metrics.top_k_accuracy([0], [[0.5, 0.5]], k=1) == 1
    assert metrics.top_k_accuracy([2, 1], [[0.2, 0.4, 0.4], [0.3, 0.3, 0.4]], k=2) == 0.5
