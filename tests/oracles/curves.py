"""Scripted trainings: what callbacks decide, say and write when the logs take a given course.

`replay` runs the same program with Keras's and with numcnn's: a training of one small layer, where
the first callback overwrites the logs of every epoch with those of the script, and the weights with
the epoch's number, so that it can be told later which epoch's weights a model or a file holds.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Script(NamedTuple):
    """The logs of each epoch, by name, and the arguments of the callbacks that listen."""

    logs: dict[str, list[float]]
    stop: dict[str, Any] | None = None
    checkpoint: dict[str, Any] | None = None
    reduce: dict[str, Any] | None = None
    schedule: Callable[..., float] | None = None


def course(*values: float, name: str = "val_loss") -> dict[str, list[float]]:
    return {name: list(values)}


NAN, INF = math.nan, math.inf
FALLING = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
VALLEY = (1.0, 0.6, 0.5, 0.55, 0.52, 0.6, 0.7)
STAIRS = (1.0, 1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7)
NOISY = (0.9, 1.1, 0.8, 0.85, 0.79, 0.95, 0.78, 0.9, 0.9, 0.9, 0.77, 0.9)
HILL = (0.1, 0.4, 0.6, 0.55, 0.6, 0.5, 0.4)
FLAT = (0.5,) * 9
BEST = {"save_best_only": True}
EVERY = {"filepath": "{epoch:02d}-{val_loss:.2f}.weights.h5", "save_weights_only": True}

SCRIPTS = {
    "falling": Script(course(*FALLING), {"patience": 2}, BEST, {"patience": 2}),
    "a valley, patience 0": Script(course(*VALLEY), {}, BEST, {"patience": 0}),
    "a valley, patience 1": Script(course(*VALLEY), {"patience": 1}, BEST, {"patience": 1}),
    "a valley, patience 2": Script(course(*VALLEY), {"patience": 2}, BEST, {"patience": 2}),
    "a valley, patience 9": Script(course(*VALLEY), {"patience": 9}, BEST),
    "a valley, not restored": Script(
        course(*VALLEY), {"patience": 2, "restore_best_weights": False}, EVERY
    ),
    "it gets worse at once": Script(course(0.5, 0.6, 0.7, 0.8), {"patience": 0}, BEST),
    "nothing ever happens": Script(course(*FLAT), {"patience": 3}, BEST, {"patience": 2}),
    "nothing happens, no delta": Script(
        course(*FLAT), {"patience": 5}, EVERY, {"patience": 2, "min_delta": 0}
    ),
    "steps too small to count": Script(
        course(1.0, 0.9995, 0.999, 0.9985, 0.998, 0.9975),
        {"patience": 3, "min_delta": 0.001},
        BEST,
        {"patience": 1, "min_delta": 0.001},
    ),
    "steps just as large as the delta": Script(
        course(0.9, 0.8, 0.7, 0.6, 0.5, 0.4),
        {"patience": 3, "min_delta": 0.1},
        None,
        {"patience": 2, "min_delta": 0.1},
    ),
    "a negative delta is a delta": Script(
        course(1.0, 0.95, 0.85, 0.8), {"patience": 2, "min_delta": -0.1}, BEST
    ),
    "differences below float32": Script(
        course(0.5, 0.5 - 1e-9, 0.5 - 2e-9, 0.5 - 3e-9),
        {"patience": 2},
        BEST,
        {"patience": 1, "min_delta": 0},
    ),
    "stairs": Script(course(*STAIRS), {"patience": 3}, BEST, {"patience": 2}),
    "stairs with cooldown": Script(
        course(*STAIRS), None, EVERY, {"patience": 1, "cooldown": 2, "factor": 0.5}
    ),
    "noise": Script(course(*NOISY), {"patience": 3}, BEST, {"patience": 2, "factor": 0.3}),
    "noise with cooldown": Script(
        course(*NOISY), {"patience": 4}, BEST, {"patience": 1, "cooldown": 1}
    ),
    "down to the least rate": Script(
        course(*FLAT), None, None, {"patience": 1, "factor": 0.2, "min_lr": 0.001}
    ),
    "a rate below the least": Script(course(*FLAT), None, None, {"patience": 1, "min_lr": 0.5}),
    "a baseline that is never reached": Script(
        course(*FALLING), {"patience": 3, "baseline": 0.4}, BEST
    ),
    "a baseline that is reached": Script(course(*VALLEY), {"patience": 3, "baseline": 0.7}, BEST),
    "a baseline and no better epoch": Script(
        course(0.9, 1.0, 1.1), {"patience": 2, "baseline": 0.5}, BEST
    ),
    "a start that is not looked at": Script(
        course(0.1, 0.9, 0.8, 0.85, 0.9, 0.95),
        {"patience": 2, "start_from_epoch": 2},
        {"save_best_only": True, "initial_value_threshold": 0.85},
    ),
    "a threshold nobody passes": Script(
        course(*FALLING), None, {"save_best_only": True, "initial_value_threshold": 0.1}
    ),
    "accuracy, told by its name": Script(
        course(*HILL, name="val_accuracy"),
        {"monitor": "val_accuracy", "patience": 2},
        {"monitor": "val_accuracy", "filepath": "{epoch}.keras", "save_best_only": True},
        {"monitor": "val_accuracy", "patience": 2},
    ),
    "more is better": Script(
        course(*HILL, name="score"),
        {"monitor": "score", "mode": "max", "patience": 3, "min_delta": 0.05},
        {"monitor": "score", "mode": "max", "save_best_only": True, "filepath": "b/{score}.h5"},
        {"monitor": "score", "mode": "max", "patience": 1, "min_delta": 0.05},
    ),
    "NaN in the middle": Script(course(1.0, NAN, 0.9, NAN, NAN, 0.8), {"patience": 2}, BEST),
    "NaN first": Script(course(NAN, 0.5, 0.4, 0.3), {"patience": 2}, BEST, {"patience": 1}),
    "infinite, then finite": Script(
        course(INF, INF, 1.0, 2.0, 3.0), {"patience": 3}, BEST, {"patience": 2}
    ),
    "a name that is not there": Script(
        course(*FALLING[:3]),
        {"monitor": "val_f1", "mode": "max"},
        {"monitor": "val_f1", "mode": "max", "save_best_only": True},
        {"monitor": "val_f1", "mode": "max"},
    ),
    "the training loss, and a schedule": Script(
        {"loss": [1.0, 0.5, 0.6, 0.7, 0.8]},
        {"monitor": "loss", "patience": 3},
        {"monitor": "loss", "save_best_only": True, "filepath": "{epoch:03d}_{loss:.3f}.keras"},
        schedule=lambda epoch, rate: rate * 0.9,
    ),
    "a schedule of the epoch alone": Script(
        course(*FALLING), None, None, {"patience": 1}, schedule=lambda epoch: 0.1 / (1 + epoch)
    ),
}


def replay(script: Script, keras: Any, load_weights: Callable[[Any, str], None]) -> dict[str, Any]:
    """Run a script in the current folder, with Keras or numcnn; return what can be seen of it."""
    callbacks = keras.callbacks
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.01), "mean_squared_error", metrics=["accuracy"])
    epochs = len(next(iter(script.logs.values())))

    class Prompter(callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            for name in list(logs):
                del logs[name]
            logs |= {name: values[epoch] for name, values in script.logs.items()}
            self.model.set_weights([np.full((1, 1), epoch + 1.0)])

    stop = None
    listening = [Prompter()]
    if script.schedule is not None:
        listening.append(callbacks.LearningRateScheduler(script.schedule, verbose=1))
    if script.checkpoint is not None:
        arguments = {"filepath": "best.keras", "verbose": 1} | script.checkpoint
        listening.append(callbacks.ModelCheckpoint(**arguments))
    if script.reduce is not None:
        listening.append(callbacks.ReduceLROnPlateau(**{"verbose": 1} | script.reduce))
    if script.stop is not None:
        arguments = {"verbose": 1, "restore_best_weights": True} | script.stop
        stop = callbacks.EarlyStopping(**arguments)
        listening.append(stop)
    listening.append(callbacks.CSVLogger("logs.csv"))

    written = io.StringIO()
    with contextlib.redirect_stdout(written), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        history = model.fit(
            np.zeros((1, 1)), np.zeros((1, 1)), epochs=epochs, verbose=0, callbacks=listening
        )

    def epoch_of(weights: list[np.ndarray]) -> float:
        return float(weights[0][0, 0])

    restored = epoch_of(model.get_weights())
    files = {}
    for path in sorted(Path().rglob("*")):
        if path.suffix in (".keras", ".h5"):
            load_weights(model, str(path))
            files[str(path)] = epoch_of(model.get_weights())
    return {
        "epochs": history.epoch,
        "history": history.history,
        "messages": written.getvalue(),
        "warnings": [str(w.message) for w in warned if issubclass(w.category, UserWarning)],
        "best": stop and stop.best,
        "restored": restored,
        "files": files,
        "csv": Path("logs.csv").read_bytes().decode(),
    }
