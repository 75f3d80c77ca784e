"""CSVLogger: the logs of every epoch as a table in a file."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from numcnn.callbacks.base import Callback, Logs
from numcnn.checks import flag, path_of, shown
from numcnn.files import naming


class CSVLogger(Callback):
    """Writes a row for each epoch: its number, from 0, and the logs, sorted by name.

    Parameters
    ----------
    filename : str or path
    separator : str, default ","
        The character between the cells.
    append : bool, default False
        Whether to append to an existing file instead of overwriting it.

    Raises
    ------
    OSError
        During the training, if the file cannot be written or the disk is full.
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"separator must be one character, got {shown(separator)}.")
        self.path = path_of(filename, "filename")
        self.separator = separator
        self.append = flag(append, "append")
        self.keys: list[str] | None = None
        self.begun = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Create the file, or open it to append to it."""
        self.keys = None
        with naming(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._to_write("a" if self.append else "w"):
            self.begun = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a row; before the first row of the file, write the names."""
        logs = logs or {}
        if not self.begun:
            raise ValueError("CSVLogger writes only during a training, after its on_train_begin.")
        # opened for each row: a training that is interrupted leaves no file open
        with self._to_write("a") as file:
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
        with self.path.open(newline="", encoding="utf-8") as file:
            return {"keys": self.keys, "text": file.read()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore the contents of the file; later rows are written again."""
        self.keys = state["keys"]
        with self._to_write("w") as file:
            file.write(state["text"])

    @contextlib.contextmanager
    def _to_write(self, mode: str) -> Iterator[IO[str]]:
        """Open the file; errors name it."""
        with naming(self.path), self.path.open(mode, newline="", encoding="utf-8") as file:
            yield file


def _cell(value: Any) -> Any:
    """Return the content of a cell; several numbers go into one cell, in brackets."""
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value
