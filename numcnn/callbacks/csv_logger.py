"""CSVLogger: the logs of every epoch as a table in a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import IO, Any

import numpy as np

from numcnn.callbacks.base import Callback, Logs


class CSVLogger(Callback):
    """Writes a row for each epoch: its number, from 0, and the logs, sorted by name.

    Parameters
    ----------
    filename : str or path
    separator : str, default ","
        The character between the cells.
    append : bool, default False
        Whether to append to an existing file instead of overwriting it.
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
        self.begun = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Create the file, or open it to append to it."""
        self.keys = None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open("a" if self.append else "w"):
            self.begun = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a row; before the first row of the file, write the names."""
        logs = logs or {}
        if not self.begun:
            raise ValueError("CSVLogger writes only during a training, after its on_train_begin.")
        # opened for each row: a training that is interrupted leaves no file open
        with self._open("a") as file:
            row = csv.writer(file, delimiter=self.separator).writerow
            if self.keys is None:
                self.keys = sorted(logs)
                if not any(name.startswith("val_") for name in logs):
                    # there may be a validation later (validation_freq)
                    self.keys += [f"val_{name}" for name in self.keys]
                if file.tell() == 0:
                    row(["epoch", *self.keys])
            row([epoch, *(_cell(logs.get(name, "NA")) for name in self.keys)])

    def get_state(self) -> dict[str, Any]:
        """Return the contents of the file."""
        with self._open("r") as file:
            return {"keys": self.keys, "text": file.read()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore the contents of the file; later rows are written again."""
        self.keys = state["keys"]
        with self._open("w") as file:
            file.write(state["text"])

    def _open(self, mode: str) -> IO[str]:
        return self.path.open(mode, newline="", encoding="utf-8")


def _cell(value: Any) -> Any:
    """Return the content of a cell; several numbers go into one cell, in brackets."""
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value
