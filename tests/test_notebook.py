"""What a notebook shows: well-formed, escaped, and true."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import numcnn
from numcnn import layers, notebook
from numcnn.callbacks import History
from numcnn.explain import Trace


def parsed(html):
    """Return the elements of an HTML text that is well-formed; nothing in it is active."""
    root = ET.fromstring(f"<div>{html}</div>")
    tags = {element.tag for element in root.iter()}
    allowed = "div b table thead tbody tr th td svg path polyline circle text tspan"
    assert tags <= set(allowed.split())
    return root


def rows(root):
    return [[cell.text or "" for cell in row] for row in root.iter("tr")]


def make(**options):
    return numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", **options),
            layers.Flatten(),
            layers.Dense(3),
        ],
        name="<b>& small",
        seed=0,
    )


def test_a_model_shows_its_summary():
    model = make(input_shape=(6, 6, 1))
    root = parsed(model._repr_html_())
    assert rows(root) == [
        ["Layer (type)", "Output Shape", "Param #"],
        ["conv2d (Conv2D)", "(None, 4, 4, 2)", "20"],
        ["flatten (Flatten)", "(None, 32)", "0"],
        ["dense (Dense)", "(None, 3)", "99"],
    ]
    texts = [element.text for element in root.iter() if element.text]
    assert 'Model: "<b>& small"' in texts  # escaped, or there would be an element b around it
    assert "Total params: 119 (476.00 B)" in texts


def test_a_model_without_shapes_says_so():
    root = parsed(make()._repr_html_())
    assert rows(root)[1] == ["conv2d (Conv2D)", "?", "0 (unbuilt)"]


def test_a_layer_shows_its_arguments_and_what_it_has_to_learn():
    layer = make(input_shape=(6, 6, 1)).layers[0]
    shown = rows(parsed(layer._repr_html_()))
    assert ["kernel_size", "(3, 3)"] in shown
    assert ["kernel_initializer", "GlorotUniform()"] in shown
    assert ["kernel", "(3, 3, 1, 2)", "18"] in shown and ["bias", "(2,)", "2"] in shown
    assert "(None, 6, 6, 1) → (None, 4, 4, 2)" in layer._repr_html_()
    assert "not built" in layers.Dense(3)._repr_html_()


ARGUMENTS = {
    "Activation": ("relu",),
    "CenterCrop": (2, 2),
    "Conv2D": (2, 3),
    "Conv2DTranspose": (2, 3),
    "Dense": (3,),
    "DepthwiseConv2D": (3,),
    "Dropout": (0.5,),
    "GaussianNoise": (0.5,),
    "Permute": ((2, 1),),
    "Rescaling": (2.0,),
    "Reshape": ((4, 1),),
    "InputLayer": ((4, 4),),
    "Resizing": (4, 4),
    "SeparableConv2D": (2, 3),
    "SpatialDropout2D": (0.5,),
    "AveragePooling2D": (2,),
}
KINDS = {
    thing
    for thing in map(layers.__dict__.get, layers.__all__)
    if isinstance(thing, type) and issubclass(thing, layers.Layer)
}


@pytest.mark.parametrize("kind", sorted(KINDS - {layers.Layer}, key=lambda kind: kind.__name__))
def test_every_layer_can_be_shown(kind):
    layer = kind(*ARGUMENTS.get(kind.__name__, ()))
    assert rows(parsed(layer._repr_html_()))[0] == ["Argument", "Value"]


def test_an_answer_shows_its_arithmetic():
    model = numcnn.Sequential([layers.Dense(1, activation="relu", input_shape=(2,))])
    model.set_weights([[[0.5], [-0.25]], [0.125]])
    shown = parsed(Trace(model, [2, 3]).why("dense", (0,))._repr_html_())
    assert rows(shown) == [
        ["input", "value", "weight", "product", "running sum"],
        ["[0]", "2", "0.5", "1.0000000", "1.0000000"],
        ["[1]", "3", "-0.25", "-0.7500000", "0.2500000"],
        ["the sum of 2", "", "", "", "0.2500000"],
        ["+ bias", "", "", "0.125", "0.3750000"],
        ["relu of this", "", "", "", "0.3750000"],
        ["the value in the network (float32)", "", "", "", "0.375"],
    ]


@pytest.mark.parametrize(
    ("layer", "last"), [("input", None), ("max_pooling2d", 5), ("flatten", 2), ("dense", 25)]
)
def test_every_kind_of_answer_can_be_shown(layer, last):
    model = numcnn.Sequential(
        [
            layers.MaxPooling2D(2, input_shape=(40, 40, 1)),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    trace = Trace(model, np.ones((40, 40, 1)))
    place = (0,) * trace.outputs[trace.number_of(layer)].ndim
    shown = rows(parsed(trace.why(layer, place)._repr_html_()))
    assert len(shown) == (0 if last is None else last + 1)
    if layer == "dense":
        assert shown[21][0] == "the other 380" and shown[-1][0].startswith("÷ the sum")


def test_a_column_is_aligned_to_the_right_if_all_of_it_is_numbers():
    html = notebook.table("abcd", [["-1", "1,024", "", "2"], ["1e-05", "nan", "3", "(2, 2)"]])
    assert re.findall("text-align:([a-z]+)", html) == ["right", "right", "right", "left"] * 3


def test_a_history_shows_curves_and_numbers():
    history = History()
    history.on_train_begin()
    for epoch, loss in enumerate([2.0, 1.0, 1.5]):
        history.on_epoch_end(epoch + 4, {"loss": loss, "val_loss": 2 * loss, "val_only": 1.0})
    root = parsed(history._repr_html_())
    panels = list(root.iter("svg"))
    assert [panel.get("aria-label") for panel in panels] == ["loss", "val_only"]
    assert len(list(panels[0].iter("polyline"))) == 2
    texts = [text.text for text in panels[0].iter("text")]
    assert texts[1:] == ["4", "1", "epoch 5", "7"]  # the highest, the lowest, first and last
    assert ["loss", "2", "1", "2", "1.5"] in rows(root)


def test_curves_lie_within_their_panels_and_rise_where_the_numbers_do():
    numbers = np.random.default_rng(0).normal(size=20).cumsum().tolist()
    root = parsed(notebook.curves({"loss": numbers}))
    (line,) = root.iter("polyline")
    points = np.array([point.split(",") for point in line.get("points").split()], float)
    assert (np.diff(points[:, 0]) > 0).all()
    assert (np.sign(-np.diff(points[:, 1])) == np.sign(np.diff(numbers))).all()
    assert points.min() >= 0 and points[:, 0].max() <= 260 and points[:, 1].max() <= 150


@pytest.mark.parametrize(
    "numbers",
    [[1.0], [3.0, 3.0], [float("nan"), 1.0, 2.0], [float("inf"), 1.0], [float("nan")], []],
)
def test_odd_histories_can_be_shown(numbers):
    history = History()
    for epoch, number in enumerate(numbers):
        history.on_epoch_end(epoch, {"<loss>": number})
    html = history._repr_html_()
    parsed(html)
    assert not re.search("nan,|inf,|,nan|,inf", html)
