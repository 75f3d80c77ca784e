"""Callbacks: what else happens while a model trains.

`numcnn.training` calls them in this order::

    on_train_begin
        on_epoch_begin(epoch)
            on_train_batch_begin(batch), on_train_batch_end(batch, logs), ...
            on_test_begin, on_test_batch_begin(batch), ..., on_test_end(logs)     validation
        on_epoch_end(epoch, logs)
    on_train_end(logs)

`logs` is a dict of running means: ``{"accuracy": 0.91, "loss": 0.3}``, at the end of an epoch with
``val_accuracy`` and ``val_loss``.  A callback stops the training by ``self.model.stop_training =
True``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Logs = dict[str, float]

EVENTS = (
    *(f"on_{phase}_{edge}" for phase in ("train", "test", "predict") for edge in ("begin", "end")),
    *(
        f"on_{phase}_batch_{edge}"
        for phase in ("train", "test", "predict")
        for edge in ("begin", "end")
    ),
    "on_epoch_begin",
    "on_epoch_end",
)


class Callback:
    """Something to do at the events of a training; a subclass writes the ones that it needs.

    Attributes
    ----------
    model : Sequential
        The model that is being trained.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` (batches an epoch).
    """

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Called before the training with the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before the training with its parameters."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch, with its logs."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before epoch number `epoch`, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After epoch number `epoch`, counted from 0, and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before batch number `batch` of the epoch, counted from 0."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After the update by a batch; logs are the means over the epoch up to here."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before an evaluation, validation included."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After an evaluation, validation included."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of an evaluation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of a prediction."""


class CallbackList(Callback):
    """Several callbacks as one: each event goes to all of them in turn."""

    def __init__(self, own: list[Callback], callbacks: Any, model: Any, **params: Any) -> None:
        super().__init__()
        self.callbacks = [*own, *_as_list(callbacks)]
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)
        for event in EVENTS:
            listeners = [
                getattr(callback, event)
                for callback in self.callbacks
                if _overrides(callback, event)
            ]
            setattr(self, event, _to_all(listeners))


def _overrides(callback: Callback, event: str) -> bool:
    """Say whether a callback does anything at an event."""
    method = getattr(callback, event)
    return getattr(method, "__func__", method) is not getattr(Callback, event)


def _as_list(callbacks: Any) -> list[Callback]:
    """Return callbacks given as one, several or none, checked, as a list."""
    if callbacks is None:
        return []
    several = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
    for callback in several:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks must be Callback objects, got {callback!r}"
                f"{': make one, with brackets' if isinstance(callback, type) else ''}."
            )
    return several


def _to_all(listeners: list[Callable[..., None]]) -> Callable[..., None]:
    """Return a function that passes its arguments on to each listener."""

    def event(*arguments: Any, **named: Any) -> None:
        for listener in listeners:
            listener(*arguments, **named)

    return event


class History(Callback):
    """Records what the logs said at the end of each epoch; `Sequential.fit` returns it.

    Attributes
    ----------
    history : dict of str to list of float
        ``{"accuracy": [...], "loss": [...], "val_accuracy": [...], "val_loss": [...]}``.
    epoch : list of int
        The numbers of the epochs, from 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Count the epochs of this training; the history goes on."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append each number to its list."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """A callback made of functions.

    Parameters
    ----------
    **functions
        For each event of interest, by name, a function of the event's arguments.

    Examples
    --------
    >>> every_epoch = LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    """

    def __init__(self, **functions: Callable[..., Any]) -> None:
        super().__init__()
        for event, function in functions.items():
            if event not in EVENTS:
                raise TypeError(f"there is no event {event!r}; the events are {', '.join(EVENTS)}.")
            setattr(self, event, function)
