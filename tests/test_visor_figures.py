"""The visor's figures hold the right numbers, and show the text of users as text."""

import base64
import io
import re

import numpy as np
import pytest
from bokeh.embed import file_html
from bokeh.models import Div, Image, Quad, Rect
from bokeh.resources import CDN
from PIL import Image as Picture

import numcnn
from numcnn import layers, visor
from numcnn.callbacks import History
from numcnn.visor.figures import cell_images
from numcnn.visor.figures.maps import outputs
from numcnn.visor.figures.tiles import Pictures, as_images, data_url, sizes

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def model():
    return numcnn.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name=SCRIPT),
        ],
        seed=0,
        name=SCRIPT,
    )


def glyph(plot, kind):
    """The first renderer of a figure whose glyph is of that kind."""
    return next(one for one in plot.renderers if isinstance(one.glyph, kind))


def texts(layout):
    """All HTML of a layout, one after another."""
    return "".join(part.text for part in layout.select({"type": Div}))


def decoded(url):
    with Picture.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        return np.asarray(picture)


# --- curves --------------------------------------------------------------------------------------


def test_a_metric_and_its_validation_share_a_chart():
    history = History()
    history.history = {
        "accuracy": [0.5, 0.75],
        "loss": [1.0, 0.5],
        "val_accuracy": [0.6, 0.7],
        "val_loss": [0.9, 0.8],
    }
    loss, accuracy = visor.plot_history(history).children
    data = loss.renderers[0].data_source.data
    assert data["epoch"] == [1, 2]
    assert data["training"] == [1.0, 0.5]
    assert data["validation"] == [0.9, 0.8]
    assert accuracy.title.text == "Accuracy after each epoch"
    assert loss.xaxis[0].axis_label == "epoch"
    assert loss.yaxis[0].axis_label == "mean loss per sample"


def test_epochs_without_validation_leave_a_gap():
    (chart,) = visor.plot_history({"loss": [1, 2, 3], "val_loss": [4]}).children
    np.testing.assert_array_equal(
        chart.renderers[0].data_source.data["validation"], [np.nan, np.nan, 4]
    )


def test_a_metric_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="the history has no 'acc'; it has 'loss'"):
        visor.plot_history({"loss": [1]}, ["acc"])
    assert "No epoch" in texts(visor.plot_history({}))


# --- confusion and accuracy ----------------------------------------------------------------------


def test_every_cell_of_the_matrix_holds_its_count():
    labels, predictions = [0, 0, 0, 1, 2], [0, 0, 1, 1, 0]
    plot = visor.plot_confusion_matrix(labels, predictions, ["a", "b", "c"])
    data = glyph(plot, Rect).data_source.data
    np.testing.assert_array_equal(
        np.reshape(data["count"], (3, 3)), [[2, 1, 0], [0, 1, 0], [1, 0, 0]]
    )
    assert data["label"][1] == "a"
    assert data["prediction"][1] == "b"
    np.testing.assert_allclose(data["share"][:3], [2 / 3, 1 / 3, 0])
    assert data["on_strong"][0] + data["on_pale"][0] == "2"
    assert data["on_strong"][2] + data["on_pale"][2] == ""
    assert plot.yaxis[0].major_label_overrides[2] == "c"


def test_accuracy_by_class_says_share_and_count():
    plot = visor.plot_per_class_accuracy([0, 0, 1, 1], [0, 1, 1, 1], ["a", "b", "c"])
    data = plot.renderers[0].data_source.data
    assert data["text"] == ["50.0 % of 2", "100.0 % of 2", "no samples"]
    assert data["share"].tolist() == [0.5, 1, 0]


def test_the_images_of_a_cell_come_with_the_surest_first():
    probabilities = np.array([[0.6, 0.4], [0.1, 0.9], [0.8, 0.2], [0.7, 0.3]])
    images = np.arange(4, dtype=np.float32).reshape(4, 1, 1) * np.ones((4, 3, 3)) / 4
    shown = cell_images.shown_data([0, 0, 0, 1], probabilities, Pictures(images))
    assert shown["sample"].tolist() == [1, 2, 3, 0]
    assert shown["label"].tolist() == [0, 0, 1, 0]
    assert shown["prediction"].tolist() == [1, 0, 0, 0]
    for sample, url in zip(shown["sample"], shown["url"], strict=True):
        assert (decoded(url) == round(sample / 4 * 255)).all()


def test_every_cell_gets_its_first_image_before_any_gets_more(monkeypatch):
    pictures = Pictures(np.zeros((6, 4, 4)))

    def predictions():
        probabilities = np.array([[0.9, 0.1]] * 5 + [[0.2, 0.8]])
        return cell_images.shown_data(np.zeros(6), probabilities, pictures)["prediction"].tolist()

    monkeypatch.setattr(cell_images, "BUDGET", 1)
    assert predictions() == [0]
    monkeypatch.setattr(cell_images, "BUDGET", len(pictures.url(0)))
    assert predictions() == [0, 1]
    monkeypatch.setattr(cell_images, "BUDGET", 10_000_000)
    monkeypatch.setattr(cell_images, "PER_CELL", 3)
    assert predictions() == [0, 0, 0, 1]


def test_images_need_probabilities():
    with pytest.raises(ValueError, match=r"must be probabilities \(N, classes\)"):
        visor.plot_confusion_matrix([0, 1], [0, 1], images=np.zeros((2, 4, 4)))


# --- images --------------------------------------------------------------------------------------


def test_samples_of_every_kind_become_images():
    assert as_images(np.ones((2, 5, 7))).shape == (2, 5, 7)
    assert as_images(np.ones((2, 5, 7, 1))).shape == (2, 5, 7)
    assert as_images(np.ones((2, 5, 7, 3))).shape == (2, 5, 7, 3)
    assert as_images(np.ones((2, 5, 7, 6))).shape == (2, 5, 7)
    assert as_images(np.ones((2, 49))).shape == (2, 7, 7)
    assert as_images(np.ones((2, 5))).shape == (2, 1, 5)


@pytest.mark.parametrize(
    ("pixels", "shown"),
    [([0, 0.5, 1], [0, 128, 255]), ([0, 51, 255], [0, 51, 255]), ([-1, 0, 3], [0, 64, 255])],
)
def test_numbers_from_0_to_1_from_0_to_255_and_others(pixels, shown):
    assert as_images(np.array([pixels])).ravel().tolist() == shown


def test_an_image_is_a_png_file_in_its_address():
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(data_url(image)), image)
    assert sizes(np.zeros((28, 28))) == (84, 84)
    assert sizes(np.zeros((168, 84))) == (42, 84)


def test_examples_show_images_with_their_labels():
    images = np.random.default_rng(0).random((30, 6, 6, 1))
    div = visor.plot_examples(images, np.arange(30) % 2, ["cat", SCRIPT])
    assert div.text.count("<img") == 20
    assert div.text.count("cat") == 10
    assert "<script" not in div.text
    first = re.search('src="([^"]*)"', div.text)[1]
    np.testing.assert_array_equal(decoded(first), as_images(images)[0])


# --- filters, feature maps, weights, architecture ------------------------------------------------


def test_filters_are_drawn_with_their_own_weights():
    kernel = np.random.default_rng(0).normal(size=(3, 5, 2, 4))
    tiles = glyph(visor.plot_filters(kernel), Image).data_source.data
    assert tiles["name"][5] == "1 → 1"
    np.testing.assert_allclose(tiles["image"][5], kernel[:, :, 1, 1], rtol=1e-6)
    many = visor.plot_filters(np.ones((3, 3, 100, 100)))
    assert len(glyph(many, Image).data_source.data["image"]) == 64
    assert "the first 8 of 100 channels,\nthe first 8 of 100 filters" in many.title.text


def test_feature_maps_are_what_the_layer_makes(model, engine):
    image = np.random.default_rng(0).random((8, 8, 1), dtype=np.float32)
    expected = model.layers[1].forward(model.layers[0].forward(image[np.newaxis]))[0]
    for layer in (1, "max_pooling2d"):
        plot = visor.plot_feature_maps(model, image, layer)
        maps = glyph(plot, Image).data_source.data["image"]
        np.testing.assert_allclose(maps, np.moveaxis(expected, 2, 0), rtol=1e-6)
    assert plot.title.text == "max_pooling2d: 3 × 3 × 4"
    everything = outputs(model, image[np.newaxis])
    np.testing.assert_allclose(everything[-1], model.predict(image[np.newaxis], verbose=0))
    row = glyph(visor.plot_feature_maps(model, image, 3), Image).data_source.data["image"]
    np.testing.assert_allclose(row[0], everything[-1], rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "message"),
    [(4, "there is no layer 4: there are 4"), ("conv", "no layer 'conv'; the layers are 'conv2d'")],
)
def test_a_layer_that_is_not_there_is_said(model, layer, message):
    with pytest.raises(ValueError, match=message):
        visor.plot_feature_maps(model, np.zeros((8, 8, 1)), layer)
    with pytest.raises(ValueError, match=r"one sample of shape \(8, 8, 1\)"):
        visor.plot_feature_maps(model, np.zeros((1, 8, 8, 1)))


def test_weights_show_their_range_zeros_and_nan(model):
    kernel = model.layers[0].kernel.value
    kept = kernel.copy()
    kernel.ravel()[:5] = [0, 0, np.nan, np.inf, -7]
    try:
        layout = visor.plot_weights(model)
    finally:
        kernel[...] = kept
    row = re.search(r"conv2d kernel</td>(.*?)</tr>", texts(layout))[1]
    cells = re.findall(r"<td>(.*?)</td>", row)
    assert cells[:3] == ["3 × 3 × 1 × 4", "36", "−7"]
    assert cells[4:] == ["2", "<strong>1</strong>", "<strong>1</strong>"]
    assert "<script" not in texts(layout)
    histogram = layout.children[1].children[0]
    assert glyph(histogram, Quad).data_source.data["count"].sum() == 34


def test_the_architecture_names_layers_shapes_and_numbers(model):
    text = visor.plot_architecture(model).text
    assert "3 · 3 · 1 · 4 + 4 = 40 parameters" in text
    assert "6 × 6 × 4" in text
    assert "(Conv2D, relu)" in text
    assert "27 · " not in text.replace("36 · 3 + 3 = 111", "")
    assert "<script" not in text
    assert text.count("<svg") == 5
    with pytest.raises(ValueError, match="has no weights yet"):
        visor.plot_architecture(numcnn.Sequential([layers.Dense(2)]))


def test_every_figure_stands_alone(model, caplog):
    """As a notebook shows it; Bokeh finds nothing to complain about."""
    x = np.random.default_rng(0).random((12, 8, 8, 1), dtype=np.float32)
    y, probabilities = np.arange(12) % 3, model.predict(x, verbose=0)
    figures = [
        visor.plot_history({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}),
        visor.plot_confusion_matrix(y, probabilities),
        visor.plot_confusion_matrix(y, probabilities, ["a", "b", "c"], x),
        visor.plot_per_class_accuracy(y, probabilities),
        visor.plot_examples(x, y),
        visor.plot_filters(model.get_weights()[0]),
        visor.plot_feature_maps(model, x[0]),
        visor.plot_weights(model),
        visor.plot_architecture(model),
    ]
    for one in figures:
        assert "<html" in file_html(one, CDN)
    assert [one.message for one in caplog.records if one.name.startswith("bokeh")] == []
