"""Programs that the tests start in several processes: ``mpiexec -n N python -m mpi4py FILE NAME``.

Each is a function; what it asserts holds in every rank.
"""

import copy
import os
import sys
import threading
from pathlib import Path

import numpy as np

import numcnn
from numcnn import callbacks, layers, parallel

rng = np.random.default_rng(0)
x = rng.random((131, 10, 10, 1))  # batches of 32: the last one has 3 samples
y = rng.integers(0, 10, 131)
weight = rng.random(131)
RANK, SIZE = parallel.rank(), parallel.size()
FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()


def network(dtype="float64", seed=3, units=8, extra=()):
    model = numcnn.Sequential(
        [
            layers.Input((10, 10, 1)),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
            layers.MaxPooling2D(2),
            *extra,
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(units, activation="tanh", activity_regularizer="l2"),
            layers.Dense(10, activation="softmax"),
        ],
        seed=seed,
        dtype=dtype,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


OPTIONS = {"batch_size": 32, "epochs": 3, "verbose": 0}


def same_in_all_ranks(model):
    weights = b"".join(array.tobytes() for array in model.get_weights())
    assert len(set(parallel.mpi().COMM_WORLD.allgather(weights))) == 1


def like_one_process(dtype="float64", tolerance=1e-12, fit=None, **options):
    """Train alone and together; compare histories, and the weights of all ranks."""
    options = OPTIONS | options
    alone, together = network(dtype), network(dtype, seed=3 if RANK == 0 else None)
    expected = alone.fit(x, y, **options).history
    history = parallel.fit(together, x, y, **options)
    assert list(history.history) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history.history[name], values, rtol=0, atol=tolerance)
    same_in_all_ranks(together)
    for layer in together.layers:
        assert isinstance(layer.rng, np.random.Generator)
    return together


def equal():
    model = like_one_process(validation_split=0.2, sample_weight=weight)
    np.testing.assert_allclose(
        parallel.evaluate(model, x, y, batch_size=50, verbose=0),
        model.evaluate(x, y, batch_size=50, verbose=0),
        rtol=1e-12,
    )
    like_one_process("float32", 1e-5, class_weight={3: 2.0}, validation_data=(x[:30], y[:30]))
    like_one_process(steps_per_epoch=3)


def ordered():
    model = network("float32")
    parallel.fit(model, x, y, ordered=True, **OPTIONS)
    same_in_all_ranks(model)
    if RANK == 0:
        weights = np.concatenate([array.ravel() for array in model.get_weights()])
        (FOLDER / "weights").write_bytes(weights.tobytes())


def generated():
    def batches():
        while True:
            for start in range(0, 128, 32):
                yield x[start : start + 32], y[start : start + 32]

    options = {"steps_per_epoch": 3, "epochs": 3, "verbose": 0}
    expected = network().fit(batches(), **options).history
    history = parallel.fit(network(), batches(), **options).history
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-12)


def statistics():
    """Batch normalization: a rank uses its own mean; the running mean is that of all ranks."""
    model = network(extra=[layers.BatchNormalization(momentum=0.0)])
    model.optimizer.learning_rate = 0.0
    parallel.fit(model, x[:32], y[:32], batch_size=32, verbose=0)
    same_in_all_ranks(model)
    inputs = numcnn.Sequential(model.layers[:2], dtype="float64").predict(x[:32], verbose=0)
    np.testing.assert_allclose(
        model.layers[2].parameters[2].value, inputs.mean((0, 1, 2)), rtol=1e-10
    )


def called_back():
    """Callbacks run in rank 0 only; whatever they change holds in all ranks."""
    assert_rank_0 = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(RANK))
    seen = []
    rates = callbacks.LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1))
    halved = Halved()
    stop = callbacks.EarlyStopping("loss", patience=0, mode="max", restore_best_weights=True)
    model = network()
    given = [rates, assert_rank_0, halved, stop]
    history = parallel.fit(model, x, y, callbacks=given, **OPTIONS | {"epochs": 9})
    assert len(history.epoch) == 2
    assert seen == [0, 0] * (RANK == 0)
    assert model.optimizer.learning_rate == 0.01 / 2 / 2**5
    same_in_all_ranks(model)
    (FOLDER / f"rank {RANK}").write_text(str(history.history))


class Halved(callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = self.model.optimizer.learning_rate / 2


class StopAt(callbacks.Callback):
    def __init__(self, epoch, batch):
        super().__init__()
        self.at, self.epoch = (epoch, batch), 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise RuntimeError("the power fails")


def interrupted():
    backup = callbacks.BackupAndRestore(FOLDER / "backup", save_freq=1)
    parallel.fit(network(), x, y, callbacks=[StopAt(1, 2), backup], **OPTIONS)


def resumed():
    expected = network().fit(x, y, **OPTIONS).history
    backup = callbacks.BackupAndRestore(FOLDER / "backup", save_freq=1)
    seen = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    history = parallel.fit(network(), x, y, callbacks=[count, backup], **OPTIONS).history
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=0, atol=1e-12)
    assert seen == [2, 3, 4, 0, 1, 2, 3, 4] * (RANK == 0)


def not_a_number():
    """A NaN in the part of one rank ends the training in all of them."""

    def batches():
        inputs = x[:32].copy()
        for batch in range(10):
            inputs[31] = np.nan if batch == 3 else 0.0  # a sample of the last rank
            yield inputs, y[:32]

    options = {"steps_per_epoch": 2, "epochs": 5, "verbose": 0}
    history = parallel.fit(network(), batches(), callbacks=callbacks.TerminateOnNaN(), **options)
    assert len(history.epoch) == 2
    assert np.isnan(history.history["loss"][-1])


def measured_and_copied_in_a_callback():
    """A callback of rank 0 may measure, predict and copy by itself; the others wait."""
    model, seen = network(), []

    def measure(epoch, logs):
        copied = copy.deepcopy(model) if "val_loss" in logs else model
        if copied is not model:
            copied.fit(x[:8], y[:8], verbose=0)
        seen.append(model.evaluate(x[:20], y[:20], verbose=0)[0])
        assert (copied.predict(x[:5]) == model.predict(x[:5])).all() == (copied is model)

    within = callbacks.LambdaCallback(on_epoch_end=measure, on_train_batch_end=measure)
    parallel.fit(model, x, y, validation_data=(x[:9], y[:9]), callbacks=iter([within]), **OPTIONS)
    assert len(seen) == (3 * 6 if RANK == 0 else 0)
    same_in_all_ranks(model)


# --- mistakes: each ends in every rank, and soon --------------------------------------------------


def other_data():
    parallel.fit(network(), x + (RANK == 1), y, **OPTIONS)


def other_model():
    parallel.fit(network(units=8 + RANK), x, y, **OPTIONS)


def refused_in_one_rank():
    parallel.fit(network(), x[:, :9] if RANK == 1 else x, y, **OPTIONS)


def refused_in_all():
    try:
        parallel.fit(network(), x[:, :9], y, **OPTIONS)
    except ValueError as error:
        assert "the model takes x of shape" in str(error)
        parallel.fit(network(), x, y, **OPTIONS)  # it can be repeated with better data
    else:
        raise AssertionError("not refused")


def few_samples():
    parallel.fit(network(), x, y, batch_size=1)


def other_number_of_batches():
    def batches():
        for start in range(0, 96 if RANK == 1 else 128, 32):
            yield x[start : start + 32], y[start : start + 32]

    parallel.fit(network(), batches(), epochs=1, verbose=0)


def failing():
    parallel.fit(network(), x, y, callbacks=[StopAt(1, 2)], **OPTIONS)


def dying():
    backup = callbacks.BackupAndRestore(FOLDER / "backup", save_freq=1)
    if RANK == 1:
        threading.Timer(1.0, os._exit, [9]).start()
    parallel.fit(network(), x, y, callbacks=[backup], **OPTIONS | {"epochs": 10**6})


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print(f"rank {RANK} of {SIZE} is done\n", end="", flush=True)
