"""BackupAndRestore: a training that is stopped anywhere ends as if it had not been."""

import numpy as np
import pytest

import numcnn
from numcnn import callbacks, layers
from numcnn.callbacks import backup
from numcnn.callbacks.backup import NEWEST, PREVIOUS
from numcnn.models import ModelFileError

RNG = np.random.default_rng(0)
X = RNG.random((40, 6, 6, 1), dtype=np.float32)
Y = RNG.integers(0, 3, 40)
EPOCHS, BATCHES = 5, 4  # 32 samples to train on, 10 in a batch


def compiled(units=3):
    model = numcnn.Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", input_shape=(6, 6, 1)),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(units, activation="softmax"),
        ],
        seed=1,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class PowerCutError(Exception):
    pass


class StopAfter(callbacks.Callback):
    """Ends a training after so many events, in the way of a power cut: nobody hears of an end."""

    def __init__(self, events):
        super().__init__()
        self.left = events

    def count(self, *arguments, **named):
        self.left -= 1
        if self.left == 0:
            raise PowerCutError

    on_train_batch_end = on_test_begin = on_epoch_end = on_epoch_begin = count


def train(folder, stop_after=0, save_freq="epoch", **options):
    """Run the program, and return all that it leads to."""
    model = compiled()
    listening = [
        callbacks.EarlyStopping("loss", patience=3, min_delta=0.01, restore_best_weights=True),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.01),
        callbacks.CSVLogger(folder / "logs.csv"),
        callbacks.ModelCheckpoint(folder / "{epoch}.safetensors", "loss", save_best_only=True),
        StopAfter(stop_after),
        callbacks.BackupAndRestore(folder / "backup", save_freq, **options),
    ]
    history = model.fit(
        X, Y, batch_size=10, epochs=EPOCHS, validation_split=0.2, verbose=0, callbacks=listening
    )
    return {
        "weights": [weights.tobytes() for weights in model.get_weights()],
        "history": history.history,
        "epochs": history.epoch,
        "rate": model.optimizer.learning_rate,
        "chance": [str(layer.rng.bit_generator.state) for layer in model.layers],
        "files": {file.name: file.read_bytes() for file in folder.iterdir()},
    }


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    outcome = train(tmp_path_factory.mktemp("uninterrupted"))
    assert outcome["epochs"] == list(range(EPOCHS))
    assert set(outcome["files"]) > {"logs.csv", "1.safetensors"}
    assert "backup" not in outcome["files"]
    return outcome


@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("stop_after", range(1, EPOCHS * (BATCHES + 3) + 1, 2))
def test_a_training_stopped_anywhere_ends_with_the_same_bytes(
    tmp_path, uninterrupted, save_freq, stop_after
):
    with pytest.raises(PowerCutError):
        train(tmp_path, stop_after, save_freq)
    assert train(tmp_path, save_freq=save_freq) == uninterrupted


def test_a_training_stopped_again_and_again_still_ends_with_the_same_bytes(tmp_path, uninterrupted):
    # seven events are an epoch's end, the beginning of the next, and two batches that are kept
    stops = 0
    outcome = None
    while outcome is None and stops < 50:
        try:
            outcome = train(tmp_path, stop_after=7, save_freq=2)
        except PowerCutError:
            stops += 1
    assert stops > 5
    assert outcome == uninterrupted


def test_without_the_backup_the_end_is_another_one(tmp_path, uninterrupted):
    with pytest.raises(PowerCutError):
        train(tmp_path, stop_after=12)
    (tmp_path / "backup" / NEWEST).unlink()
    outcome = train(tmp_path)
    assert outcome == uninterrupted  # from the beginning, with the same seed
    model = compiled()
    model.fit(X, Y, batch_size=10, epochs=EPOCHS, validation_split=0.2, verbose=0, initial_epoch=1)
    assert [weights.tobytes() for weights in model.get_weights()] != uninterrupted["weights"]


def test_the_state_before_the_last_serves_when_the_last_cannot_be_read(tmp_path, uninterrupted):
    with pytest.raises(PowerCutError):
        train(tmp_path, stop_after=24, double_checkpoint=True)
    newest, previous = tmp_path / "backup" / NEWEST, tmp_path / "backup" / PREVIOUS
    assert previous.exists()
    read = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(backup, "load_training", lambda file, *rest: read.append(file))
        again = callbacks.BackupAndRestore(tmp_path / "backup", double_checkpoint=True)
        again.set_model(None)
        assert again._restored()
    assert read == [newest]  # the one before it only if that can't be read
    newest.write_bytes(newest.read_bytes()[:-1])
    assert train(tmp_path, double_checkpoint=True) == uninterrupted

    with pytest.raises(PowerCutError):
        train(tmp_path, stop_after=24)
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.raises(ModelFileError, match=r"training\.safetensors"):
        train(tmp_path)


def test_a_complete_training_leaves_its_state_only_if_asked(tmp_path):
    model = compiled()
    backup = callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    model.fit(X, Y, epochs=EPOCHS, verbose=0, callbacks=[backup])
    assert (tmp_path / "backup" / NEWEST).exists()
    model = compiled()
    backup = callbacks.BackupAndRestore(tmp_path / "backup")
    history = model.fit(X, Y, epochs=EPOCHS, verbose=0, callbacks=[backup])
    assert history.epoch == list(range(EPOCHS))  # nothing was left to do
    assert not (tmp_path / "backup").exists()


def test_the_state_of_another_model_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(PowerCutError):
        train(tmp_path, stop_after=12)
    model = compiled(units=4)
    before = model.get_weights()
    with pytest.raises(ModelFileError, match="is of another model"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path / "backup")])
    np.testing.assert_array_equal(before[-2], model.get_weights()[-2])
    numcnn.Sequential(compiled().layers).save_weights(tmp_path / "backup" / NEWEST)
    with pytest.raises(ModelFileError, match="and not a training's state"):
        compiled().fit(X, Y, verbose=0, callbacks=callbacks.BackupAndRestore(tmp_path / "backup"))


@pytest.mark.parametrize("arguments", [("",), ("folder", 0), ("folder", "batch")])
def test_bad_arguments_are_refused(arguments):
    with pytest.raises((ValueError, TypeError), match=r"backup_dir|save_freq"):
        callbacks.BackupAndRestore(*arguments)
