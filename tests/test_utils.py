"""numcnn.utils: what programs for Keras find in keras.utils."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import numcnn
from numcnn import layers, utils

STORED = np.load(Path(__file__).parent / "oracles" / "keras_utils.npz", allow_pickle=False)


def test_the_names_are_those_of_keras():
    assert utils.PyDataset is utils.Sequence
    assert utils.set_random_seed is numcnn.set_random_seed
    assert numcnn.utils is utils


# Arrays


@pytest.mark.parametrize("case", [name for name in STORED if name.startswith("categorical")])
def test_to_categorical_gives_what_keras_gives(case):
    _, kind, classes = case.split("/")
    labels = {"flat": [0, 2, 1], "column": [[3], [0]], "table": [[0, 1], [2, 0]], "one": 2}[kind]
    found = utils.to_categorical(labels, None if classes == "None" else int(classes))
    assert found.dtype == STORED[case].dtype
    np.testing.assert_array_equal(found, STORED[case], strict=True)


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, -1], None, r"whole numbers from 0, but x\[1\] is -1"),
        ([[0, 1], [3, 2]], 3, r"whole numbers from 0 to 2, but x\[1, 0\] is 3"),
        ([0.5], None, r"but x\[0\] is 0.5"),
        ([np.nan], None, r"but x\[0\] is nan"),
        ([], None, "num_classes must be given"),
        ([0], 0, "num_classes must be at least 1"),
        (["a"], None, "x must hold real numbers"),
    ],
)
def test_what_is_no_class_number_is_refused(labels, classes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        utils.to_categorical(labels, classes)


def test_one_hot_rows_of_many_classes_take_their_own_memory_only():
    """Not that of the square of the classes, which would be 80 GB."""
    rows = utils.to_categorical([0, 99_999, 7])
    assert rows.shape == (3, 100_000)
    assert rows.sum() == 3 and rows[1, 99_999] == 1


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [-1, 1])
def test_normalize_gives_what_keras_gives(axis, order):
    x = STORED["x"].copy()
    found = utils.normalize(x, axis, order)
    np.testing.assert_allclose(found, STORED[f"normalize/{axis}/{order}"], rtol=1e-14)
    np.testing.assert_array_equal(x, STORED["x"])
    np.testing.assert_array_equal(utils.normalize(x.T, 0, order), found.T)
    with pytest.raises(ValueError, match="an axis to normalize along"):
        utils.normalize(3.0)


@pytest.mark.parametrize("case", [name for name in STORED if name.startswith("split")])
def test_split_dataset_divides_as_keras_does(case):
    sizes = [None if size == "None" else eval(size) for size in case.split("/")[1:]]
    x, y = np.arange(26).reshape(13, 2), np.arange(13)
    (left_x, left_y), (right_x, right_y) = utils.split_dataset((x, y), *sizes)
    left, right = STORED[case]
    np.testing.assert_array_equal(left_y, np.arange(left))
    np.testing.assert_array_equal(right_y, np.arange(left, left + right))
    np.testing.assert_array_equal(left_x, x[left_y])
    np.testing.assert_array_equal(right_x, x[right_y])
    one, other = utils.split_dataset(y, *sizes)
    np.testing.assert_array_equal(one, left_y)
    np.testing.assert_array_equal(other, right_y)


def test_split_dataset_shuffles_by_its_seed():
    y = np.arange(20)
    left, right = utils.split_dataset(y, 0.5, shuffle=True, seed=3)
    assert sorted([*left, *right]) == y.tolist() and left.tolist() != list(range(10))
    np.testing.assert_array_equal(utils.split_dataset(y, 0.5, shuffle=True, seed=3)[0], left)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({}, "the sizes of the parts are missing"),
        ({"left_size": 1.5}, "between 0 and 1, got 1.5"),
        ({"left_size": 0}, "left_size must be at least 1"),
        ({"left_size": "1"}, "left_size must be a whole number"),
        ({"left_size": 13}, "parts of 13 and 0"),
        ({"left_size": 0.9, "right_size": 0.9}, "parts of 12 and 12"),
        ({"right_size": 0.01}, "parts of 13 and 0"),
    ],
)
def test_a_split_that_cannot_be_is_refused(sizes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        utils.split_dataset(np.arange(13), **sizes)
    with pytest.raises(ValueError, match="the same number of rows"):
        utils.split_dataset((np.arange(3), np.arange(4)), 0.5)


# The picture of a model


def make(built=True):
    shape = {"input_shape": (8, 8, 1)} if built else {}
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", **shape),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", trainable=False),
        ],
    )
    return model


OPTIONS = ("show_shapes", "show_dtype", "show_layer_names", "show_layer_activations")


def test_the_picture_is_written_at_its_dpi(tmp_path):
    sizes = {}
    for dpi in (72, 150, 300):
        path = tmp_path / f"{dpi}.png"
        shown = utils.plot_model(make(), path, show_shapes=True, dpi=dpi)
        with Image.open(path) as written:
            assert written.format == "PNG" and written.size == shown.size
            assert written.info["dpi"][0] == pytest.approx(dpi, rel=1e-3)
            assert np.array_equal(np.asarray(written), np.asarray(shown))
        sizes[dpi] = np.array(shown.size)
    np.testing.assert_allclose(sizes[300], sizes[150] * 2, rtol=0.02)
    np.testing.assert_allclose(sizes[300], sizes[72] * 300 / 72, rtol=0.03)


@pytest.mark.parametrize("option", [*OPTIONS, "show_trainable"])
def test_each_option_shows_something_more(option):
    plain, more = (
        utils.plot_model(make(), None, **{option: shown}, dpi=72) for shown in (False, True)
    )
    assert more.size != plain.size or np.any(np.asarray(more) != np.asarray(plain))
    assert more.width >= plain.width and more.height >= plain.height


def test_trainable_is_green_and_not_trainable_red():
    pixels = np.asarray(utils.plot_model(make(), None, show_trainable=True)).reshape(-1, 3)
    colours = {tuple(colour) for colour in np.unique(pixels, axis=0).tolist()}
    assert (34, 120, 60) in colours and (170, 44, 44) in colours


def test_the_direction_turns_the_row_of_boxes():
    pictures = {
        direction: utils.plot_model(make(), None, rankdir=direction, dpi=72)
        for direction in ("TB", "BT", "LR", "RL")
    }
    assert pictures["TB"].height > pictures["TB"].width
    assert pictures["LR"].width > pictures["LR"].height
    assert pictures["BT"].size == pictures["TB"].size
    assert pictures["RL"].size == pictures["LR"].size
    for one, other in (("TB", "BT"), ("LR", "RL")):
        assert np.any(np.asarray(pictures[one]) != np.asarray(pictures[other]))


@pytest.mark.parametrize("ending", [".png", ".jpg", ".pdf", ".webp", ""])
def test_the_ending_says_the_format(tmp_path, ending):
    path = tmp_path / f"model{ending}"
    utils.plot_model(make(), path, dpi=50)
    head = path.read_bytes()[:16]
    known = {".jpg": b"\xff\xd8", ".pdf": b"%PDF", ".webp": b"RIFF"}
    assert head.startswith(known.get(ending, b"\x89PNG"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to_file": "model.dot"}, r"cannot be written as '\.dot': to_file must end in .* \.png"),
        ({"dpi": 0}, "dpi must be .* at least 10 and at most 1200, got 0"),
        ({"dpi": 10**6}, "dpi must be"),
        ({"rankdir": "XY"}, "rankdir 'XY' is not known"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        utils.plot_model(make(), **options)
    with pytest.raises(ValueError, match=r'model "sequential" has no weights yet.*model\.build'):
        utils.plot_model(make(built=False))
    assert list(tmp_path.iterdir()) == []
