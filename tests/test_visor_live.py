"""The live page's server, its record, and the callback; without a browser."""

import contextlib
import http.client
import logging
import re
import socket
import threading
import time
import urllib.request

import numpy as np
import pytest

import numcnn
from numcnn import layers, visor
from numcnn.visor.pages import live, loopback
from numcnn.visor.tabs import record
from numcnn.visor.tabs.live_training import LiveTraining, status


@pytest.fixture
def model():
    model = numcnn.Sequential(
        [layers.Dense(8, activation="relu", input_shape=(4,)), layers.Dense(3, "softmax")], seed=0
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def page(model):
    page = visor.show(model, open_browser=False)
    yield page
    page.close()


X = np.random.default_rng(0).random((60, 4), dtype=np.float32)
Y = np.arange(60) % 3


def port_of(page):
    return int(page.url.split(":")[2].strip("/"))


def test_only_this_computer_can_open_the_page(page):
    port = port_of(page)
    with urllib.request.urlopen(page.url, timeout=10) as answer:
        assert answer.status == 200
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for address in others - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError):
            socket.create_connection((address, port), timeout=2)


def test_uploads_are_bounded(page, caplog):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(loopback.LARGEST_MESSAGE + 1))
    connection.endheaders()
    with caplog.at_level(logging.CRITICAL), contextlib.closing(connection):
        assert connection.getresponse().status == 400


def test_a_port_that_is_taken_is_said(model, page):
    port = port_of(page)
    with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 can't be used"):
        visor.show(model, port=port, open_browser=False)


def test_closing_stops_the_server(model):
    page = visor.show(model, open_browser=False)
    page.close()
    page.close()
    assert "closed" in repr(page)
    with pytest.raises(OSError):
        urllib.request.urlopen(page.url, timeout=2)
    assert "numcnn.visor" not in {thread.name for thread in threading.enumerate()}


def test_a_training_is_recorded_as_its_history_is(model, page):
    history = model.fit(
        X, Y, 10, epochs=3, verbose=0, validation_split=0.5, callbacks=visor.FitCallbacks(page=page)
    )
    seen = page.record
    assert seen.epochs == history.history
    assert seen.state == "done"
    assert seen.version == 3
    assert seen.steps == 9
    assert seen.batches["epoch"][0] == pytest.approx(1 / 3)
    assert seen.planned["samples"] == 30
    for kept, now in zip(seen.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    assert status(seen).startswith("Done after epoch 3 of 3.")
    assert "images a second" in status(seen)
    assert "Learning rate 0.001." in status(seen)


def test_the_page_changes_nothing_about_the_training(model, page):
    other = numcnn.Sequential(
        [layers.Dense(8, activation="relu", input_shape=(4,)), layers.Dense(3, "softmax")], seed=0
    )
    other.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0, callbacks=visor.FitCallbacks(page=page))
    other.fit(X, Y, epochs=2, verbose=0)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_page_computes_with_a_copy(model, page):
    twin = page.subject.model
    assert twin is not model
    assert twin.optimizer is None
    model.layers[0].kernel.value[...] = 0
    assert twin.layers[0].kernel.value.any()
    page.record.add_epoch({}, model.get_weights(), 0.1)
    assert not page._current().model.layers[0].kernel.value.any()


def test_the_copy_can_compute_while_the_model_trains(engine):
    def network():
        model = numcnn.Sequential(
            [
                layers.Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ],
            seed=0,
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    x = np.random.default_rng(0).random((256, 12, 12, 1), dtype=np.float32)
    y = np.arange(256) % 3
    alone, followed = network(), network()
    alone.fit(x, y, epochs=40, verbose=0)
    page = visor.show(followed, (x, y), open_browser=False)
    expected = page.subject.probabilities
    training = threading.Thread(
        target=followed.fit, args=(x, y), kwargs={"epochs": 40, "verbose": 0}
    )
    training.start()
    computed = 0
    while training.is_alive():
        page.subject.forget()
        np.testing.assert_array_equal(page.subject.probabilities, expected)
        computed += 1
    training.join()
    page.close()
    assert computed > 1
    for one, two in zip(alone.get_weights(), followed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_copy_can_be_made_after_a_step_was_broken_off(model):
    model.forward(X, training=True)
    np.testing.assert_array_equal(live.twin(model).forward(X), model.forward(X))


def test_ctrl_c_in_a_training_harms_nothing(model, page):
    def stop(batch, logs):
        raise KeyboardInterrupt

    callbacks = [
        visor.FitCallbacks(page=page),
        numcnn.callbacks.LambdaCallback(on_train_batch_end=stop),
    ]
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, verbose=0, callbacks=callbacks)
    with urllib.request.urlopen(page.url, timeout=10) as answer:
        assert answer.status == 200
    page.record.heard -= 600
    assert re.search("Nothing new for 6[0-9][0-9] s", status(page.record))
    model.fit(X, Y, verbose=0, callbacks=visor.FitCallbacks(page=page))
    assert page.record.state == "done"


@pytest.mark.parametrize("metrics", ["accuracy", ("loss", "accuracy"), ["loss"]])
def test_the_metrics_asked_for_are_drawn(model, page, metrics):
    tab = LiveTraining(page.record)
    assert tab.shown.children == []
    model.fit(X, Y, epochs=2, verbose=0, callbacks=visor.FitCallbacks(metrics, page))
    tab.update()
    (charts,) = tab.shown.children
    wanted = [metrics] if isinstance(metrics, str) else metrics
    assert [one.title.text for one in charts.children] == [
        f"{name.capitalize()} after each epoch" for name in wanted
    ]
    for name in wanted:
        assert tab.epochs[name].data["training"] == model.history.history[name]
    assert tab.rates.data == {"epoch": [0, 1, 2], "rate": [0.001] * 3}
    page.record.add_epoch({"loss": 1.0}, model.get_weights(), 0.0005)
    tab.update()
    assert tab.rates.data["rate"] == [0.001, 0.001, 0.001, 0.0005]
    assert tab.shown.children == [charts, tab.rate_chart]


def test_curves_grow_and_start_anew_with_another_training(model, page):
    callback = visor.FitCallbacks("loss", page)
    tab = LiveTraining(page.record)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=callback)
    tab.update()
    first = tab.batches
    page.record.heard -= 1
    page.record.add_batch({"loss": 7.0})
    tab.update()
    assert tab.batches is first
    assert first.data["loss"][-1] == 7.0
    model.fit(X, Y, epochs=1, verbose=0, callbacks=callback)
    tab.update()
    assert len(tab.epochs["loss"].data["epoch"]) == 1
    assert first.data["loss"][0] == page.record.batches["loss"][0]


def test_a_long_training_is_thinned_out(monkeypatch):
    monkeypatch.setattr(record, "EVERY", 0)
    monkeypatch.setattr(record, "MOST", 100)
    seen = record.Record(["loss"], [])
    seen.begin({"epochs": 1, "steps": 1_000}, ["loss"], 0.1)
    seen.begin_epoch(0)
    for step in range(1_000):
        seen.add_batch({"loss": float(step)})
    assert 50 <= len(seen.batches["loss"]) <= 100
    assert seen.batches["loss"] == sorted(seen.batches["loss"])
    assert seen.steps == 1_000


def test_batches_that_come_quickly_are_counted_but_not_kept():
    seen = record.Record(["loss"], [])
    seen.begin({"epochs": 2, "steps": 50, "samples": 500}, ["loss"], 0.1)
    seen.begin_epoch(0)
    for _ in range(50):
        seen.add_batch({"loss": 1.0})
    assert seen.steps == 50
    assert len(seen.batches["loss"]) < 10
    seen.started = seen.heard - 5
    assert seen.speed() == pytest.approx((100, 10, 5))


def test_a_training_that_goes_on_knows_how_much_is_left():
    seen = record.Record(["loss"], [])
    seen.begin({"epochs": 10, "steps": 4, "samples": None}, ["loss"], 0.1)
    seen.begin_epoch(8)
    for _ in range(4):
        seen.add_batch({"loss": 1.0})
    seen.started = seen.heard - 2
    assert seen.speed() == (None, 2, 2)


def test_a_metric_that_is_not_measured_is_said(model, page):
    with pytest.raises(ValueError, match=r"can't draw 'recall': .* 'loss', 'accuracy'"):
        model.fit(X, Y, verbose=0, callbacks=visor.FitCallbacks(("loss", "recall"), page))
    other = numcnn.Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))])
    other.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="the page of another model"):
        other.fit(X, Y, verbose=0, callbacks=visor.FitCallbacks("loss", page))


def test_the_callback_opens_a_page_if_it_is_given_none(model, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    callback = visor.FitCallbacks("loss")
    model.fit(X, Y, verbose=0, callbacks=callback)
    assert opened == [f"{callback.page.url}#training"]
    callback.page.close()


def test_a_model_that_is_not_built_is_said():
    with pytest.raises(ValueError, match="has no weights yet"):
        visor.show(numcnn.Sequential([layers.Dense(2)]), open_browser=False)


def test_waiting_ends_when_the_page_is_closed(model):
    page = visor.show(model, open_browser=False)
    threading.Timer(0.3, page.close).start()
    begun = time.monotonic()
    page.wait()
    assert 0.2 < time.monotonic() - begun < 5
