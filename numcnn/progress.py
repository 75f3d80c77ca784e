"""The progress of a training, an evaluation or a prediction, on the terminal."""

from __future__ import annotations

import sys
import time
from typing import Any

from tqdm import tqdm

from numcnn.callbacks import Callback, Logs
from numcnn.console import printable, write

DONE = "━" * 20  # a full bar


class ProgressBar(Callback):
    """Shows the progress and speed of the work, and the loss and metrics so far.

    Parameters
    ----------
    verbose : {1, 2}
        1: a moving bar on a terminal, and elsewhere one line per epoch;
        2: one line per epoch.
    """

    def __init__(self, verbose: int) -> None:
        super().__init__()
        self.moves = verbose == 1 and sys.stdout is not None and sys.stdout.isatty()
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
        if self.moves:
            self.bar = _Bar(
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
        numbers, separator = self._numbers(logs), "-"
        if self.bar is not None:
            # a moving bar is cut off at the edge of the terminal; the final line must be complete
            self.bar.close()
            self.bar, separator = None, DONE
        write(f"{self.steps}/{self.steps} {separator} {numbers}\n")

    def _numbers(self, logs: Logs | None) -> str:
        """Return ``1s - 30ms/step - accuracy: 0.9100 - loss: 0.3000``."""
        seconds = time.perf_counter() - self.started
        numbers = [f"{seconds:.0f}s", f"{_readable(seconds / max(self.steps, 1))}/step"]
        for name, value in (logs or {}).items():
            numbers.append(f"{name}: {value:.4f}" if abs(value) > 1e-3 else f"{name}: {value:.4e}")
        return " - ".join(numbers)


class _Bar(tqdm):
    """tqdm's bar, without its monitor thread."""

    monitor_interval = 0


def _readable(seconds: float) -> str:
    """Return a duration in s, ms or µs."""
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
