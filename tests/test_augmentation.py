"""Augmentation: what moves goes where Keras moves it; chance has the distribution it should."""

import numpy as np
import pytest
from oracles import augmented, cases

import numcnn
from numcnn import layers
from numcnn.gradcheck import check_layer

KERAS = cases.read("keras_augmentation")
RAMP = np.arange(24, dtype=np.float32).reshape(1, 4, 6, 1)


@pytest.mark.parametrize("size", augmented.SHAPES, ids=str)
@pytest.mark.parametrize("name", augmented.LAYERS)
def test_images_are_moved_and_lit_as_keras_does(name, size):
    x = augmented.images(size)
    y = augmented.LAYERS[name](layers).forward(x, training=True)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, KERAS.arrays[f"{name} {size}"], rtol=0, atol=0.01)


@pytest.mark.parametrize("size", augmented.SHAPES, ids=str)
@pytest.mark.parametrize("factor", augmented.CONTRASTS)
def test_contrast_is_that_of_keras(factor, size):
    x = augmented.images(size)
    y, _ = layers.RandomContrast(1.0).apply(x, np.float32(factor))
    np.testing.assert_allclose(y, KERAS.arrays[f"contrast {factor} {size}"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", augmented.CONFIGURED)
def test_configurations_are_those_of_keras(name):
    ours = layers.serialize(augmented.CONFIGURED[name](layers))
    theirs = KERAS.notes["configurations"][name]
    config, other = dict(ours["config"]), dict(theirs["config"])
    for one in (config, other):
        one.pop("dtype"), one.pop("name")  # Keras numbers the names of all layers of a process
        one.pop("bounding_box_format", None)
    as_lists = {k: list(v) if isinstance(v, tuple) else v for k, v in config.items()}
    assert as_lists == other
    assert ours["class_name"] == theirs["class_name"]
    again = layers.deserialize(theirs)
    assert layers.serialize(again)["config"] == ours["config"] | {"name": again.name}


def test_an_image_that_is_wrapped_comes_in_again_at_the_other_side():
    """TensorFlow's own, bilinear between the edges, is another."""
    shift = layers.RandomTranslation((0.25, 0.25), (-0.5, -0.5), "wrap")
    np.testing.assert_allclose(
        shift.forward(RAMP, training=True), np.roll(RAMP, (1, -3), (1, 2)), atol=1e-5
    )


@pytest.mark.parametrize("name", augmented.CONFIGURED)
def test_nothing_changes_in_prediction(name):
    x = augmented.images((8, 9))
    y = augmented.CONFIGURED[name](layers).forward(x)
    np.testing.assert_array_equal(y, x[:, 2:6, 2:7] if name == "RandomCrop" else x)


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomFlip(seed=0),
        layers.RandomRotation(0.3, seed=0),
        layers.RandomRotation(0.3, "constant", seed=0),
        layers.RandomTranslation(0.3, 0.3, "nearest", seed=1),
        layers.RandomZoom(0.3, 0.2, "wrap", seed=1),
        layers.RandomContrast(0.4, (-100, 100), seed=1),
        layers.RandomBrightness(0.2, (-100, 100), seed=1),
        layers.RandomCrop(3, 4, seed=1),
        layers.RandomCrop(7, 4, seed=1),
    ],
    ids=lambda layer: layer.name,
)
def test_gradients_go_back_to_the_pixels_they_came_from(layer):
    assert check_layer(layer, (5, 6, 2), at_most=25)


def test_each_image_has_its_own_draw():
    x = np.repeat(RAMP, 200, axis=0)
    for layer in (
        layers.RandomRotation(0.1, seed=0),
        layers.RandomTranslation(0.2, 0.2, seed=0),
        layers.RandomZoom(0.2, seed=0),
        layers.RandomBrightness(0.2, seed=0),
        layers.RandomContrast(0.4, seed=0),
        layers.RandomCrop(2, 3, seed=0),
    ):
        y = layer.forward(x, training=True)
        several = len(np.unique(y.reshape(200, -1).round(3), axis=0))
        assert several == 12 if isinstance(layer, layers.RandomCrop) else several > 150


def test_draws_are_spread_evenly_between_their_limits():
    x = np.full((2000, 1, 1, 1), 100, np.float32)
    shifts = layers.RandomBrightness((-0.1, 0.3), seed=0).draw(x).ravel() / 255
    factors = layers.RandomContrast(0.4, seed=0).draw(x).ravel()
    angles = np.arctan2(*layers.RandomRotation((0.1, 0.2), seed=0).draw(x).T[[3, 0]])
    zooms = layers.RandomZoom(0.2, seed=0).draw(x)[:, 4]
    for drawn, low, high in (
        (shifts, -0.1, 0.3),
        (factors, 0.6, 1.4),
        (angles / (2 * np.pi), 0.1, 0.2),
        (zooms, 0.8, 1.2),
    ):
        assert low <= drawn.min() + 1e-6 and drawn.max() <= high + 1e-6
        shares = np.histogram(drawn, 4, (low, high))[0] / 2000
        np.testing.assert_allclose(shares, 0.25, atol=0.05)


@pytest.mark.parametrize(
    ("mode", "versions"), [("horizontal", 2), ("vertical", 2), ("horizontal_and_vertical", 4)]
)
def test_flips_come_with_equal_chance(mode, versions):
    y = layers.RandomFlip(mode, seed=0).forward(np.repeat(RAMP, 2000, axis=0), training=True)
    corners, counts = np.unique(y[:, 0, 0, 0], return_counts=True)
    first = {"horizontal": [0, 5], "vertical": [0, 18], "horizontal_and_vertical": [0, 5, 18, 23]}
    assert corners.tolist() == first[mode]
    np.testing.assert_allclose(counts / 2000, 1 / versions, atol=0.04)


def test_the_models_seed_decides_and_training_is_repeatable():
    x, y = np.repeat(RAMP, 20, axis=0) / 24, np.arange(20) % 2

    def trained(seed):
        model = numcnn.Sequential(
            [
                layers.Input((4, 6, 1)),
                layers.RandomRotation(0.1),
                layers.RandomFlip(),
                layers.Flatten(),
                layers.Dense(2, activation="softmax"),
            ],
            seed=seed,
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        history = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
        np.testing.assert_array_equal(model(x), model(x))
        return history

    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


def test_models_with_augmentation_go_through_files(tmp_path):
    made = [make(layers) for make in augmented.CONFIGURED.values()]
    model = numcnn.Sequential([layers.Input((8, 9, 3)), *made, layers.Flatten(), layers.Dense(2)])
    for ending in (".keras", ".safetensors"):
        model.save(tmp_path / f"model{ending}")
        again = numcnn.models.load_model(tmp_path / f"model{ending}")
        x = augmented.images((8, 9))
        np.testing.assert_array_equal(again(x), model(x))
        kinds = [type(layer) for layer in again.layers]
        assert kinds == [type(layer) for layer in model.layers]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.RandomRotation(2), "factor must be a finite number, at least -1"),
        (lambda: layers.RandomZoom(-1), "above -1"),
        (lambda: layers.RandomFlip("horizontally"), "Did you mean 'horizontal'"),
        (lambda: layers.RandomContrast((0.1, 0.2, 0.3)), "too many values|factor must be"),
        (lambda: layers.RandomBrightness(0.1, (1, 0)), r"such as \(0, 255\) or \(0, 1\)"),
        (lambda: layers.RandomTranslation((0.1,), 0.2), "a number or a pair"),
        (lambda: layers.RandomFlip()(np.zeros((2, 5))), "image"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
