"""TensorBoard: what the callback writes is what TensorBoard itself reads."""

import sys

import numpy as np
import pytest

import numcnn
from numcnn import callbacks, layers

X = np.linspace(-1, 1, 24).reshape(12, 2).astype(np.float32)
Y = np.arange(12) % 2


def trained(*using, **options):
    model = numcnn.Sequential([layers.Dense(2, activation="softmax", input_shape=(2,))], seed=1)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(X, Y, batch_size=4, verbose=0, callbacks=list(using), **options).history


def test_what_is_written_is_read_by_tensorboard(tmp_path):
    pytest.importorskip("tensorboardX")
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    board = callbacks.TensorBoard(tmp_path / "logs", histogram_freq=2, update_freq=2)
    history = trained(board, epochs=3, validation_data=(X, Y))
    found = {}
    for folder in ("train", "validation"):
        events = reading.EventAccumulator(str(tmp_path / "logs" / folder), {"histograms": 0})
        events.Reload()
        found[folder] = {name: events.Scalars(name) for name in events.Tags()["scalars"]}
        if folder == "train":
            assert set(events.Tags()["histograms"]) == {
                "dense/kernel/histogram",
                "dense/bias/histogram",
            }
            assert [event.step for event in events.Histograms("dense/bias/histogram")] == [0, 2]
    epochs = {"epoch_loss", "epoch_accuracy"}
    assert found["train"].keys() == epochs | {"epoch_learning_rate", "batch_loss", "batch_accuracy"}
    assert found["validation"].keys() == epochs
    for folder, prefix in (("train", ""), ("validation", "val_")):
        for name in ("loss", "accuracy"):
            events = found[folder][f"epoch_{name}"]
            assert [event.step for event in events] == [0, 1, 2]
            np.testing.assert_allclose(
                [event.value for event in events], history[prefix + name], rtol=1e-6
            )
    assert [event.step for event in found["train"]["batch_loss"]] == [1, 3, 5, 7]


def test_without_the_writer_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.warns(UserWarning, match=r'writes nothing, .* pip install "numcnn\[tensorboard\]"'):
        history = trained(callbacks.TensorBoard(tmp_path, batch_size=32), epochs=2)
    assert len(history["loss"]) == 2 and not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match="no argument 'logdir'"):
        callbacks.TensorBoard(logdir="logs")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update_freq": "epochs"}, 'must be "epoch", "batch" or a number'),
        ({"embeddings_freq": 1}, "no embeddings"),
        ({"histogram_freq": -1}, "histogram_freq must be at least 0"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.TensorBoard(**options)
