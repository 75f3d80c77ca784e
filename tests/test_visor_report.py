"""The saved page: whole, without the internet, small, and with the text of users as text."""

import html
import json
import re

import numpy as np
import pytest

import numcnn
from numcnn import layers, visor

SCRIPT = "</script><script>alert('x')</script>"
LIMIT = 8_000_000


def colour_model():
    return numcnn.Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", input_shape=(12, 10, 3)),
            layers.AveragePooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
        name=SCRIPT,
    )


def dense_model():
    return numcnn.Sequential([layers.Dense(4, activation="softmax", input_shape=(49,))], seed=0)


def documents(page):
    """What the page holds for Bokeh."""
    text = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    return json.loads(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.parametrize("make", [colour_model, dense_model])
def test_one_file_that_asks_the_network_for_nothing(tmp_path, make):
    model = make()
    shape, classes = model.input_shape[1:], model.output_shape[1]
    x = np.random.default_rng(0).random((60, *shape), dtype=np.float32)
    y = np.arange(60) % classes
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=2, verbose=0)
    names = [SCRIPT, *map(str, range(1, classes))]
    path = visor.report(model, history, (x, y), tmp_path / "new" / "report.html", names, SCRIPT)

    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < LIMIT
    assert "default-src 'none'" in page
    assert not re.search(r'<(script|link)[^>]*(src|href)="(?!data:)', page)
    assert "alert('x')</script>" not in page
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]
    for tab in ("Input data", "Model", "Training", "Evaluation"):
        assert f">{tab}</button>" in page
    (document,) = documents(page).values()
    assert len(document["roots"]) >= 4


def test_a_model_that_has_exploded_can_be_looked_at(tmp_path):
    model = dense_model()
    model.layers[0].kernel.value[...] = np.nan
    history = {"loss": [2.0, float("nan")], "accuracy": [0.5, 0.25]}
    path = visor.report(model, history, (np.ones((6, 49)), np.arange(6) % 4), tmp_path / "p.html")
    page = path.read_text(encoding="utf-8")
    assert "<strong>196</strong>" in html.unescape(page)  # NaN, of 49 · 4 weights
    assert "loss nan" in page


def test_ten_thousand_images_fit(tmp_path):
    model = numcnn.Sequential(
        [layers.Flatten(input_shape=(28, 28, 1)), layers.Dense(10, activation="softmax")], seed=0
    )
    rng = np.random.default_rng(0)
    x = rng.random((10_000, 28, 28, 1), dtype=np.float32)  # noise: the least that can be packed
    path = visor.report(model, None, (x, rng.integers(0, 10, 10_000)), tmp_path / "page.html")
    assert path.stat().st_size < LIMIT


def test_nothing_is_written_for_data_that_do_not_fit(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("as before")
    with pytest.raises(ValueError, match="the model takes x of shape"):
        visor.report(dense_model(), None, (np.ones((2, 3)), [0, 1]), path)
    assert path.read_text() == "as before"


def test_a_place_that_can_not_be_written_is_named(tmp_path):
    with pytest.raises(OSError, match="can't be written"):
        visor.report(dense_model(), None, (np.ones((2, 49)), [0, 1]), tmp_path)


def test_a_model_from_a_file_shows_what_it_showed_before(tmp_path):
    model = colour_model()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.random.default_rng(0).random((9, 12, 10, 3), dtype=np.float32), np.arange(9) % 3
    model.save(tmp_path / "model.safetensors")
    loaded = numcnn.models.load_model(tmp_path / "model.safetensors")
    shown = [
        re.sub(r'"id":"[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|p\d+', "", path.read_text("utf-8"))
        for path in (
            visor.report(model, None, (x, y), tmp_path / "one.html"),
            visor.report(loaded, None, (x, y), tmp_path / "two.html"),
        )
    ]
    assert shown[0] == shown[1]


class Doubled(layers.Layer):
    """A layer of a learner's, which remembers its input in its own way."""

    def forward(self, x, training=False):
        self.x = x
        return 2 * x

    def backward(self, dy):
        return 2 * dy


def test_a_layer_of_a_learners_is_shown_like_any_other(tmp_path):
    model = numcnn.Sequential(
        [Doubled(input_shape=(49,)), layers.Dense(4, activation="softmax")], seed=0
    )
    path = visor.report(model, None, (np.ones((8, 49)), np.arange(8) % 4), tmp_path / "page.html")
    assert "(Doubled)" in path.read_text(encoding="utf-8")
