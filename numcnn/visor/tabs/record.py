"""What a training has told so far: written by the thread that trains, read by pages beside it."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

EVERY = 0.05
"""Seconds between two batches that are kept; the others are only counted."""
MOST = 4_000
"""Batches that are kept; when there are more, every second one is dropped."""

Columns = dict[str, list[float]]


class Speed(NamedTuple):
    """How fast a training goes, and how long it will take; None where that is not known yet."""

    images: float | None
    steps: float | None
    seconds_left: float | None


class Record:
    """The numbers of a training, batch by batch and epoch by epoch, and the latest weights.

    Attributes
    ----------
    batches : dict of str to list of float
        ``epoch``, how many epochs were done, a fraction, and the metrics' means of the epoch up to
        there.
    epochs : dict of str to list of float
        As the history of `Sequential.fit`.
    learning_rates : list of float
        At the beginning, and at the end of each epoch.
    metrics : list of str
        What is to be drawn.
    generation : int
        Raised when the batches kept are others, so that it does not do to add the new ones.
    weights : list of numpy.ndarray
        Copies of the model's.
    version : int
        Raised whenever `weights` are others.
    state : {"waiting", "training", "done"}
    """

    def __init__(self, metrics: list[str], weights: list[np.ndarray]) -> None:
        self.lock = Lock()
        self.batches: Columns = {"epoch": []}
        self.epochs: Columns = {}
        self.learning_rates: list[float] = []
        self.generation = self.version = 0
        self.metrics, self.weights = metrics, weights
        self.state = "waiting"
        self.planned: dict[str, Any] = {}
        self.started = self.heard = time.monotonic()
        self.first_step = self.steps = self.step_in_epoch = self.epoch = 0

    # Written by the thread that trains -----------------------------------------------------------

    def begin(self, params: dict[str, Any], metrics: list[str], learning_rate: float) -> None:
        """Note that a training begins; its curves take the place of those of the one before."""
        with self.lock:
            self.batches, self.epochs, self.learning_rates = {"epoch": []}, {}, [learning_rate]
            self.generation += 1
            self.metrics, self.planned = metrics, dict(params)
            self.state = "training"
            self.started = self.heard = time.monotonic()
            self.steps = self.step_in_epoch = self.epoch = 0

    def begin_epoch(self, epoch: int) -> None:
        """Note the number of the epoch that begins, from 0."""
        if self.steps == 0:
            self.first_step = epoch * (self.planned.get("steps") or 0)
        self.epoch, self.step_in_epoch = epoch, 0

    def add_batch(self, logs: dict[str, float]) -> None:
        """Count a batch, and keep its numbers unless the last ones are only just old."""
        self.steps += 1
        self.step_in_epoch += 1
        now = time.monotonic()
        if now - self.heard < EVERY and self.batches["epoch"]:
            return
        self.heard = now
        done = self.epoch + self.step_in_epoch / (self.planned.get("steps") or self.step_in_epoch)
        with self.lock:
            _append(self.batches, {"epoch": done, **logs})
            if len(self.batches["epoch"]) > MOST:
                self.batches = {name: values[1::2] for name, values in self.batches.items()}
                self.generation += 1

    def add_epoch(
        self, logs: dict[str, float], weights: list[np.ndarray], learning_rate: float
    ) -> None:
        """Keep the numbers of an epoch, and the weights it ended with."""
        with self.lock:
            _append(self.epochs, logs)
            self.learning_rates.append(learning_rate)
            self.weights = weights
            self.version += 1
            self.heard = time.monotonic()

    def end(self) -> None:
        """Note that the training is over."""
        self.state, self.heard = "done", time.monotonic()

    # Read by pages -------------------------------------------------------------------------------

    def batches_since(self, generation: int, count: int) -> tuple[int, Columns]:
        """Return the generation, and the batches kept since there were `count` of `generation`.

        If the generation is another by now, all batches.
        """
        with self.lock:
            start = count if generation == self.generation else 0
            return self.generation, {n: values[start:] for n, values in self.batches.items()}

    def epochs_so_far(self) -> tuple[Columns, list[float]]:
        """Return copies of the epochs' numbers and of the learning rates."""
        with self.lock:
            return {n: list(values) for n, values in self.epochs.items()}, [*self.learning_rates]

    def speed(self) -> Speed:
        """Return how fast the training goes, by all of it so far."""
        seconds = self.heard - self.started
        if not self.steps or seconds <= 0:
            return Speed(None, None, None)
        steps = self.steps / seconds
        an_epoch, samples = self.planned.get("steps"), self.planned.get("samples")
        if not an_epoch:
            return Speed(None, steps, None)
        to_do = self.planned["epochs"] * an_epoch - self.first_step - self.steps
        images = steps * samples / an_epoch if samples else None
        return Speed(images, steps, max(to_do, 0) / steps)

    def silence(self) -> float:
        """Return for how many seconds nothing has been heard of a training that is not over."""
        return time.monotonic() - self.heard if self.state == "training" else 0.0


def _append(columns: Columns, row: dict[str, float]) -> None:
    """Add a row; a column that is new begins with NaN."""
    length = len(next(iter(columns.values()), []))
    for name in row:
        columns.setdefault(name, [float("nan")] * length)
    for name, values in columns.items():
        values.append(row.get(name, float("nan")))
