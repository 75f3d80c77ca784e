"""Callbacks: what they do, beyond what Keras's replayed trainings say (test_replayed.py)."""

import csv
import math

import numpy as np
import pytest

import numcnn
from numcnn import callbacks, layers
from numcnn.callbacks.base import CallbackList


def model_of_one_layer(metrics=("accuracy",), rate=0.5):
    model = numcnn.Sequential([layers.Dense(2, activation="softmax", input_shape=(3,))], seed=0)
    optimizer = numcnn.optimizers.SGD(rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 3))
    return x, (x[:, 0] > 0).astype(int)


def fit(model, data, *listening, epochs=4, **options):
    return model.fit(*data, epochs=epochs, verbose=0, callbacks=list(listening), **options)


# Callback, CallbackList


def test_the_older_names_of_batch_events_are_heard(data):
    heard = []

    class Older(callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            heard.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            heard.append(("end", batch, sorted(logs)))

    fit(model_of_one_layer(), data, Older(), epochs=1, batch_size=10)
    logs = ["accuracy", "loss"]
    assert heard == [("begin", 0), ("end", 0, logs), ("begin", 1), ("end", 1, logs)]


def test_what_a_callback_puts_into_the_logs_is_seen_by_those_after_it_and_recorded(data):
    seen = []
    add = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=epoch * 2))
    see = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["extra"]))
    end = callbacks.LambdaCallback(on_train_end=lambda logs: seen.append("extra" in logs))
    history = fit(model_of_one_layer(), data, add, see, end, epochs=3)
    assert seen == [0, 2, 4, False]  # as in Keras, the last logs are those of the training
    assert history.history["extra"] == [0, 2, 4]


def test_a_list_of_callbacks_can_drive_a_loop_of_ones_own():
    heard = []
    one = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: heard.append(epoch))
    several = CallbackList([one, callbacks.History()], model=model_of_one_layer(), epochs=2)
    several.on_train_begin()
    for epoch in range(2):
        several.on_epoch_begin(epoch)
        several.on_epoch_end(epoch, {"loss": 1.0})
    assert heard == [0, 1]
    assert several.callbacks[1].history == {"loss": [1.0, 1.0]}
    assert several.callbacks[1].params == {"epochs": 2}


# what is watched


@pytest.mark.parametrize(
    "make",
    [
        callbacks.EarlyStopping,
        callbacks.ReduceLROnPlateau,
        lambda **options: callbacks.ModelCheckpoint("model.safetensors", **options),
    ],
)
def test_a_name_that_does_not_tell_what_is_better_is_refused_before_anything_is_trained(data, make):
    model = model_of_one_layer(rate=10.0)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"cannot tell .* 'val_acc' .* mode=\"min\".*accuracy, lo"):
        fit(model, data, make(monitor="val_acc"))
    np.testing.assert_array_equal(before[0], model.get_weights()[0])
    with pytest.warns(UserWarning, match="mode must be .* got 'most'"):
        make(mode="most")
    with pytest.raises(TypeError, match="monitor must be a name"):
        make(monitor=0)


def test_a_metric_by_its_name_says_that_more_is_better():
    watcher = callbacks.EarlyStopping("val_accuracy")
    watcher.set_model(model_of_one_layer())
    assert watcher.improved(0.6, 0.5) and not watcher.improved(0.5, 0.5)
    watcher = callbacks.EarlyStopping("val_loss")
    watcher.set_model(model_of_one_layer())
    assert watcher.improved(0.5, 0.6) and not watcher.improved(0.5, 0.5)


def val_losses(*values):
    """Return a callback that says what the val_loss of each epoch is."""
    return callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(val_loss=values[epoch])
    )


def test_a_second_training_forgets_the_best_of_the_first(data):
    model = model_of_one_layer()
    stop = callbacks.EarlyStopping(patience=2)
    reduce = callbacks.ReduceLROnPlateau(patience=2)
    fit(model, data, val_losses(0.1, 0.2), stop, reduce, epochs=2)
    history = fit(model, data, val_losses(0.8, 0.7, 0.6), stop, reduce, epochs=3)
    assert history.epoch == [0, 1, 2] and (stop.best, stop.best_epoch) == (0.6, 2)
    assert history.history["learning_rate"] == [0.5] * 3


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: callbacks.EarlyStopping(patience=-1), ValueError, "patience must be at least 0"),
        (lambda: callbacks.EarlyStopping(patience=1.5), TypeError, "patience must be a whole"),
        (lambda: callbacks.EarlyStopping(min_delta="0"), TypeError, "min_delta must be a number"),
        (lambda: callbacks.EarlyStopping(baseline="0"), TypeError, "baseline must be a number"),
        (lambda: callbacks.ReduceLROnPlateau(factor=1.0), ValueError, "factor must be .* below 1"),
        (lambda: callbacks.ModelCheckpoint("model.pkl"), ValueError, r"end in \.keras or"),
        (
            lambda: callbacks.ModelCheckpoint("w.keras", save_weights_only=True),
            ValueError,
            r"weights must end in \.weights\.h5 or \.safetensors or \.h5",
        ),
        (
            lambda: callbacks.ModelCheckpoint("m.safetensors", save_freq="batch"),
            TypeError,
            "save_freq must be a whole number",
        ),
        (lambda: callbacks.LearningRateScheduler(0.1), TypeError, "must be a function of the ep"),
        (lambda: callbacks.CSVLogger("logs.csv", separator="::"), ValueError, "one character"),
        (lambda: callbacks.LambdaCallback(on_nothing=print), TypeError, "no event 'on_nothing'"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(make, error, said):
    with pytest.raises(error, match=said):
        make()


# ModelCheckpoint


def test_a_checkpoint_of_keras_2_saves_after_each_period_of_epochs(data, tmp_path):
    saved = callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.h5", save_weights_only=True, save_best_only=False, period=2
    )
    model_of_one_layer().fit(*data, epochs=5, verbose=0, callbacks=[saved])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["2.h5", "4.h5"]


def test_the_state_of_an_earlier_version_is_enough_to_resume():
    checkpoint = callbacks.ModelCheckpoint("best.safetensors", period=3)
    checkpoint.set_state({"best": 0.5, "batches_since_saving": 2})  # it knew no period
    expected = {"best": 0.5, "batches_since_saving": 2, "epochs_since_saving": 0}
    assert checkpoint.get_state() == expected


# TerminateOnNaN


def test_a_loss_that_is_not_finite_ends_the_epoch_and_the_training(data, capsys):
    model = model_of_one_layer()
    heard = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: heard.append(batch))
    spoil = callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs=None: (
            batch == 2 and model.layers[0].bias.value.fill(np.nan)
        )
    )
    history = fit(model, data, callbacks.TerminateOnNaN(), count, spoil, batch_size=5)
    assert heard == [0, 1, 2] and history.epoch == [0]
    assert math.isnan(history.history["loss"][0])
    assert capsys.readouterr().out == "Batch 2: Invalid loss, terminating training\n"

    with pytest.raises(RuntimeError, match="the loss is nan after batch 0"):
        fit(model, data, callbacks.TerminateOnNaN(raise_error=True))


def test_an_infinite_loss_ends_the_training_too(data, capsys):
    model = numcnn.Sequential([layers.Dense(1, input_shape=(3,))], seed=0)
    model.compile("sgd", "mean_absolute_error")
    model.layers[0].bias.value.fill(np.inf)
    history = fit(model, data, callbacks.TerminateOnNaN(), batch_size=5)
    assert history.history["loss"] == [math.inf] and history.epoch == [0]
    assert capsys.readouterr().out == "Batch 0: Invalid loss, terminating training\n"


# LearningRateScheduler, ReduceLROnPlateau


def test_a_schedule_sets_the_rate_of_each_epoch_and_the_history_records_it(data, capsys):
    model = model_of_one_layer()
    schedule = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1)
    history = fit(model, data, schedule, epochs=3)
    assert history.history["learning_rate"] == [0.25, 0.125, 0.0625]
    assert model.optimizer.learning_rate == 0.0625
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "Epoch 1: LearningRateScheduler setting learning rate to 0.25."


def test_a_schedule_that_gives_no_float_is_refused(data):
    with pytest.raises(ValueError, match=r"schedule\(0, …\) must return a float, got 1\."):
        fit(model_of_one_layer(), data, callbacks.LearningRateScheduler(lambda epoch: 1))


# CSVLogger


def rows(path, **options):
    with path.open(newline="") as file:
        return list(csv.reader(file, **options))


def test_the_table_has_a_row_for_each_epoch_and_can_be_continued(data, tmp_path):
    path = tmp_path / "new" / "logs.csv"
    model = model_of_one_layer()
    history = fit(model, data, callbacks.CSVLogger(path), epochs=2, validation_split=0.2)
    header, *table = rows(path)
    assert header == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [row[0] for row in table] == ["0", "1"]
    assert [float(row[2]) for row in table] == history.history["loss"]

    fit(model, data, callbacks.CSVLogger(path, append=True), epochs=3, initial_epoch=2)
    assert len(rows(path)) == 4 and rows(path)[-1][3:] == ["NA", "NA"]
    fit(model, data, callbacks.CSVLogger(path, separator=";"), epochs=1)
    assert [row[:1] for row in rows(path, delimiter=";")] == [["epoch"], ["0"]]


def test_a_table_that_cannot_be_written_stops_before_training(data, tmp_path):
    model = model_of_one_layer()
    before = model.get_weights()
    with pytest.raises(IsADirectoryError):
        fit(model, data, callbacks.CSVLogger(tmp_path))
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_several_numbers_of_one_name_share_a_cell(tmp_path):
    logger = callbacks.CSVLogger(tmp_path / "logs.csv")
    logger.on_train_begin()
    logger.on_epoch_end(0, {"each": np.array([0.5, 0.25]), "one": np.array(0.5), "word": "yes"})
    cells = rows(tmp_path / "logs.csv")[1]
    assert cells == ["0", '"[0.5, 0.25]"', "0.5", "yes", "NA", "NA", "NA"]
    with pytest.raises(ValueError, match="after its on_train_begin"):
        callbacks.CSVLogger(tmp_path / "logs.csv").on_epoch_end(1, {"one": 1.0})


def test_every_event_has_logs_and_the_history_says_what_it_has():
    """Keras's guide to callbacks asks for ``logs.keys()`` in each."""
    seen = set()

    class Listens(numcnn.callbacks.Callback):
        pass

    def listener(event):
        return lambda self, *arguments: seen.add((event, type(arguments[-1])))

    for event in numcnn.callbacks.base.EVENTS:
        setattr(Listens, event, listener(event))
    model = numcnn.Sequential([numcnn.layers.Dense(2, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["accuracy"])
    x, y, listens = np.ones((4, 3)), np.ones((4, 2)), [Listens()]
    history = model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=listens).history
    model.predict(x, verbose=0, callbacks=listens)
    assert seen == {(event, dict) for event in numcnn.callbacks.base.EVENTS}
    with pytest.raises(KeyError, match=r"called 'val_accuracy', as in Keras since 2\.3"):
        history["val_acc"]
    with pytest.raises(KeyError, match="it has accuracy, loss, val_accuracy, val_loss"):
        history["lr"]
    assert history.get("acc") is None and history == dict(history)
