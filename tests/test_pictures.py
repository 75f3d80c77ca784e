"""Pictures: the right pixels in the right places."""

import numpy as np
import pytest

from numcnn import pictures
from numcnn.pictures import sheets


def test_a_sheet_shows_every_image_in_order():
    images = np.zeros((3, 4, 4))
    images[1] = 1
    picture = pictures.sheet(images, ["a", "b", "c"], "three", columns=2, scale=5)
    colours = np.asarray(picture)
    left, top, step = sheets.MARGIN, 2 * sheets.MARGIN + sheets.TITLE_SIZE, 20 + sheets.GAP
    assert colours[top + 10, left + 10].tolist() == [255, 255, 255]
    assert colours[top + 10, left + step + 10].tolist() == [0, 0, 0]
    assert (colours[: sheets.MARGIN + sheets.TITLE_SIZE] < 100).any()  # the title
    assert picture.size[1] > top + 2 * step


def test_bytes_are_from_0_to_255():
    numbers = np.random.default_rng(0).integers(0, 256, (4, 6, 6), np.uint8)
    for images in (numbers, numbers[..., np.newaxis], np.stack([numbers] * 3, axis=3)):
        found, right = pictures.sheet(images), pictures.sheet(images / np.float32(255))
        np.testing.assert_array_equal(np.asarray(found), np.asarray(right))


def test_colours_and_channels():
    red = np.zeros((1, 2, 2, 3))
    red[..., 0] = 1
    colours = np.asarray(pictures.sheet(red, scale=3))
    assert colours[sheets.MARGIN + 2, sheets.MARGIN + 2].tolist() == [255, 0, 0]
    one_channel = pictures.sheet(np.ones((1, 2, 2, 1)))
    assert (np.asarray(one_channel) == 0).any()


def test_the_surest_mistake_comes_first():
    images = np.zeros((3, 4, 4, 1))
    images[2] = 1
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    picture = pictures.mistakes_sheet(images, [0, 0, 0], probabilities)
    colours = np.asarray(picture)
    top = 2 * sheets.MARGIN + sheets.TITLE_SIZE
    first = colours[top : top + 12, sheets.MARGIN : picture.size[0] // 2]
    assert (first == 0).all(axis=2).sum() > 100  # the black one
    assert pictures.mistakes_sheet(images[:1], [0], probabilities[:1]).size[1] > 0


@pytest.mark.parametrize(
    "labels",
    [[0.0, 1.0, 0.0], [False, True, False], [[0], [1], [0]], [[1, 0], [0, 1], [1, 0]]],
    ids=["float", "bool", "a column", "one-hot"],
)
def test_labels_of_every_form_mark_the_same_mistakes(labels):
    images = np.random.default_rng(0).random((3, 4, 4, 1))
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    expected = pictures.mistakes_sheet(images, [0, 1, 0], probabilities, names=["no", "yes"])
    found = pictures.mistakes_sheet(images, labels, probabilities, names=["no", "yes"])
    assert found.tobytes() == expected.tobytes()


def test_filters_are_blue_below_zero_and_orange_above():
    kernel = np.zeros((1, 1, 1, 3))
    kernel[..., :] = [-2, 0, 2]
    values = pictures.diverging(kernel.ravel() / 2) * 255
    np.testing.assert_allclose(values, [pictures.NEGATIVE, (255, 255, 255), pictures.POSITIVE])
    assert pictures.filters_sheet(kernel).size[0] > 0


@pytest.mark.parametrize("scale", [5_000, 10**18])
def test_a_sheet_that_fills_the_memory_is_refused(scale):
    with pytest.raises(ValueError, match="the sheet would have more than 200,000,000 pixels"):
        pictures.sheet(np.zeros((2, 8, 8)), scale=scale)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pictures.sheet(np.zeros((2, 2))), r"images must be \(n, H, W\)"),
        (lambda: pictures.sheet(np.zeros((0, 2, 2))), r"images must be \(n, H, W\)"),
        (lambda: pictures.sheet(np.zeros((2, 2, 2)), ["a"]), "2 images, but 1 caption"),
        (lambda: pictures.filters_sheet(np.zeros((3, 3))), r"kernel must be \(KH, KW, C, F\)"),
    ],
)
def test_what_can_not_be_drawn_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_lines_end_at_their_names_and_dots_have_their_colours():
    line = {"a": ([1, 2, 4], [0, 5, 10]), "b": ([1, 2, 4], [0, 5, 9.9])}
    plain = np.asarray(pictures.lines(line, "Title", "x, s", "y, m", log_x=True))
    dotted = np.asarray(pictures.lines(line, "Title", "x, s", "y, m", log_x=True, dots=line))
    blue = (plain == pictures.NEGATIVE).all(axis=-1).sum()
    assert 0 < blue < (dotted == pictures.NEGATIVE).all(axis=-1).sum()


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ({}, {}, "at least one line"),
        ({"a": ([1, 2], [1])}, {}, "the line 'a' needs as many x as y"),
        ({"a": ([0, 2], [1, 2])}, {"log_x": True}, "must be above 0, got 0"),
    ],
)
def test_lines_refuse_what_cannot_be_drawn(values, options, message):
    with pytest.raises(ValueError, match=message):
        pictures.lines(values, "Title", "x", "y", **options)


def test_a_single_point_is_drawn():
    pictures.lines({"a": ([3], [2])}, "Title", "x", "y")
