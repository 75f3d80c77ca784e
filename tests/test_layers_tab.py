"""The tab Layers: it is right for all kinds of models, small enough, and answers on a live page."""

import json

import numpy as np
import pytest
from bokeh.embed import file_html
from bokeh.resources import Resources

from numcnn import Sequential, layers
from numcnn.explain import Trace
from numcnn.visor.ask.answers import grid, record
from numcnn.visor.ask.embedded import BUDGET, Arrays, wiring_plan
from numcnn.visor.pages.page import tabbed_page
from numcnn.visor.tabs import layers as layers_tab
from numcnn.visor.tabs.subject import Subject

RNG = np.random.default_rng(8)

MODELS = {
    "colour": [
        layers.Conv2D(6, 3, activation="tanh", padding="same", input_shape=(16, 12, 3)),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ],
    "no convolution": [
        layers.Dense(20, activation="relu", input_shape=(40,)),
        layers.Dropout(0.2),
        layers.Dense(4, activation="softmax"),
    ],
    "one output": [layers.Dense(1, activation="sigmoid", input_shape=(7,))],
    "many maps": [
        layers.Conv2D(100, 3, input_shape=(8, 8, 1)),
        layers.Flatten(),
        layers.Dense(2, activation="softmax"),
    ],
}


def subject_of(row, samples=30):
    model = Sequential(row, seed=1)
    classes = max(2, model.output_shape[1])
    names = [f"<b>{c}</b>" for c in range(classes)]
    x = RNG.random((samples, *model.input_shape[1:])).astype(np.float32)
    return Subject(model, (x, np.arange(samples) % classes), None, names)


@pytest.fixture(scope="module", params=MODELS)
def subject(request):
    return subject_of(MODELS[request.param])


def text_of(layout):
    document = tabbed_page("title", "subtitle", {"Layers": layout})
    return file_html(
        document,
        Resources(mode="cdn"),
        template=document.template,
        template_variables=document.template_variables,
    )


def test_a_saved_tab_is_small_and_escapes_names(subject):
    text = text_of(layers_tab.tab(subject))
    assert len(text) < 3_000_000
    assert "<b>0</b>" not in text


def test_a_model_that_is_too_large_for_a_saved_page_is_told_to_ask_live():
    subject = subject_of([layers.Dense(2000, input_shape=(400,)), layers.Dense(2)])
    text = text_of(layers_tab.tab(subject))
    assert len(text) < 100_000
    assert "python -m numcnn.visor --model FILE" in text


def test_samples_are_left_out_where_there_is_no_room_for_all():
    wide = [layers.Conv2D(60, 3, input_shape=(30, 30, 1)), layers.Flatten(), layers.Dense(2)]
    subject = subject_of(wide)
    text = text_of(layers_tab.tab(subject))
    assert 0 < text.count("data-show=") < layers_tab.SAMPLES
    assert len(text) < 3_000_000


def test_what_a_page_holds_of_the_wiring_is_counted():
    model = Sequential(MODELS["colour"], seed=1)
    arrays = Arrays()
    wiring_plan(Trace(model, RNG.random((16, 12, 3))), arrays)
    assert 0 < arrays.bytes < BUDGET


def test_a_record_says_what_the_account_says():
    model = Sequential(MODELS["colour"], seed=1)
    trace = Trace(model, RNG.random((16, 12, 3)))
    answer = trace.why("conv2d", (0, 0, 5))
    found = json.loads(json.dumps(record(answer)))
    assert found["lines"][-1][2] == answer.account.shown
    assert len(found["rows"]) == 27
    assert sum(row[1] == -1 for row in found["rows"]) == 5 * 3  # of the corner's window
    field = [box for box in found["fields"] if box[0] == 0]
    assert field == [[0, channel, 0, 0, 1, 1] for channel in range(3)]
    last = record(trace.why("dense", (1,)), ["a", "b", "c"])
    assert [row[0] for row in last["classes"]] == ["a", "b", "c"]


def test_every_number_has_its_place_in_the_picture():
    assert grid((5, 4, 3)) == (5, 4, 3)
    assert grid((7, 6)) == (7, 6, 1)
    assert grid((10,)) == (1, 10, 1)
    assert grid((2, 3, 4, 5)) == (24, 5, 1)


def sources(layout):
    """What is asked, shown and answered in a layout."""
    return [layout.select_one({"name": name}) for name in ("asked", "shown-sample", "answered")]


def test_a_live_tab_answers_for_any_sample_and_ignores_nonsense(subject):
    layout = layers_tab.live_tab(subject)
    asked, shown, answered = sources(layout)
    chosen = layers_tab.choose(subject)
    asked.data = {"level": [1], "place": [0]}
    first = json.loads(answered.data["record"][0])
    assert first["value"] == Trace(subject.model, subject.x[chosen[0]]).outputs[1].flat[0]
    other = chosen[1]
    shown.data = {"sample": [other], "mode": [1]}
    second = json.loads(answered.data["record"][0])
    assert second["value"] == Trace(subject.model, subject.x[other]).outputs[1].flat[0]
    guest = next(index for index in range(len(subject.x)) if index not in chosen)
    shown.data = {"sample": [guest], "mode": [0]}
    third = json.loads(answered.data["record"][0])
    assert third["value"] == Trace(subject.model, subject.x[guest]).outputs[1].flat[0]
    shown.data = {"sample": [other], "mode": [1]}
    for level, place in [(99, 0), (1, 10**9), (-1, 0)]:
        asked.data = {"level": [level], "place": [place]}
        assert json.loads(answered.data["record"][0]) == second
    for sample, mode in [(99, 0), (0, 99), (-1, 0)]:
        shown.data = {"sample": [sample], "mode": [mode]}
        assert json.loads(answered.data["record"][0]) == second


def test_a_live_tab_follows_the_model(subject):
    layout = layers_tab.live_tab(subject)
    answered = sources(layout)[2]
    before = json.loads(answered.data["record"][0])["value"]
    weights = subject.model.get_weights()
    subject.model.set_weights([2 * weight + 0.1 for weight in weights])
    layers_tab.update(layout, subject)
    assert json.loads(answered.data["record"][0])["value"] != before
    subject.model.set_weights(weights)


def test_right_samples_of_each_class_and_the_surest_mistakes_are_chosen(subject):
    chosen = layers_tab.choose(subject)
    found = subject.probabilities.argmax(axis=1)
    right = [index for index in chosen if found[index] == subject.labels[index]]
    assert len({int(subject.labels[index]) for index in right}) == len(right)
    wrong = [index for index in chosen if index not in right]
    others = set(np.flatnonzero(found != subject.labels)) - set(wrong)
    sure = subject.probabilities.max(axis=1)
    assert all(sure[w] >= sure[o] for w in wrong for o in others)
