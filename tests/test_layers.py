"""Layers: hand-worked numbers, shapes, names, building, and what they remember."""

import numpy as np
import pytest

import numcnn
from numcnn import activations, layers
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
        ("leaky_relu", [-0.4, 0, 3]),
        ("elu", [-0.86466472, 0, 3]),
        ("selu", [-1.52016640, 0, 3.15210295]),
        ("gelu", [-0.04550026, 0, 2.99595031]),
        ("softplus", [0.12692805, 0.69314718, 3.04858732]),
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


def test_no_activation_nor_its_gradient_overflows(engine):
    huge = np.array([[-1e4, -50.0, 0.0, 50.0, 1e4]], np.float32)
    for kind in activations.KINDS:
        layer = layers.Activation(kind())
        assert np.isfinite(layer.forward(huge, training=True)).all(), kind
        dx = layer.backward(np.ones_like(huge))
        assert np.isfinite(dx).all() and dx.dtype == np.float32, kind


def test_a_relu_with_a_ceiling_a_threshold_and_a_slope():
    layer = layers.ReLU(max_value=2.0, negative_slope=0.5, threshold=1.0)
    y = layer.forward([[-1, 0.5, 1.5, 3]], training=True)
    np.testing.assert_array_equal(y, [[-1, -0.25, 1.5, 2]])
    np.testing.assert_array_equal(layer.backward(np.ones((1, 4))), [[0.5, 0.5, 1, 0]])
    assert type(layers.ReLU().activation) is activations.ReLU


def test_an_activation_may_be_a_layer_a_class_or_a_function():
    slope = layers.Dense(1, activation=layers.LeakyReLU(0.1)).activation
    assert isinstance(slope, activations.LeakyReLU) and slope.negative_slope == 0.1
    assert isinstance(layers.Dense(1, activation=activations.Tanh).activation, activations.Tanh)
    assert isinstance(layers.Dense(1, activation=activations.elu).activation, activations.ELU)
    np.testing.assert_allclose(activations.leaky_relu([-1, 2], negative_slope=0.5), [-0.5, 2])


def test_a_batch_normalization_by_hand(engine):
    layer = layers.BatchNormalization(momentum=0.9, epsilon=0.0)
    x = np.array([[1.0, 10.0], [3.0, 10.5], [5.0, 9.5], [7.0, 10.0]], np.float32)
    np.testing.assert_allclose(layer.forward(x), x, rtol=1e-6)  # moving mean 0, moving variance 1
    y = layer.forward(x, training=True)
    root = np.sqrt(5)
    np.testing.assert_allclose(y[:, 0], [-3 / root, -1 / root, 1 / root, 3 / root], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_mean.value, [0.4, 1.0], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.value, [0.9 + 0.5, 0.9 + 0.0125], rtol=1e-6)
    dx = layer.backward(np.array([[1, 0], [0, 0], [0, 0], [0, 4]], np.float32))
    # dx̂ minus its mean minus x̂ · mean(dx̂ · x̂): 1 - 1/4 - 9/20, -1/4 - 3/20, ... over √5
    np.testing.assert_allclose(dx[:, 0] * root, [0.3, -0.4, -0.1, 0.2], rtol=1e-5)
    np.testing.assert_allclose(layer.gamma.grad, [-3 / root, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(layer.beta.grad, [1, 4])


def test_a_batch_normalization_has_two_parameters_to_learn_and_two_of_its_own(engine):
    layer = layers.BatchNormalization()
    layer.build_for((None, 4, 4, 3))
    names = {p.name: p.trainable for p in layer.parameters}
    assert list(names.items()) == [
        *(("gamma", True), ("beta", True), ("moving_mean", False), ("moving_variance", False))
    ]
    plain = layers.BatchNormalization(center=False, scale=False)
    plain.build_for((None, 3))
    assert [p.name for p in plain.parameters] == ["moving_mean", "moving_variance"]


def test_a_frozen_batch_normalization_keeps_its_mean_in_training_too(engine):
    layer = layers.BatchNormalization()
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    layer.forward(x, training=True)
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer.forward(x, training=True), layer.forward(x))
    layer.backward(x)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    layer.trainable = True
    assert [p.trainable for p in layer.parameters] == [True, True, False, False]


def test_global_poolings_by_hand(engine):
    x = image([1, 2], [4, 4])
    mean, largest = layers.GlobalAveragePooling2D(), layers.GlobalMaxPooling2D()
    assert mean.forward(x, training=True) == [[2.75]]
    np.testing.assert_array_equal(mean.backward(np.array([[8.0]])), np.full((1, 2, 2, 1), 2.0))
    assert largest.forward(x, training=True) == [[4]]
    dx = largest.backward(np.array([[8.0]]))  # the two largest share it, as in Keras
    np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 0], [4, 4]])
    assert layers.GlobalMaxPooling2D(keepdims=True).forward(x).shape == (1, 1, 1, 1)


def test_a_nan_comes_through_a_global_max_pooling_and_gets_the_gradient(engine):
    layer = layers.GlobalMaxPooling2D()
    assert np.isnan(layer.forward(image([1, np.nan]), training=True)).all()
    np.testing.assert_array_equal(layer.backward(np.ones((1, 1)))[0, :, :, 0], [[0, 1]])


def test_a_zero_padding_by_hand(engine):
    layer = layers.ZeroPadding2D(((1, 0), (0, 2)))
    y = layer.forward(image([1, 2], [3, 4]), training=True)
    np.testing.assert_array_equal(y[0, :, :, 0], [[0, 0, 0, 0], [1, 2, 0, 0], [3, 4, 0, 0]])
    np.testing.assert_array_equal(layer.backward(y), image([1, 2], [3, 4]))
    assert layers.ZeroPadding2D(2).padding == ((2, 2), (2, 2))
    assert layers.ZeroPadding2D((1, 2)).padding == ((1, 1), (2, 2))


def test_reshape_and_rescaling(engine):
    x = np.arange(12).reshape(2, 6)
    shaped = layers.Reshape((3, -1, 1))
    y = shaped.forward(x, training=True)
    assert y.shape == (2, 3, 2, 1) and shaped.output_shape == (None, 3, 2, 1)
    np.testing.assert_array_equal(shaped.backward(y), x)
    scaled = layers.Rescaling([2.0, 0.5], offset=-1)
    np.testing.assert_array_equal(scaled.forward([[1, 2]], training=True), [[1, 0]])
    np.testing.assert_array_equal(scaled.backward(np.array([[1.0, 2.0]])), [[2, 1]])


def test_pixels_up_to_255_may_go_into_a_rescaling_without_a_warning(engine):
    x, y = np.full((4, 5, 5, 1), 200, np.uint8), np.arange(4) % 2
    for first in (layers.Rescaling(1 / 255), layers.BatchNormalization()):
        model = numcnn.Sequential([first, layers.Flatten(), layers.Dense(2, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, verbose=0)


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
    assert layers.AvgPool2D is layers.AveragePool2D is layers.AveragePooling2D
    assert layers.GlobalAvgPool2D is layers.GlobalAveragePooling2D
    assert layers.Convolution2D is layers.Conv2D
    assert layers.LeakyReLU(alpha=0.1).negative_slope == 0.1
    assert layers.Dense(3, input_dim=4).input_shape == (None, 4)
    assert layers.Dense(3, batch_input_shape=(None, 4)).input_shape == (None, 4)
    assert layers.Input(batch_shape=(None, 4)).shape == (None, 4)
    assert layers.InputLayer(input_shape=(4,)).input_shape == (None, 4)


def test_parameters_are_found_in_the_order_kernel_bias():
    layer = layers.Conv2D(4, 3)
    layer.build_for((None, 8, 8, 2))
    assert [parameter.name for parameter in layer.parameters] == ["kernel", "bias"]
    assert layer.count_params() == 3 * 3 * 2 * 4 + 4
    assert repr(layer.kernel) == "<Parameter kernel, float32 (3, 3, 2, 4)>"
    without = layers.Conv2D(4, 3, use_bias=False)
    without.build_for((None, 8, 8, 2))
    assert without.count_params() == 3 * 3 * 2 * 4


def test_parameters_are_also_the_weights_of_keras():
    layer = layers.BatchNormalization(input_shape=(3,))
    model = numcnn.Sequential([layer, layers.Dense(2)])
    assert layer.weights == layer.parameters and model.weights == model.parameters
    assert [weight.name for weight in layer.trainable_weights] == ["gamma", "beta"]
    assert [w.name for w in model.non_trainable_weights] == ["moving_mean", "moving_variance"]
    kernel = model.layers[1].weights[0]
    assert kernel.shape == (3, 2) and kernel.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(kernel), kernel.value)
    assert kernel.numpy() is not kernel.value and kernel.numpy().mean() == kernel.value.mean()


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


def test_weights_are_copied_on_the_way_out_and_in():
    layer = layers.Dense(2, kernel_initializer="ones")
    layer.build_for((None, 3))
    layer.get_weights()[0].fill(7)
    np.testing.assert_array_equal(layer.kernel.value, np.ones((3, 2)))
    mine = [np.full((3, 2), 2, np.float32), np.zeros(2, np.float32)]
    layer.set_weights(mine)
    mine[0].fill(7)
    np.testing.assert_array_equal(layer.kernel.value, np.full((3, 2), 2))


def test_a_layer_says_what_it_is():
    layer = layers.Flatten()
    assert repr(layer) == "<Flatten flatten, not built>"
    layer.build_for((None, 2, 2, 3))
    assert repr(layer) == "<Flatten flatten (None, 2, 2, 3) -> (None, 12)>"


def test_every_backward_needs_a_forward_of_its_own(engine):
    for layer in (layers.Conv2D(1, 2), layers.MaxPooling2D(2), layers.AveragePooling2D(2)):
        x = np.ones((1, 4, 4, 1), np.float32)
        dy = np.ones_like(layer.forward(x))
        with pytest.raises(ValueError, match=r"call forward\(x, training=True\) before"):
            layer.backward(dy)
        layer.forward(x, training=True)
        layer.backward(dy)
        with pytest.raises(ValueError, match=r"call forward\(x, training=True\) before"):
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


def test_a_layer_with_a_pass_of_its_own_gets_plain_arrays_in_a_model(engine):
    class Doubled(layers.Conv2D):
        def linear(self, x, training=False):
            return 2 * super().linear(x, training)

        def linear_backward(self, dz):
            return super().linear_backward(2 * dz)

    x = np.random.default_rng(0).random((5, 6, 6, 1), np.float32)
    row = [Doubled(3, 3, input_shape=(6, 6, 1)), layers.MaxPooling2D(), layers.Flatten()]
    model = numcnn.Sequential(row, seed=1)
    plain = layers.Conv2D(3, 3)
    plain.build_for((None, 6, 6, 1))
    plain.set_weights(row[0].get_weights())
    expected = layers.Flatten()(layers.MaxPooling2D()(2 * plain(x)))
    np.testing.assert_allclose(model.predict_on_batch(x), expected, rtol=1e-6)
    y = model.forward(x, training=True)
    assert model.backward(np.ones_like(y)).shape == x.shape
