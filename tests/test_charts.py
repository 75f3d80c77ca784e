"""Curves, bars and an image's way through a network: what is drawn is what was computed."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

import numcnn
from numcnn import layers, pictures
from numcnn.pictures.canvas import SCALE
from numcnn.pictures.charts import HEIGHT, WIDTH, round_ticks

BLUE, ORANGE = pictures.NEGATIVE, pictures.POSITIVE


def places(picture, colour):
    """Return the rows and columns of a picture's pixels of one colour."""
    return np.nonzero((np.asarray(picture) == colour).all(axis=2))


def dots(picture, colour, first_row=60 * SCALE):
    """Return x and y of the thickest places of a line, from left to right."""
    rows, columns = places(picture, colour)
    rows, columns = rows[rows > first_row], columns[rows > first_row]  # below the legend
    heights = np.bincount(columns)
    thick = np.flatnonzero(heights >= 8)
    groups = np.split(thick, np.flatnonzero(np.diff(thick) > 1) + 1)
    return [(g.mean(), rows[np.isin(columns, g)].mean()) for g in groups if len(g)]


def test_each_epoch_has_its_dot_and_equal_steps_are_equally_far_apart():
    picture = pictures.curves({"loss": [3.0, 2.0, 1.0], "val_loss": [2.5, 2.5, 2.0]})
    assert picture.size == (WIDTH * SCALE, HEIGHT * SCALE)
    (x1, y1), (x2, y2), (x3, y3) = dots(picture, BLUE)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=1.5)
    assert y1 < y2 < y3  # a smaller loss is further down
    assert y2 - y1 == pytest.approx(y3 - y2, abs=1.5)
    *_, (x, y) = dots(picture, ORANGE)
    assert x == pytest.approx(x3, abs=1.5) and y == pytest.approx(y2, abs=1.5)


def test_the_loss_comes_first_and_every_metric_has_a_chart_of_its_own():
    history = {"accuracy": [0.1, 0.9], "loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}
    both, loss = pictures.curves(history), pictures.curves(history, ["loss"])
    assert both.size == (2 * WIDTH * SCALE, HEIGHT * SCALE)
    left = both.crop((0, 0, WIDTH * SCALE, HEIGHT * SCALE))
    assert left.tobytes() == loss.tobytes()


def test_a_single_epoch_and_numbers_that_are_not_finite_are_drawn_as_far_as_they_go():
    assert len(dots(pictures.curves({"loss": [0.5]}), BLUE)) == 1
    assert len(dots(pictures.curves({"loss": [np.nan, 0.5, np.inf, 0.7]}), BLUE)) == 2
    assert pictures.curves({"loss": [np.nan]}).size[0] == WIDTH * SCALE


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
@example(0.0, 5e-324)
@example(100.0, 1.7e-10)
def test_ticks_are_evenly_spaced_and_cover_what_is_drawn(low, extent):
    high = low + extent
    ticks = np.array(round_ticks(low, high))
    assert 2 <= len(ticks) <= 8
    steps = np.diff(ticks)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    slack = 1e-6 * steps[0]
    assert ticks[0] <= low + slack and ticks[-1] >= high - slack


def test_bars_are_as_long_as_the_probabilities():
    picture = pictures.bars([0.25, 0.5, 0.25], ["a", "b", "c"], "Three")
    rows, columns = places(picture, BLUE)
    assert np.ptp(columns) == pytest.approx(0.5 * 150 * SCALE, abs=3)  # the largest is blue
    grey_rows, grey_columns = places(picture, (190, 198, 208))
    assert np.ptp(grey_columns) == pytest.approx(0.25 * 150 * SCALE, abs=3)
    assert grey_rows.min() < rows.min() < rows.max() < grey_rows.max()


def small_network(*more):
    """Return a network whose two maps are the image and its negative."""
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 1, input_shape=(4, 4, 1), use_bias=False),
            *more,
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="small",
    )
    model.layers[0].set_weights([np.array([1.0, -1.0]).reshape(1, 1, 1, 2)])
    return model


def test_a_map_is_orange_above_zero_and_blue_below(engine):
    image = np.zeros((4, 4, 1))
    image[0, 1] = 1
    picture = pictures.journey(small_network(), image)
    rows, columns = places(picture, ORANGE)
    side = np.ptp(rows) + 1
    assert len(rows) == side * side  # one pixel of one map, as a square
    blue_rows, blue_columns = places(picture, BLUE)
    left = blue_columns.min()
    there = blue_columns < left + side
    assert left > columns.max()  # the same pixel of the map beside it
    np.testing.assert_array_equal(np.unique(blue_rows[there]), np.unique(rows))


def test_every_layer_that_makes_an_image_has_its_place_unless_it_changes_nothing():
    image = np.random.default_rng(0).random((4, 4, 1))
    plain = pictures.journey(small_network(), image)
    with_dropout = pictures.journey(small_network(layers.Dropout(0.5)), image)
    with_pooling = pictures.journey(small_network(layers.MaxPooling2D(2)), image)
    assert with_dropout.size == plain.size
    assert with_pooling.size[0] > plain.size[0] + 50


def test_of_many_maps_the_first_are_drawn():
    model = numcnn.Sequential(
        [
            layers.Conv2D(100, 3, input_shape=(8, 8, 3), activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(50, activation="softmax"),
        ]
    )
    picture = pictures.journey(model, np.zeros((8, 8, 3)))
    assert picture.size[0] < 2000 and picture.size[1] < 1000


def test_all_pictures_of_a_model_are_written_with_one_call(tmp_path):
    x = np.random.default_rng(0).random((30, 4, 4, 1))
    y = np.arange(30) % 3
    model = small_network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=2, verbose=0, validation_split=0.2)
    files = pictures.save_all(tmp_path / "new", model, history, x, np.eye(3)[y], ["a", "b", "c"])
    assert sorted(file.name for file in files) == [
        *("curves.png", "examples.png", "filters.png", "journey.png", "mistakes.png")
    ]
    for file in files:
        with Image.open(file) as picture:
            assert len(picture.convert("RGB").getcolors(1_000_000)) > 2
    dense = numcnn.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])
    dense.compile("adam", "sparse_categorical_crossentropy")
    history = dense.fit(x, y, verbose=0)
    names = [file.name for file in pictures.save_all(tmp_path, dense, history, x, y)]
    assert "filters.png" not in names and "journey.png" in names


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pictures.curves({}), "no epoch has been trained"),
        (lambda: pictures.curves({"loss": [1.0]}, ["acc"]), "has no 'acc'; it has 'loss'"),
        (lambda: pictures.bars([0.5, 1.5]), "one number from 0 to 1 for each class"),
        (lambda: pictures.bars([[0.5, 0.5]]), r"got shape \(1, 2\)"),
        (lambda: pictures.bars([0.5, 0.5], ["a"]), "one name for each of 2 classes, got 1 name"),
        (lambda: pictures.journey(small_network(), np.zeros((4, 4))), r"\(4, 4, 1\) \(height"),
        (lambda: pictures.journey(numcnn.Sequential(), np.zeros((4, 4, 1))), "has no weights yet"),
    ],
)
def test_what_can_not_be_drawn_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
