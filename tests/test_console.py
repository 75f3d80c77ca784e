"""What numcnn prints can be printed: on a terminal, and into a file, that knows few characters."""

import io
import os
import sys

import numpy as np
import pytest

import numcnn
from numcnn import console, explain, layers, metrics
from numcnn.callbacks import EarlyStopping
from numcnn.gradcheck import check_layer


class Stream(io.TextIOWrapper):
    """A file, or a terminal, with an encoding of its own; it refuses what it does not know."""

    def __init__(self, encoding, is_terminal=False):
        self.bytes = io.BytesIO()
        self.is_terminal = is_terminal
        super().__init__(self.bytes, encoding, newline="\n")

    def isatty(self):
        return self.is_terminal

    @property
    def text(self):
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture(params=["ascii", "cp1252", "cp949"])
def diverted(request, monkeypatch):
    """A function that puts such a stream in the place of the output; pytest does so before."""

    def divert(is_terminal=False):
        stream = Stream(request.param, is_terminal)
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return divert


@pytest.fixture
def model():
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
            layers.MaxPooling2D(2, name="a_name_that_is_much_too_long_for_its_column"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


X, Y = np.random.default_rng(0).random((20, 6, 6, 1)), np.arange(20) % 3


def test_a_summary_is_a_table_in_every_encoding(diverted, model):
    stream = diverted()
    model.summary()
    lines = stream.text.splitlines()
    table = [line for line in lines if line[0] not in " M"]
    assert len(table) == 12 and {len(line) for line in table} == {len(table[0])}
    if stream.encoding == "ascii":
        assert table[0].startswith("+==") and table[1].startswith("| Layer (type)")
        assert table[2].startswith("+==") and table[4].startswith("+--")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_training_shows_its_progress_in_every_encoding(diverted, model, is_terminal):
    stream = diverted(is_terminal)
    stop = EarlyStopping(patience=0, monitor="loss", mode="max", verbose=1)
    model.fit(X, Y, batch_size=5, epochs=3, callbacks=[stop])
    model.evaluate(X, Y)
    model.predict(X)
    assert "Epoch 1/3\n" in stream.text and "accuracy: " in stream.text
    if is_terminal and stream.encoding == "ascii":
        assert f"4/4 {'=' * 20} " in stream.text


def test_reports_can_be_printed_in_every_encoding(diverted, model):
    stream = diverted()
    print(check_layer(layers.Dense(2), (3,)))
    print(metrics.report(Y, model.predict(X, verbose=0)))
    trace = explain.Trace(model, X[0])
    for layer, place in (("conv2d", (1, 2, 0)), ("dense", (1,))):
        print(trace.why(layer, place))
    print(numcnn.profile(model, X))
    assert "Dense" in stream.text and "Most frequent mistakes" in stream.text


def test_letters_that_the_stream_knows_stay_and_others_are_escaped(monkeypatch):
    stream = Stream("cp1252")
    monkeypatch.setattr(sys, "stdout", stream)
    console.write("modèle │ 모델 → ½ × 2\n")
    assert stream.text == "modèle | \\ubaa8\\ub378 -> ½ x 2\n"


def test_where_all_can_be_shown_nothing_is_changed(monkeypatch):
    text = "┏━┓ 모델 → ½ × 2\n"
    for stream in (Stream("utf-8"), io.StringIO()):
        assert console.printable(text, stream) == text
    monkeypatch.setattr(sys, "stdout", None)  # a program without a window
    console.write(text)


def test_everything_that_replaces_a_character_is_ascii():
    assert all(text.isascii() for text in console.ASCII.values())
    assert "\n" not in console.ASCII.values() and os.linesep not in console.ASCII.values()
