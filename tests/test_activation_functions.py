"""Activations as functions: the values of Keras 3.15.1, arguments included.

Its float32 differs from the exact numbers by 1e-7 where 1 + tanh is near 0.
"""

import numpy as np
import pytest

from numcnn import activations, constraints, initializers, layers, ops
from numcnn.tensorflow_names import TensorFlow

tf = TensorFlow("tensorflow")
X = np.array([-3.0, -0.5, 0.5, 2.0, 8.0], np.float32)
SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
GELU = [-0.00404970, -0.15426877, 0.34573123, 1.95449971, 8.0]
APPROXIMATE = [-0.00363739, -0.15428599, 0.34571401, 1.95459769, 8.0]
DOWN = [[0.11920291, 0.04742587], [0.88079703, 0.95257413]]
ALL = [[0.01521943, 0.04137070], [0.11245721, 0.83095270]]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (activations.relu(X, 0.1), [-0.3, -0.05, 0.5, 2, 8]),
        (activations.relu(X, 0.1, 6, 1), [-0.4, -0.15, -0.05, 2, 6]),
        (activations.relu(X, max_value=6), [0, 0, 0.5, 2, 6]),
        (activations.relu(X, threshold=1), [0, 0, 0, 2, 8]),
        (activations.get("relu")(X, negative_slope=0.5), [-1.5, -0.25, 0.5, 2, 8]),
        (activations.relu([-np.inf, np.inf], max_value=6), [0, 6]),
        (activations.relu([-np.inf, np.inf], 0.1, 6), [-np.inf, 6]),
        (activations.leaky_relu(X, 0.1), [-0.3, -0.05, 0.5, 2, 8]),
        (activations.elu(X, 0.5), [-0.47510648, -0.19673467, 0.5, 2, 8]),
        (activations.gelu(X), GELU),
        (activations.gelu(X, approximate=True), APPROXIMATE),
        (ops.gelu(X), APPROXIMATE),
        (ops.gelu(X, approximate=False), GELU),
        (tf.nn.gelu(X), GELU),
        (activations.softmax(SQUARE, axis=0), DOWN),
        (activations.softmax(SQUARE, (0, 1)), ALL),
        (activations.softmax(SQUARE, None), ALL),
        (ops.softmax(SQUARE, axis=-2), DOWN),
        (tf.nn.softmax(SQUARE, axis=0, name="columns"), DOWN),
        (tf.nn.leaky_relu(features=X, alpha=0.1), [-0.3, -0.05, 0.5, 2, 8]),
    ],
)
def test_functions_have_the_arguments_of_keras(y, expected):
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-7)
    assert np.array_equal(y.numpy(), y)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: activations.relu(X, max_valu=6), "relu has no argument 'max_valu': did you mean"),
        (lambda: activations.softmax(X, foo=1), "softmax has no argument 'foo'."),
        (lambda: activations.softmax(X, axis=1), "an axis from -1 to 0 for an array of shape (5,)"),
        (lambda: activations.softmax(X, axis=True), "got axis=True"),
        (lambda: activations.gelu(X, 5), "approximate must be True or False"),
        (lambda: activations.relu(X, "a"), "negative_slope must be a number, got 'a'"),
        (lambda: activations.sigmoid(X, foo=1), "Sigmoid has no argument 'foo'."),
        (lambda: activations.tanh(X, 3), "Tanh takes no arguments, got 3."),
        (lambda: activations.elu(X, alpa=1), "ELU has no argument 'alpa': did you mean 'alpha'?"),
        (lambda: activations.elu(X, foo=1), "ELU has no argument 'foo'."),
        (lambda: tf.nn.relu(X, max_value=6), "relu() got an unexpected keyword argument"),
        (lambda: ops.softmax(X, ax=0), "softmax() got an unexpected keyword argument 'ax'"),
        (lambda: activations.GELU(approximate=True), "GELU has no argument 'approximate'."),
        (lambda: activations.Softmax(axis=1), "Softmax in numcnn has axis=-1 only, got 1"),
        (lambda: initializers.Zeros(foo=1), "Zeros has no argument 'foo'."),
        (lambda: initializers.Ones(2), "Ones takes no arguments, got 2."),
        (lambda: constraints.NonNeg(axis=0), "NonNeg has no argument 'axis'."),
        (lambda: layers.Softmax(axis=np.array([1, 2])), "has axis=-1 only, got array([1, 2])"),
        (lambda: layers.Conv2D(3, 3, data_format=np.zeros(9)), "got an array of shape (9,)"),
    ],
)
def test_unknown_arguments_get_a_sentence(call, sentence):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert sentence in str(error.value)


def test_no_class_swallows_arguments():
    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    for base in (activations.Activation, initializers.Initializer, constraints.Constraint):
        for kind in (base, *below(base)):
            if kind.__module__.startswith("numcnn."):
                with pytest.raises(TypeError, match="has no argument 'no_such_argument'"):
                    kind(no_such_argument=1)


def test_functions_of_tensorflow_and_ops_are_activations_of_layers():
    for name in (*tf.nn.__dict__.keys() - {"part"},):
        assert layers.Dense(3, activation=getattr(tf.nn, name)).activation.name == name
    assert layers.Dense(3, activation=ops.relu).activation.name == "relu"
    with pytest.raises(TypeError, match="activation must be one of"):
        layers.Dense(3, activation=ops.gelu)  # in Keras approximate, in numcnn's layers exact


def test_a_softmax_layer_of_keras_is_an_activation():
    config = {"name": "s", "trainable": True, "dtype": "float32", "axis": -1}
    made = activations.deserialize({"class_name": "Softmax", "config": config})
    assert activations.serialize(made) == "softmax"
