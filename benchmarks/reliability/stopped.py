"""Trainings that are stopped at every epoch, and within one: what goes on ends in the same bytes.

    python -m benchmarks.reliability.stopped [--epochs 6]

A training with `BackupAndRestore` is broken off at each of its epochs, at its end and amid it, and
begun again by a new model.  The weights, the optimizer's state and the history must be those of a
training that was never stopped, on each engine.

The control goes on from the saved weights only, without the optimizer's state: it must be noticed.
"""

import argparse
import itertools
import tempfile
from typing import Any

import numcnn
from benchmarks.reliability.killed import fingerprint, training
from numcnn import callbacks

BATCHES = 8


class StopError(Exception):
    """What breaks a training off."""


class Stop(callbacks.Callback):
    """Breaks a training off after a number of batches of an epoch."""

    def __init__(self, epoch: int, batches: int) -> None:
        super().__init__()
        self.at, self.epoch, self.batches = epoch, 0, batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == (self.at, self.batches):
            raise StopError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=6)
    epochs = parser.parse_args().epochs
    tried = good = different = 0
    for engine in ("fast", "reference"):
        with numcnn.use_engine(engine):
            whole = ended(epochs)
            for at, batch, freq in itertools.product(range(epochs), (0, 3, 7), ("epoch", 2)):
                same = stopped(epochs, at, batch, freq) == whole
                tried, good = tried + 1, good + same
                if not same:
                    print(
                        f"{engine}, epoch {at}, batch {batch}, saved at every {freq}: other bytes"
                    )
                different += at > 0 and from_weights(epochs, at).split()[0] != whole.split()[0]
    print(f"trainings that were stopped: {good} of {tried} ended with the same bytes")
    noticed = f"{different} ended with other bytes" if different else "NOT noticed"
    print(f"control, without the optimizer's state: {noticed}")
    if good < tried or not different:
        raise SystemExit("not as it should be")


def ended(epochs: int, *listening: callbacks.Callback, model: Any = None, start: int = 0) -> str:
    """Train, and return what has come of it."""
    fresh, x, y = training()
    model = model or fresh
    history = model.fit(
        x,
        y,
        batch_size=len(x) // BATCHES,
        epochs=epochs,
        initial_epoch=start,
        verbose=0,
        callbacks=list(listening),
    )
    return f"{fingerprint(model)} {history.epoch} {history.history}"


def stopped(epochs: int, at: int, batch: int, freq: Any) -> str:
    """Break a training off and begin it again; return what has come of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            ended(epochs, callbacks.BackupAndRestore(folder, freq), Stop(at, batch))
        except StopError:
            return ended(epochs, callbacks.BackupAndRestore(folder, freq))
        raise AssertionError("it was not stopped")


def from_weights(epochs: int, at: int) -> str:
    """Go on from weights alone, as one does who keeps nothing else."""
    model, x, y = training()
    model.fit(x, y, batch_size=len(x) // BATCHES, epochs=at, verbose=0)
    other, _, _ = training()
    other.set_weights(model.get_weights())
    return ended(epochs, model=other, start=at)


if __name__ == "__main__":
    main()
