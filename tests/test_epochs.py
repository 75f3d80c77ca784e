"""Epochs of steps_per_epoch batches: each goes on where the one before has ended, as in Keras."""

import warnings

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.callbacks import BackupAndRestore, Callback, LambdaCallback
from numcnn.optimizers import SGD
from numcnn.utils import Sequence

X, Y, SIZE, BATCHES = np.arange(10.0).reshape(-1, 1), np.zeros((10, 1)), 2, 5
WHOLE = 28.5  # the mean of the squares from 0 to 9
FIRST, SECOND, REST = 3.5, 31.5, 72.5  # of 0 to 3, of 4 to 7, of 8 and 9


def identity(rate=0.0):
    """Return a model whose loss is the mean of the squares of its inputs."""
    model = numcnn.Sequential(
        [layers.Dense(1, use_bias=False, kernel_initializer="ones", input_shape=(1,))], seed=0
    )
    model.compile(SGD(rate), "mse")
    return model


def batch(number):
    rows = slice(number * SIZE, (number + 1) * SIZE)
    return X[rows], Y[rows]


class ByNumber(Sequence):
    def __init__(self):
        super().__init__()
        self.asked, self.epochs = [], 0

    def __len__(self):
        return BATCHES

    def __getitem__(self, index):
        self.asked.append(index)
        return batch(index)

    def on_epoch_end(self):
        self.epochs += 1


class Anew:
    """Batches that can be iterated over again; nobody knows how many there are."""

    def __iter__(self):
        return (batch(number) for number in range(BATCHES))


SOURCES = {
    "arrays": lambda: {"x": X, "y": Y, "batch_size": SIZE},
    "Sequence": lambda: {"x": ByNumber()},
    "iterable": lambda: {"x": Anew()},
}


def losses(source, epochs, steps, **options):
    """Return the loss of each epoch, and how often the end of the data was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = identity().fit(
            **SOURCES[source](),
            epochs=epochs,
            steps_per_epoch=steps,
            verbose=0,
            **{"shuffle": False, **options},
        )
    assert all("the data ended after" in str(warning.message) for warning in caught)
    assert {warning.filename for warning in caught} <= {__file__}
    assert history.params["steps"] == steps
    return history.history["loss"], len(caught)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("steps", "expected", "warned"),
    [
        (2, [FIRST, SECOND, REST, FIRST, SECOND], 1),
        (5, [WHOLE, WHOLE, WHOLE], 0),
        (7, [WHOLE, WHOLE, WHOLE], 3),
        (1, [0.5, 6.5, 20.5, 42.5, 72.5, 0.5, 6.5], 0),
    ],
)
def test_an_epoch_goes_on_where_the_last_one_ended(source, steps, expected, warned):
    assert losses(source, len(expected), steps) == (expected, warned)


@pytest.mark.parametrize("source", ["arrays", "Sequence"])
def test_shuffled_epochs_take_every_batch_once_before_any_again(source):
    seen, _ = losses(source, epochs=10, steps=1, shuffle=True)
    for one_pass in (seen[:5], seen[5:]):
        assert np.mean(one_pass) == pytest.approx(WHOLE)
    assert seen[:5] != seen[5:]


@pytest.mark.filterwarnings("ignore:the data ended after")
def test_a_sequence_hears_of_every_epoch_and_is_asked_for_no_batch_twice():
    source = ByNumber()
    identity().fit(source, epochs=3, steps_per_epoch=2, shuffle=False, verbose=0)
    assert source.asked == [0, 0, 1, 2, 3, 4]  # the first to see the shape of the samples
    assert source.epochs == 3


@pytest.mark.parametrize("source", SOURCES)
def test_a_validation_begins_anew_each_time(source):
    validation = SOURCES[source]()
    data = validation["x"] if source != "arrays" else (X, Y)
    history = identity().fit(
        X,
        Y,
        SIZE,
        epochs=3,
        verbose=0,
        validation_data=data,
        validation_steps=2,
        validation_batch_size=SIZE,
    )
    assert history.history["val_loss"] == [FIRST] * 3


@pytest.mark.parametrize("source", SOURCES)
def test_an_evaluation_of_more_steps_than_there_are_says_so(source):
    with pytest.warns(UserWarning, match=r"ended after 5 of (the )?9 "):
        assert identity().evaluate(**SOURCES[source](), steps=9, verbose=0) == WHOLE


def test_the_held_out_samples_are_no_part_of_a_pass():
    seen, warned = losses("arrays", epochs=4, steps=2, validation_split=0.2)
    assert (seen, warned) == ([FIRST, SECOND, FIRST, SECOND], 0)


def test_another_fit_begins_anew():
    model = identity()
    for _ in range(2):
        history = model.fit(X, Y, SIZE, steps_per_epoch=2, shuffle=False, verbose=0)
        assert history.history["loss"] == [FIRST]


class PowerCutError(Exception):
    pass


class StopAfter(Callback):
    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise PowerCutError


def trained(source, folder, stop_after, save_freq, shuffle):
    model = identity(rate=0.001)
    losses_of_batches = []
    note = LambdaCallback(on_train_batch_end=lambda batch, logs: losses_of_batches.append(logs))
    history = model.fit(
        **SOURCES[source](),
        epochs=6,
        steps_per_epoch=2,
        shuffle=shuffle,
        verbose=0,
        callbacks=[note, BackupAndRestore(folder, save_freq), StopAfter(stop_after)],
    )
    return history.history, model.get_weights()[0].tobytes(), losses_of_batches[-1]


@pytest.mark.filterwarnings("ignore:the data ended after")
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("save_freq", ["epoch", 1])
@pytest.mark.parametrize("source", SOURCES)
def test_a_training_that_was_stopped_goes_on_in_the_midst_of_a_pass(
    tmp_path, source, save_freq, shuffle
):
    expected = trained(source, tmp_path / "whole", 0, save_freq, shuffle)
    for stop_after in range(1, 11):
        folder = tmp_path / str(stop_after)
        with pytest.raises(PowerCutError):
            trained(source, folder, stop_after, save_freq, shuffle)
        assert trained(source, folder, 0, save_freq, shuffle) == expected
