"""What a user sees while a model trains, on a terminal and elsewhere."""

import io
import re

import numpy as np
import pytest

import numcnn
from numcnn import layers


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def model():
    model = numcnn.Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


X, Y = np.ones((40, 4)), np.zeros(40)
NUMBER = r"\d\.\d{4}(e[+-]\d\d)?"
LINE = rf"4/4 - \d+s - \d+[mu]s/step - accuracy: {NUMBER} - loss: {NUMBER}"


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_elsewhere_there_is_one_line_an_epoch_and_no_carriage_return(model, capsys, verbose):
    model.fit(X, Y, batch_size=10, epochs=2, verbose=verbose, validation_data=(X, Y))
    out = capsys.readouterr().out
    assert "\r" not in out and "\b" not in out
    line = LINE + rf" - val_accuracy: {NUMBER} - val_loss: {NUMBER}"
    assert re.fullmatch(rf"Epoch 1/2\n{line}\nEpoch 2/2\n{line}\n", out)


def test_a_single_epoch_is_not_numbered(model, capsys):
    model.fit(X, Y, batch_size=10)
    assert re.fullmatch(LINE + "\n", capsys.readouterr().out)


def test_quiet_is_quiet(model, capsys):
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_evaluate_and_predict_have_a_line_each(model, capsys):
    model.evaluate(X, Y, batch_size=10)
    model.predict(X, batch_size=10)
    out = capsys.readouterr().out
    assert re.fullmatch(LINE + "\n" + r"4/4 - \d+s - \d+[mu]s/step" + "\n", out)


def test_on_a_terminal_a_bar_moves_and_stays_full(model, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    model.fit(X, Y, batch_size=10, epochs=2)
    last = screen.getvalue().split("\r")[-1]
    assert screen.getvalue().count("\r") >= 4
    assert "Epoch 2/2" in screen.getvalue()
    assert last.startswith("4/4 ━━━━━━━━━━━━━━━━━━━━ ") and "loss: " in last
    assert last.endswith("\n")


def test_on_a_narrow_terminal_no_number_is_lost_at_the_end(model, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "61")
    monkeypatch.setenv("LINES", "20")
    model.fit(X, Y, batch_size=10, validation_data=(X, Y))
    *moving, last = screen.getvalue().split("\r")
    assert max(map(len, moving)) <= 60
    assert re.search(rf"- val_accuracy: {NUMBER} - val_loss: {NUMBER}\n$", last)


def test_small_numbers_are_written_with_an_exponent(model, capsys):
    model.layers[0].set_weights([np.zeros((4, 3)), np.array([9.0, 0.0, 0.0])])
    model.evaluate(X, Y)
    assert re.search(r"loss: 2\.4\d{3}e-04", capsys.readouterr().out)
