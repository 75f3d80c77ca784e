"""CSVLogger: the logs of every epoch as a table in a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from numcnn.callbacks.base import Callback, Logs


class CSVLogger(Callback):
    """Writes a row for each epoch: its number, from 0, and the logs, sorted by name.

    Parameters
    ----------
    filename : str or path
    separator : str, default ","
        One character, between the cells.
    append : bool, default False
        Whether to write behind what is in the file, and not over it.
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"separator must be one character, got {separator!r}.")
        self.path = Path(filename)
        self.separator = separator
        self.append = bool(append)
        self.keys: list[str] | None = None
        self.file: TextIO | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file."""
        self._close()
        self.keys = None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("a" if self.append else "w", newline="", encoding="utf-8")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a row, and before the first row of the file the names."""
        logs = logs or {}
        if self.file is None:
            raise ValueError("CSVLogger writes during a training, after its on_train_begin.")
        row = csv.writer(self.file, delimiter=self.separator).writerow
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(name.startswith("val_") for name in logs):
                # there may be a validation later (validation_freq)
                self.keys += [f"val_{name}" for name in self.keys]
            if self.file.tell() == 0:
                row(["epoch", *self.keys])
        row([epoch, *(_cell(logs.get(name, "NA")) for name in self.keys)])
        self.file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        self._close()

    def get_state(self) -> dict[str, Any]:
        """Return all that is in the file."""
        with self.path.open(newline="", encoding="utf-8") as file:
            return {"keys": self.keys, "text": file.read()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Put back what was in the file: rows written after that are written again."""
        self.keys = state["keys"]
        if self.file is not None:
            self.file.truncate(0)
            self.file.seek(0)
            self.file.write(state["text"])
            self.file.flush()

    def _close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


def _cell(value: Any) -> Any:
    """Return a cell's content: several numbers go into one cell, in brackets."""
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value
