"""Layers: hand-worked numbers, shapes, names, building, and what they remember."""

import numpy as np
import pytest

from numcnn import layers
from numcnn.layers import Layer


def image(*rows):
    return np.array(rows, np.float32)[np.newaxis, :, :, np.newaxis]


def test_a_convolution_by_hand(engine):
    layer = layers.Conv2D(1, 2)
    x = image([1, 2, 3], [4, 5, 6], [7, 8, 9])
    layer.build_for((None, 3, 3, 1))
    layer.set_weights([np.array([1, 2, 3, 4]).reshape(2, 2, 1, 1), np.array([10])])
    y = layer.forward(x, training=True)
    # 1·1 + 2·2 + 4·3 + 5·4 + 10 = 47: the kernel is not flipped
    np.testing.assert_array_equal(y[0, :, :, 0], [[47, 57], [77, 87]])
    dx = layer.backward(image([1, 0], [0, 2]))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 2, 0], [3, 6, 4], [0, 6, 8]])
    np.testing.assert_array_equal(layer.kernel.grad[:, :, 0, 0], [[11, 14], [20, 23]])
    np.testing.assert_array_equal(layer.bias.grad, [3])


def test_same_padding_keeps_the_size_and_counts_outside_as_zero(engine):
    layer = layers.Conv2D(1, 3, padding="same", kernel_initializer="ones")
    y = layer.forward(np.ones((1, 3, 3, 1)))
    np.testing.assert_array_equal(y[0, :, :, 0], [[4, 6, 4], [6, 9, 6], [4, 6, 4]])


def test_strides_and_rectangular_windows(engine):
    layer = layers.Conv2D(2, (1, 3), strides=(2, 1))
    assert layer.forward(np.zeros((5, 7, 8, 3))).shape == (5, 4, 6, 2)


def test_a_max_pooling_by_hand(engine):
    layer = layers.MaxPooling2D(2)
    x = image([1, 2, 5, 5], [4, 3, 5, 0])
    np.testing.assert_array_equal(layer.forward(x, training=True)[0, 0, :, 0], [4, 5])
    dx = layer.backward(image([7, 8]))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 0, 8, 0], [7, 0, 0, 0]])


def test_an_average_pooling_divides_by_the_cells_inside_the_image(engine):
    layer = layers.AveragePooling2D(2, padding="same")
    x = np.arange(1, 26, dtype=np.float32).reshape(1, 5, 5, 1)
    y = layer.forward(x, training=True)[0, :, :, 0]
    np.testing.assert_array_equal(y, [[4, 6, 7.5], [14, 16, 17.5], [21.5, 23.5, 25]])
    dx = layer.backward(np.ones((1, 3, 3, 1), np.float32))[0, :, :, 0]
    assert dx[0, 0] == 0.25 and dx[0, 4] == 0.5 and dx[4, 4] == 1.0


def test_a_dense_layer_by_hand(engine):
    layer = layers.Dense(2, activation="relu")
    layer.build_for((None, 3))
    layer.set_weights([np.array([[1, 2], [3, 4], [5, -6]]), np.array([0.5, 0.0])])
    y = layer.forward(np.array([[1, 1, 1], [0, 1, 2]]), training=True)
    np.testing.assert_array_equal(y, [[9.5, 0], [13.5, 0]])
    dx = layer.backward(np.array([[1, 1], [2, 2]], np.float32))
    np.testing.assert_array_equal(dx, [[1, 3, 5], [2, 6, 10]])
    np.testing.assert_array_equal(layer.kernel.grad, [[1, 0], [3, 0], [5, 0]])
    np.testing.assert_array_equal(layer.bias.grad, [3, 0])


def test_a_dense_layer_works_on_the_last_axis(engine):
    layer = layers.Dense(4)
    y = layer.forward(np.ones((2, 3, 5)), training=True)
    assert y.shape == (2, 3, 4) and layer.output_shape == (None, 3, 4)
    assert layer.backward(np.ones_like(y)).shape == (2, 3, 5)
    np.testing.assert_array_equal(layer.bias.grad, [6, 6, 6, 6])


def test_flatten_keeps_the_channels_of_a_pixel_together(engine):
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    layer = layers.Flatten()
    y = layer.forward(x, training=True)
    np.testing.assert_array_equal(y, np.arange(24)[np.newaxis])
    np.testing.assert_array_equal(layer.backward(y), x)


def test_relu_has_no_gradient_at_zero(engine):
    layer = layers.ReLU()
    np.testing.assert_array_equal(layer.forward([[-1, 0, 2]], training=True), [[0, 0, 2]])
    np.testing.assert_array_equal(layer.backward(np.ones((1, 3), np.float32)), [[0, 0, 1]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", [-2, 0, 3]),
        ("relu", [0, 0, 3]),
        ("sigmoid", [0.11920292, 0.5, 0.95257413]),
        ("tanh", [-0.96402758, 0, 0.99505475]),
        ("softmax", [0.00637746, 0.04712342, 0.94649912]),
    ],
)
def test_activations_have_their_values(engine, name, expected):
    y = layers.Activation(name).forward([[-2, 0, 3]])
    np.testing.assert_allclose(y, [expected], rtol=1e-5, atol=1e-7)
    assert y.dtype == np.float32


def test_softmax_and_sigmoid_of_huge_numbers_are_finite(engine):
    huge = [[-1e4, 0.0, 1e4]]
    np.testing.assert_array_equal(layers.Softmax().forward(huge), [[0, 0, 1]])
    np.testing.assert_array_equal(layers.Activation("sigmoid").forward(huge), [[0, 0.5, 1]])


def test_dropout_acts_in_training_only(engine):
    layer = layers.Dropout(0.5, seed=0)
    x = np.ones((10, 10), np.float32)
    np.testing.assert_array_equal(layer.forward(x), x)
    y = layer.forward(x, training=True)
    assert set(np.unique(y)) == {0, 2}
    np.testing.assert_array_equal(layer.backward(x), y)
    assert (layers.Dropout(1.0).forward(x, training=True) == 0).all()
    assert (layers.Dropout(0.0).forward(x, training=True) == 1).all()


def test_the_old_names_are_the_same_layers():
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert layers.AveragePool2D is layers.AveragePooling2D
    assert layers.Input is layers.InputLayer


def test_parameters_are_found_in_the_order_kernel_bias():
    layer = layers.Conv2D(4, 3)
    layer.build_for((None, 8, 8, 2))
    assert [parameter.name for parameter in layer.parameters] == ["kernel", "bias"]
    assert layer.count_params() == 3 * 3 * 2 * 4 + 4
    assert repr(layer.kernel) == "<Parameter kernel, float32 (3, 3, 2, 4)>"
    without = layers.Conv2D(4, 3, use_bias=False)
    without.build_for((None, 8, 8, 2))
    assert without.count_params() == 3 * 3 * 2 * 4


def test_weights_are_set_all_or_none():
    layer = layers.Dense(2)
    layer.build_for((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"bias has shape \(2,\), got float64 \(3,\)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
    with pytest.raises(ValueError, match="has 2 weights, got 1"):
        layer.set_weights([np.zeros((3, 2))])
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_layer_says_what_it_is():
    layer = layers.Flatten()
    assert repr(layer) == "<Flatten flatten, not built>"
    layer.build_for((None, 2, 2, 3))
    assert repr(layer) == "<Flatten flatten (None, 2, 2, 3) -> (None, 12)>"


def test_every_backward_needs_a_forward_of_its_own(engine):
    for layer in (layers.Conv2D(1, 2), layers.MaxPooling2D(2), layers.AveragePooling2D(2)):
        x = np.ones((1, 4, 4, 1), np.float32)
        dy = np.ones_like(layer.forward(x))
        with pytest.raises(ValueError, match=r"needs a forward\(x, training=True\)"):
            layer.backward(dy)
        layer.forward(x, training=True)
        layer.backward(dy)
        with pytest.raises(ValueError, match=r"needs a forward\(x, training=True\)"):
            layer.backward(dy)


def test_the_first_layer_of_a_model_need_not_compute_dx(engine):
    for layer, x in (
        (layers.Conv2D(2, 2), np.ones((1, 4, 4, 1), np.float32)),
        (layers.Dense(2), np.ones((1, 4), np.float32)),
    ):
        layer.input_gradient = False
        y = layer.forward(x, training=True)
        assert layer.backward(np.ones_like(y)) is None
        assert layer.kernel.grad is not None


class Doubled(Layer):
    """A layer of one's own that changes the shape and says nothing about it."""

    def forward(self, x, training=False):
        return np.concatenate([x, x], axis=1)


def test_an_own_layer_has_its_shape_found_by_computing_a_sample():
    layer = Doubled()
    layer.build_for((None, 3))
    assert layer.output_shape == (None, 6)
    with pytest.raises(NotImplementedError, match=r"Doubled has no backward\(dy\)"):
        layer.backward(np.zeros((1, 6)))


def test_initial_weights_come_from_the_layers_generator():
    one, other = layers.Dense(3), layers.Dense(3)
    one.rng, other.rng = np.random.default_rng(5), np.random.default_rng(5)
    for layer in (one, other):
        layer.build_for((None, 4))
    np.testing.assert_array_equal(one.kernel.value, other.kernel.value)
    assert (one.bias.value == 0).all()
