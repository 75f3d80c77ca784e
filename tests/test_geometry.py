"""Window arithmetic: positions, padding, and which cell meets which pixel."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numcnn.checks import image_axes, pair
from numcnn.geometry import taps, window_grid

sizes = st.integers(1, 9)
paddings = st.sampled_from(["valid", "same"])


@given(H=sizes, W=sizes, KH=sizes, KW=sizes, SH=sizes, SW=sizes, padding=paddings)
def test_every_window_meets_the_pixels_that_the_formula_says(H, W, KH, KW, SH, SW, padding):
    if padding == "valid" and (KH > H or KW > W):
        with pytest.raises(ValueError, match=f"window of {KH} x {KW} does not fit into"):
            window_grid((H, W), (KH, KW), (SH, SW), padding)
        return
    grid = window_grid((H, W), (KH, KW), (SH, SW), padding)
    if padding == "valid":
        assert grid.OH == (H - KH) // SH + 1
    else:
        assert math.ceil(H / SH) == grid.OH
    expected = {
        (i, j, oy, ox): (oy * SH + i - grid.top, ox * SW + j - grid.left)
        for i in range(KH)
        for j in range(KW)
        for oy in range(grid.OH)
        for ox in range(grid.OW)
        if 0 <= oy * SH + i - grid.top < H and 0 <= ox * SW + j - grid.left < W
    }
    outputs = np.stack(np.meshgrid(range(grid.OH), range(grid.OW), indexing="ij"), -1)[None]
    pixels = np.stack(np.meshgrid(range(H), range(W), indexing="ij"), -1)[None]
    found = {}
    for tap in taps(grid, (H, W), (KH, KW), (SH, SW)):
        positions, places = outputs[tap.outputs].reshape(-1, 2), pixels[tap.inputs].reshape(-1, 2)
        for (oy, ox), place in zip(positions.tolist(), places.tolist(), strict=True):
            found[tap.i, tap.j, oy, ox] = tuple(place)
    assert found == expected


@given(length=sizes, window=sizes, stride=sizes)
def test_same_padding_splits_what_it_adds_and_puts_the_odd_cell_last(length, window, stride):
    grid = window_grid((length, length), (window, window), (stride, stride), "same")
    added = max((math.ceil(length / stride) - 1) * stride + window - length, 0)
    assert (grid.top, grid.bottom) == (added // 2, added - added // 2)
    assert grid.top < window and grid.bottom < window  # so each window holds a pixel


def test_the_values_that_keras_gives():
    assert window_grid((4, 4), (2, 2), (1, 1), "same")[2:] == (0, 1, 0, 1)
    assert window_grid((4, 4), (3, 3), (2, 2), "same")[2:] == (0, 1, 0, 1)
    assert window_grid((28, 28), (5, 5), (1, 1), "valid")[:2] == (24, 24)


def test_an_image_without_pixels_is_refused():
    with pytest.raises(ValueError, match="does not fit into an image of 0 x 4"):
        window_grid((0, 4), (1, 1), (1, 1), "same")


def test_a_pair_is_one_number_or_two():
    assert pair(3, "strides") == (3, 3)
    assert pair([2, 1], "strides") == (2, 1)
    assert pair(np.int64(2), "strides") == (2, 2)


def test_images_have_four_axes():
    assert image_axes((None, 28, 27, 1)) == (28, 27, 1)
    with pytest.raises(ValueError, match=r"needs images \(N, H, W, C\), but .*\(None, 784\)"):
        image_axes((None, 784))
