"""History: the logs of every epoch."""

from __future__ import annotations

from typing import Any

from numcnn import notebook
from numcnn.callbacks.base import Callback, Logs
from numcnn.checks import is_number

PARAMS = ("verbose", "epochs", "steps")
"""The parameters of a training that Keras's history keeps."""


class Curves(dict[str, list[float]]):
    """The values of each measurement, epoch by epoch; a dict that says what it has instead."""

    def __missing__(self, name: str) -> list[float]:
        meant = name.replace("acc", "accuracy")
        instead = (
            f"here it is called {meant!r}, as in Keras since 2.3"
            if meant in self
            else f"it has {', '.join(self) or 'nothing yet'}"
        )
        raise KeyError(f"the history has no {name!r}: {instead}.")


class History(Callback):
    """Records the logs at the end of each epoch; `Sequential.fit` returns it.

    Attributes
    ----------
    history : dict of str to list of float
        ``{"accuracy": [...], "loss": [...], "val_accuracy": [...], "val_loss": [...]}``.
    epoch : list of int
        The numbers of the epochs, from 0.
    """

    kept = ("history", "epoch")

    def __init__(self) -> None:
        super().__init__()
        self.history = Curves()
        self.epoch: list[int] = []

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from the result of `get_state`."""
        self.history, self.epoch = Curves(state["history"]), list(state["epoch"])

    def set_params(self, params: dict[str, Any]) -> None:
        """Keep the parameters that Keras's history keeps."""
        self.params = {name: params[name] for name in PARAMS if name in params}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Start a new list of epochs; the values of an earlier training are kept."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append each value to its list."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def _repr_html_(self) -> str:
        """Show the curves in a notebook, with a table below."""
        curves = {  # a callback may put anything into the logs
            name: values
            for name, values in self.history.items()
            if all(is_number(value) for value in values)
        }
        rows = [
            (
                name,
                *(f"{number:.4g}" for number in (values[0], min(values), max(values), values[-1])),
            )
            for name, values in curves.items()
        ]
        header = ("", "first", "minimum", "maximum", "last")
        return notebook.curves(curves, self.epoch[0] + 1 if self.epoch else 1) + notebook.table(
            header, rows
        )
