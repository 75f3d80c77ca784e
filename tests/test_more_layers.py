"""Layers beyond the tutorial's: the numbers of Keras, and gradients."""

from pathlib import Path

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.gradcheck import check_layer
from tests.oracles.more_layers import LAYERS, dy_like, inputs_of, weights_like

KERAS = np.load(Path(__file__).parent / "oracles/keras_layers.npz")
IMAGE = (6, 5, 4)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("name", LAYERS)
def test_the_numbers_are_those_of_keras(name, engine):
    with numcnn.use_engine(engine):
        layer, x = LAYERS[name][0](layers), inputs_of(name)
        layer(x)
        layer.set_weights(weights_like(layer.get_weights()))
        y = layer.forward(x, training=True)
        dx = layer.backward(dy_like(y))
    np.testing.assert_allclose(y, KERAS[f"{name}/y"], rtol=2e-4, atol=2e-5)
    found = [*(dx if isinstance(dx, list) else [dx]), *(p.grad for p in layer.trainable_weights)]
    for number, gradient in enumerate(found):
        np.testing.assert_allclose(gradient, KERAS[f"{name}/{number}"], rtol=2e-4, atol=5e-5)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, 2, dilation_rate=2, groups=2, activation="tanh"),
        layers.DepthwiseConv2D(3, (2, 1), "same", 2),
        layers.SeparableConv2D(3, 2, dilation_rate=2),
        layers.Conv2DTranspose(2, (3, 2), 2, "same"),
        layers.UpSampling2D(2, interpolation="bilinear"),
        layers.Resizing(3, 7, crop_to_aspect_ratio=True),
        layers.CenterCrop(3, 3),
        layers.CenterCrop(8, 3),
        layers.Cropping2D(1),
        layers.Permute((2, 3, 1)),
        layers.LayerNormalization(axis=[1, 3]),
        layers.GroupNormalization(2),
        layers.PReLU("he_normal", shared_axes=[1]),
        layers.SpatialDropout2D(0.4),
        layers.GaussianNoise(0.3),
        layers.Normalization(mean=1.0, variance=4.0, invert=True),
    ],
    ids=lambda layer: layer.name,
)
def test_the_gradients(layer):
    assert check_layer(layer, IMAGE, at_most=25)


def test_an_output_padding_of_0_is_not_none():
    x = np.zeros((1, 5, 5, 1), np.float32)
    shapes = [layers.Conv2DTranspose(1, 4, 2, "same", p)(x).shape[1] for p in (None, 0, 1)]
    assert shapes == [10, 8, 9]


def test_noise_acts_in_training_only():
    x = np.ones((4, 3, 3, 8), np.float32)
    for layer in (layers.SpatialDropout2D(0.5, seed=0), layers.GaussianNoise(1.0, seed=0)):
        np.testing.assert_array_equal(layer(x), x)
        assert (layer(x, training=True) != x).any()
    dropped = layers.SpatialDropout2D(0.5, seed=0)(x, training=True)
    assert set(np.unique(dropped)) == {0, 2}
    assert (dropped == dropped[:, :1, :1]).all()


def test_a_channel_that_is_dropped_is_zero_whatever_it_held():
    x = np.full((2, 3, 3, 8), np.inf, np.float32)
    layer = layers.SpatialDropout2D(0.5, seed=0)
    assert set(np.unique(layer(x, training=True))) == {0, np.inf}
    assert set(np.unique(layer.backward(x))) == {0, np.inf}


def test_normalization_adapts_to_data_and_is_kept_in_files(tmp_path):
    data = np.random.default_rng(0).normal(3, 2, (50, 4)).astype(np.float32)
    layer = layers.Normalization()
    layer.adapt(data)
    y = layer(data)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=1e-4)
    model = numcnn.Sequential([layers.Input((4,)), layer, layers.Dense(2)])
    for ending in (".keras", ".safetensors"):
        model.save(tmp_path / f"m{ending}")
        loaded = numcnn.models.load_model(tmp_path / f"m{ending}")
        np.testing.assert_array_equal(loaded(data), model(data))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.Conv2D(3, 3, 2, dilation_rate=2), "not both larger than 1"),
        (lambda: layers.Conv2D(3, 3, groups=2), "2 groups do not divide 3 filters"),
        (lambda: layers.Conv2D(4, 3, groups=2)(np.zeros((1, 5, 5, 3))), "do not divide the 3"),
        (lambda: layers.Conv2DTranspose(3, 3, 2, output_padding=2), "must be below the strides"),
        (lambda: layers.Cropping2D(4)(np.zeros((1, 8, 8, 1))), "leaves nothing of an image"),
        (lambda: layers.GroupNormalization(3)(np.zeros((1, 4))), "3 groups do not divide 4"),
        (lambda: layers.Permute((1, 3)), "name each axis of a sample once"),
        (lambda: layers.Normalization(mean=1.0), "give both mean and variance"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
