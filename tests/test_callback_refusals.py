"""Arguments of callbacks that would fail in the middle of a training, and unusual logs."""

import numpy as np
import pytest

from numcnn import callbacks, layers
from numcnn.sequential import Sequential

X = np.random.default_rng(0).random((4, 3)).astype(np.float32)
Y = np.arange(4.0)
VERBOSE = {
    callbacks.ModelCheckpoint: {"filepath": "a.keras"},
    callbacks.LearningRateScheduler: {"schedule": lambda epoch: 0.1},
    callbacks.EarlyStopping: {},
    callbacks.ReduceLROnPlateau: {},
}


def fitted(verbose=0, **options):
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    return model.fit(X, Y, verbose=verbose, **options)


def test_none_is_no_function_of_an_event():
    seen = []
    made = callbacks.LambdaCallback(on_epoch_end=None, on_train_end=seen.append)
    assert len(fitted(callbacks=[made]).history["loss"]) == len(seen) == 1


@pytest.mark.parametrize("function", [5, "a", []])
def test_what_is_no_function_is_refused(function):
    with pytest.raises(TypeError, match="on_epoch_end must be a function, got"):
        callbacks.LambdaCallback(on_epoch_end=function)
    made = callbacks.Callback()
    made.on_epoch_end = function
    with pytest.raises(TypeError, match="on_epoch_end of Callback must be a method, got"):
        fitted(callbacks=[made])


@pytest.mark.parametrize("kind", VERBOSE)
@pytest.mark.parametrize("verbose", [None, "x", []])
def test_verbose_is_a_number(kind, verbose):
    with pytest.raises(TypeError, match="verbose must be a whole number, got"):
        kind(**VERBOSE[kind], verbose=verbose)
    assert kind(**VERBOSE[kind], verbose=True).verbose == 1


@pytest.mark.parametrize("value", ["x", True, [1]])
def test_a_threshold_is_a_number(value):
    with pytest.raises(TypeError, match="initial_value_threshold must be a number, got"):
        callbacks.ModelCheckpoint("a.keras", initial_value_threshold=value)
    assert callbacks.ModelCheckpoint("a.keras", initial_value_threshold=-np.inf).best == -np.inf


@pytest.mark.parametrize(
    "filepath",
    ["a{}.keras", "a{0}.keras", "a{.keras", "a}.keras", "a{epoch:q}.keras", "{val_loss:d}.keras"],
)
def test_a_filepath_is_tried_before_the_training(filepath):
    with pytest.raises(ValueError, match=r"cannot be filled in .* braces hold a name and a format"):
        callbacks.ModelCheckpoint(filepath)


def test_a_filepath_may_ask_for_anything_in_the_logs(tmp_path):
    class Logged(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["count"] = 7

    saving = callbacks.ModelCheckpoint(
        tmp_path / "{epoch:02d}-{loss:.1f}-{count:d}.safetensors", monitor="loss"
    )
    loss = fitted(callbacks=[Logged(), saving]).history["loss"][0]
    assert [path.name for path in tmp_path.iterdir()] == [f"01-{loss:.1f}-7.safetensors"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(np.array([1.0, 2.0]), "1.5000"), ("good", "'good'"), (None, "None"), (np.zeros(2), "0.0")],
)
def test_anything_may_be_in_the_logs(value, shown, capsys):
    class Logged(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["extra"] = value

    history = fitted(verbose=1, callbacks=[Logged()]).history
    assert history["extra"][0] is value
    assert f"extra: {shown}" in capsys.readouterr().out
