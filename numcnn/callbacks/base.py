"""Callback, the base class, and CallbackList, which calls several of them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from numcnn.checks import shown
from numcnn.configuration import need_known
from numcnn.console import write

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
    """Actions at the events of a training; a subclass overrides the events that it needs.

    Attributes
    ----------
    model : Sequential
        The model that is being trained.
    params : dict
        ``verbose``, ``epochs``, ``steps`` (batches per epoch) and ``samples`` (per epoch; None
        outside of `fit`).
    kept : tuple of str
        Names of the attributes that are needed to resume a training (`BackupAndRestore`): numbers,
        strings, lists and dicts of them, arrays and lists of arrays.
    comes_last : bool
        Whether this callback is called after all others.  A callback that saves their state needs
        that.
    """

    kept: tuple[str, ...] = ()
    comes_last = False

    def __new__(cls, *values: Any, **options: Any) -> Any:
        """Refuse a misspelt argument before there is a callback."""
        need_known(cls, options)
        return super().__new__(cls)

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Receive the model, before the training."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive the parameters of the training, before it begins."""
        self.params = params

    def set_callbacks(self, callbacks: list[Callback]) -> None:
        """Receive all callbacks of the training, this one included, before it begins."""

    def get_state(self) -> dict[str, Any]:
        """Return the state that this callback needs to resume."""
        return {name: getattr(self, name) for name in self.kept}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from the result of `get_state`; called after `on_train_begin`.

        A name that a file of an earlier version lacks keeps the value it begins with.
        """
        for name in self.kept:
            setattr(self, name, state.get(name, getattr(self, name)))

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
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After the update by a batch; logs are the means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The same as `on_train_batch_begin`, under its older name."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The same as `on_train_batch_end`, under its older name."""

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
    """Several callbacks as one: each event is passed to all of them in turn.

    Parameters
    ----------
    callbacks : Callback or iterable of Callback, optional
        The user's callbacks: called first, in their order, except those with `comes_last`.
    own : list of Callback, optional
        The library's callbacks: called after the user's, so they see the values added to the logs.
    model : Sequential, optional
    **params
        ``verbose``, ``epochs`` and ``steps``.
    """

    def __init__(
        self, callbacks: Any = None, own: Any = (), model: Any = None, **params: Any
    ) -> None:
        super().__init__()
        several = [*callback_list(callbacks), *own]
        self.callbacks = sorted(several, key=lambda callback: callback.comes_last)
        self.set_params(params)
        self.set_model(model)
        for callback in self.callbacks:
            callback.set_callbacks(self.callbacks)
        for event in EVENTS:
            listeners = [
                getattr(callback, event) for callback in self.callbacks if _listens(callback, event)
            ]
            if listeners:
                setattr(self, event, _to_all(listeners))

    def set_model(self, model: Any) -> None:
        """Pass the model on to every callback."""
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Pass the training's parameters on to every callback."""
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)


def message(text: str) -> None:
    """Print a line for the user, if `verbose` asks for it."""
    write(f"{text}\n")


def _listens(callback: Callback, event: str) -> bool:
    """Return whether a callback overrides an event, under any of the event's names."""
    names = (event, event.replace("_train_batch_", "_batch_"))
    methods = [getattr(callback, name) for name in names]
    for name, method in zip(names, methods, strict=True):
        if not callable(method):
            kind = type(callback).__name__
            raise TypeError(f"{name} of {kind} must be a method, got {shown(method)}.")
    return any(
        getattr(method, "__func__", method) is not getattr(Callback, name)
        for name, method in zip(names, methods, strict=True)
    )


def callback_list(callbacks: Any) -> list[Callback]:
    """Return one, several or no callbacks as a list, after checking them."""
    if callbacks is None:
        return []
    one = hasattr(callbacks, "__array__") or not isinstance(callbacks, Iterable)
    several = [callbacks] if one else list(callbacks)
    for callback in several:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks must be Callback objects, got {shown(callback)}"
                f"{': add brackets to make one' if isinstance(callback, type) else ''}."
            )
    return several


def _to_all(listeners: list[Callable[..., None]]) -> Callable[..., None]:
    """Return a function that passes its arguments on to each listener."""

    def event(*arguments: Any, **named: Any) -> None:
        for listener in listeners:
            listener(*arguments, **named)

    return event
