"""What a network sees of a drawing is made as MNIST's digits were; the pad shows it and its way."""

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
from bokeh.document import Document

import numcnn
from numcnn import Sequential, layers, metrics
from numcnn.datasets.files.small_images import SIDE
from numcnn.datasets.generated import ink
from numcnn.visor.__main__ import main
from numcnn.visor.pad.drawing import MOST_POINTS, checked_strokes, see
from numcnn.visor.pad.pad import THRESHOLD, Pad
from numcnn.visor.pad.texts import said_text

RNG = np.random.default_rng(3)


def scribble():
    """Strokes anywhere on the paper, of any size."""
    corner, size = RNG.uniform(0, 14, 2), RNG.uniform(1, 14)
    return [corner + size * RNG.random((RNG.integers(2, 9), 2)) for _ in range(RNG.integers(1, 4))]


def extent(along):
    (places,) = np.nonzero(along)
    return places.max() - places.min() + 1


@pytest.mark.parametrize("side", [20, 28, 32])
def test_drawings_fill_the_box_and_are_centred_by_mass_as_mnist_is(side):
    off = []
    for _ in range(40):
        picture = see(scribble(), side).centred
        assert picture.shape == (side, side) and picture.dtype == np.float32
        assert picture.min() >= 0 and picture.max() <= 1
        there = picture > 0
        longer = max(extent(there.any(axis=0)), extent(there.any(axis=1)))
        assert ink.box_of(side) - 2 <= longer <= ink.box_of(side)
        places = np.arange(side) + 0.5
        centre = [picture.sum(axis=axis) @ places / picture.sum() for axis in (0, 1)]
        off.append(np.abs(np.array(centre) - (side / 2 + 0.5)).max())
    assert np.median(off) < 0.51  # moved by whole pixels, and never out of the frame


def test_a_drawing_goes_the_very_way_of_the_generated_digits():
    stroke = np.array([[9.0, 4.0], [20.0, 12.0]], np.float32)
    seen = see([stroke])
    curve = np.linspace(*stroke, 200, dtype=np.float32)[np.newaxis]
    radii = np.full((1, 200), np.exp(0.25), np.float32)
    expected = ink.drawn(ink.fitted(curve, radii), radii)
    assert np.abs(seen.fitted - expected[0]).max() < 0.1  # other points of the same line
    assert (seen.centred * 255 == ink.centred(seen.fitted[np.newaxis])[0]).all()


def test_each_step_can_be_left_out():
    small = [np.array([[2.0, 3.0], [2.0, 7.0]])]
    whole, unfitted = see(small), see(small, fit=False)
    neither = see(small, fit=False, centre=False)
    assert (neither.centred == neither.strokes).all()
    assert extent(neither.centred.any(axis=1)) < 10 and neither.centred[:, 14:].sum() == 0
    assert extent(unfitted.centred.any(axis=1)) < 10 and unfitted.centred[:, 4:].any()
    assert extent(whole.centred.any(axis=1)) == 20
    left, top, right, bottom = whole.box
    assert left < 2 < right and top < 3 and bottom > 7


def test_ink_over_the_edge_is_cut_off_and_a_dot_stays_a_dot():
    edge = see([np.array([[0.0, 0.0], [28.0, 28.0]])], fit=False, centre=False)
    assert edge.centred[0, 0] == edge.centred[27, 27] == 1
    dot = see([np.array([[27.0, 1.0]])])
    assert 3 < dot.centred.sum() < 10
    assert see([]) is None


@pytest.mark.parametrize(
    ("xs", "ys", "points"),
    [
        ([[1, 2]], [[3, 4]], [2]),
        ([[1, 2, 3]], [[3, 4]], [2]),
        ([[1], [2, 3]], [[1]], [1]),
        ([[float("nan"), 5]], [[1, 1]], [1]),
        ([[float("inf")]], [[1]], []),
        ([[]], [[]], []),
        ([[1.0] * 5000], [[1.0] * 5000], [MOST_POINTS]),
        ([[1.0]] * 5000, [[1.0]] * 5000, [1] * MOST_POINTS),
        ([[-100, 1e30]], [[3, 3]], [2]),
    ],
)
def test_strokes_from_a_browser_are_bounded(xs, ys, points):
    strokes = checked_strokes(xs, ys)
    assert [len(stroke) for stroke in strokes] == points
    assert all((stroke >= 0).all() and (stroke <= 28).all() for stroke in strokes)
    see(strokes)


def reader(channels=1, side=SIDE):
    return Sequential(
        [
            layers.Conv2D(4, 5, activation="relu", input_shape=(side, side, channels)),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.31, THRESHOLD, 1.0])
def test_the_line_of_code_that_is_shown_is_the_rule(threshold):
    for p in np.array([[0.1, 0.3, 0.25], [0.5, 0.2, 0.1], [0.0, 0.0, 1.0]]):
        text = said_text(p, "abc", threshold)
        rule = html.unescape(re.search("<code>(.*)</code>", text)[1])
        (found,) = metrics.predict_classes([p], threshold=threshold)
        assert eval(rule, {"p": p}) == (None if found < 0 else found)
        assert ("no digit found" in text) == (found < 0)


def test_the_documentation_has_the_pads_threshold_in_a_line_of_code():
    chapter = Path(numcnn.__file__).parents[1] / "docs" / "ask-any-number-why.md"
    rule = f"predict_classes(model.predict(x), threshold={THRESHOLD})  # -1: no digit found"
    assert rule in chapter.read_text(encoding="utf-8")


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 32)])
def test_the_pad_says_what_the_model_says_of_the_picture(channels, side):
    model = reader(channels, side)
    pad = Pad(model)
    assert "The paper is empty" in pad.shown.data["said"][0]
    pad.strokes.data = {"xs": [[10.0, 12.0, 20.0]], "ys": [[5.0, 20.0, 20.0]]}
    picture = see(checked_strokes(**pad.strokes.data), side).centred
    outputs = model.predict(np.repeat(picture[..., None], channels, axis=2)[None], verbose=0)[0]
    best = int(outputs.argmax())
    pad._view.asked.data = {"level": [len(model.layers)], "place": [best]}
    answer = json.loads(pad._view.answered.data["record"][0])
    assert answer["value"] == pytest.approx(outputs[best], rel=1e-5)
    pad._threshold.value = 0.0
    (codes,) = pad.shown.data["codes"]
    assert not codes.size  # the pen rests
    assert f"<p class='said'>{best}</p>" in pad.shown.data["said"][0]
    pad._threshold.value = 1.0
    assert "no digit found" in pad.shown.data["said"][0]
    seen = pad.shown.data["steps"][0]
    pad._steps.active = []
    assert pad.shown.data["steps"][0] != seen
    pad.strokes.data = {"xs": [], "ys": []}
    assert "The paper is empty" in pad.shown.data["said"][0]


def test_the_pad_escapes_names_of_classes():
    pad = Pad(reader(), class_names=["<script>"] * 10)
    pad.strokes.data = {"xs": [[10.0, 12.0]], "ys": [[5.0, 20.0]]}
    for text in ("said", "classes"):
        (shown,) = pad.shown.data[text]
        assert "<script>" not in shown and "&lt;script&gt;" in shown


def on_a_page(pad):
    """Put a pad into a document; return this, and the models that change from now on."""
    document, changed = Document(), []
    document.add_root(pad.layout)
    document.on_change(lambda event: changed.append(getattr(event, "model", None)))
    return document, changed


def stroke_to(y, number):
    return {"xs": [[10.0, 12.0]], "ys": [[5.0, y]], "number": [number]}


def test_while_the_pen_moves_an_answer_is_one_message_and_the_figures_wait_for_its_rest():
    pad = Pad(reader())
    document, changed = on_a_page(pad)
    for number, y in enumerate((15.0, 20.0)):
        pad.strokes.data = stroke_to(y, number)
    assert [model for model in changed if model] == [pad.shown, pad.strokes] * 2
    assert not pad._view.pixels[0].data["image"][0].any()
    for rest in document.session_callbacks:
        rest.callback()
    assert (pad._view.pixels[0].data["image"][0] > 0).any()


def test_what_comes_late_spoils_no_newer_drawing():
    pad = Pad(reader())
    document, _ = on_a_page(pad)
    pad.strokes.data = stroke_to(15.0, 1)
    (rest,) = document.session_callbacks
    document.remove_timeout_callback(rest)  # its time has come, and the machine is busy
    pad.strokes.data = {"xs": [[]], "ys": [[]], "number": [2]}  # the paper is cleared
    pad.strokes.data = stroke_to(25.0, 3)
    newest = pad._latest
    rest.callback()
    assert not pad._view.pixels[0].data["image"][0].any()
    assert pad.shown.data["codes"][0].size  # the figures are still to come
    for rest in document.session_callbacks:
        rest.callback()
    assert pad._view.trace is newest
    assert pad.shown.data["number"] == [3]
    assert not pad.shown.data["codes"][0].size


def test_an_answer_says_which_drawing_it_is_about():
    pad = Pad(reader())
    assert pad.shown.data["number"] == [0]
    pad.strokes.data = {"xs": [[]], "ys": [[]], "number": [7]}
    assert pad.shown.data["number"] == [7]
    assert "The paper is empty" in pad.shown.data["said"][0]
    pad._threshold.value = 0.9
    assert pad.shown.data["number"] == [7]


@pytest.mark.parametrize(
    "row",
    [
        [layers.Dense(10, input_shape=(784,))],
        [layers.Conv2D(2, 3, input_shape=(9, 8, 1)), layers.Flatten(), layers.Dense(2)],
        [layers.Conv2D(2, 3, input_shape=(8, 8, 2)), layers.Flatten(), layers.Dense(2)],
    ],
)
def test_a_model_that_reads_no_drawings_is_refused(row):
    with pytest.raises(ValueError, match="the drawing pad needs a model for square images"):
        Pad(Sequential(row))
    with pytest.raises(ValueError, match="has no weights yet"):
        Pad(Sequential([layers.Dense(2)]))


def test_the_command_says_what_is_wrong_with_a_file(tmp_path, capsys):
    assert main(["--model", str(tmp_path / "none.safetensors"), "--no-browser"]) == 1
    assert "none.safetensors" in capsys.readouterr().err
