"""The progress of a training, an evaluation or a prediction, on a terminal or in a notebook."""

from __future__ import annotations

import io
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np
from tqdm import tqdm

from numcnn.callbacks import Callback, Logs
from numcnn.checks import shown
from numcnn.console import printable, write

DONE = "━" * 20  # a full bar


class ProgressBar(Callback):
    """Shows the progress and speed of the work, and the loss and metrics so far.

    Parameters
    ----------
    verbose : {1, 2}
        1: a moving bar on a terminal and in a notebook, and elsewhere one line per epoch;
        2: one line per epoch.
    """

    def __init__(self, verbose: int) -> None:
        super().__init__()
        self.kind = _kind_of_bar(sys.stdout) if verbose == 1 else None
        self.in_training = False
        self.bar: Any = None
        self.steps = 0
        self.started = 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Remember that evaluations are validations now, which have no bar of their own."""
        self.in_training = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the number of the epoch, and start its bar."""
        if self.params["epochs"] > 1:
            write(f"Epoch {epoch + 1}/{self.params['epochs']}\n")
        self._open()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Advance the bar."""
        self._move(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Finish the bar with the means of the epoch."""
        self._finish(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Start a bar, unless this is a validation."""
        if not self.in_training:
            self._open()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Advance the bar, unless this is a validation."""
        if not self.in_training:
            self._move(logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Finish the bar, unless this is a validation."""
        if not self.in_training:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Start a bar."""
        self._open()

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Advance the bar."""
        self._move(None)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Finish the bar."""
        self._finish(None)

    def _open(self) -> None:
        self.steps = 0
        self.started = time.perf_counter()
        if self.kind is not None:
            self.bar = self.kind(
                total=self.params["steps"],
                bar_format="{n_fmt}/{total_fmt} {bar:20} {desc}",
                ascii=printable(" ━"),
                leave=False,
                mininterval=0.05,
                file=sys.stdout,
            )

    def _move(self, logs: Logs | None) -> None:
        self.steps += 1
        if self.bar is not None:
            self.bar.set_description_str(self._numbers(logs), refresh=False)
            self.bar.update()

    def _finish(self, logs: Logs | None) -> None:
        done, numbers = f"{self.steps}/{self.steps}", self._numbers(logs)
        if self.bar is None:
            write(f"{done} - {numbers}\n")
        else:
            # a moving bar is cut off at the edge of the terminal; the final line must be complete
            self.bar.close()
            self.bar.finish(f"{done} {DONE} {numbers}")
            self.bar = None

    def _numbers(self, logs: Logs | None) -> str:
        """Return ``1s - 30ms/step - accuracy: 0.9100 - loss: 0.3000``."""
        seconds = time.perf_counter() - self.started
        numbers = [f"{seconds:.0f}s", f"{_readable(seconds / max(self.steps, 1))}/step"]
        for name, value in (logs or {}).items():
            numbers.append(f"{name}: {_number(value)}")
        return " - ".join(numbers)


class _Bar(tqdm):
    """tqdm's bar, without its monitor thread."""

    monitor_interval = 0

    def finish(self, line: str) -> None:
        """Write the final line."""
        write(f"{line}\n")


class _NotebookBar(_Bar):
    """A bar that is an output of a notebook's cell: the notebook keeps its final line alone."""

    def __init__(self, **options: Any) -> None:
        show = import_module("IPython.display").display
        self.output = show({"text/plain": ""}, raw=True, display_id=True)
        super().__init__(**options | {"file": io.StringIO()})

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Show the bar in its current state."""
        self.finish(str(self) if msg is None else msg)

    def finish(self, line: str) -> None:
        """Show a line in place of the line before."""
        self.output.update({"text/plain": line}, raw=True)


def _kind_of_bar(stream: Any) -> type[_Bar] | None:
    """Return the bar that moves on a stream, or None if nothing can move there."""
    if stream is None:
        return None
    if type(stream).__module__ == "ipykernel.iostream":
        return _NotebookBar
    return _Bar if stream.isatty() else None


def _number(value: Any) -> str:
    """Return a value of the logs as text; of an array its mean, as Keras does."""
    try:
        number = float(np.mean(value))
    except (TypeError, ValueError):  # a callback may put anything into the logs
        return shown(value)
    return f"{number:.4f}" if abs(number) > 1e-3 else f"{number:.4e}"


def _readable(seconds: float) -> str:
    """Return a duration in s, ms or µs."""
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
