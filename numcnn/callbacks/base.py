"""What a callback is, and how several of them listen to one training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from numcnn.checks import shown

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
        ``verbose``, ``epochs``, ``steps`` (batches an epoch) and ``samples`` (of an epoch; None
        outside of `fit`).
    kept : tuple of str
        Names of the attributes that a training needs to go on after a stop (`BackupAndRestore`):
        numbers, strings, lists and dicts of them, arrays and lists of arrays.
    comes_last : bool
        Whether this callback hears of everything after all others, as one must that keeps their
        state.
    """

    kept: tuple[str, ...] = ()
    comes_last = False

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Called before the training with the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before the training with its parameters."""
        self.params = params

    def set_callbacks(self, callbacks: list[Callback]) -> None:
        """Called before the training with all that listen to it, this one included."""

    def get_state(self) -> dict[str, Any]:
        """Return what this callback needs to go on after a stop."""
        return {name: getattr(self, name) for name in self.kept}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned, after `on_train_begin`."""
        for name in self.kept:
            setattr(self, name, state[name])

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
        """After the update by a batch; logs are the means over the epoch up to here."""
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
    """Several callbacks as one: each event goes to all of them in turn.

    Parameters
    ----------
    callbacks : Callback or iterable of Callback, optional
        They come first, in their order (but for those that say `comes_last`).
    own : list of Callback, optional
        Callbacks of the library, which come after the user's and see what those put into the logs.
    model : Sequential, optional
    **params
        ``verbose``, ``epochs`` and ``steps``.
    """

    def __init__(
        self, callbacks: Any = None, own: Any = (), model: Any = None, **params: Any
    ) -> None:
        super().__init__()
        several = [*_as_list(callbacks), *own]
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
        """Tell every callback the model."""
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell every callback the training's parameters."""
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)


def message(text: str) -> None:
    """Write a line for the user, as `verbose` asked for."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _listens(callback: Callback, event: str) -> bool:
    """Say whether a callback does anything at an event, under any of the event's names."""
    names = (event, event.replace("_train_batch_", "_batch_"))
    methods = [getattr(callback, name) for name in names]
    return any(
        getattr(method, "__func__", method) is not getattr(Callback, name)
        for name, method in zip(names, methods, strict=True)
    )


def _as_list(callbacks: Any) -> list[Callback]:
    """Return callbacks given as one, several or none, checked, as a list."""
    if callbacks is None:
        return []
    one = hasattr(callbacks, "__array__") or not isinstance(callbacks, Iterable)
    several = [callbacks] if one else list(callbacks)
    for callback in several:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks must be Callback objects, got {shown(callback)}"
                f"{': make one, with brackets' if isinstance(callback, type) else ''}."
            )
    return several


def _to_all(listeners: list[Callable[..., None]]) -> Callable[..., None]:
    """Return a function that passes its arguments on to each listener."""

    def event(*arguments: Any, **named: Any) -> None:
        for listener in listeners:
            listener(*arguments, **named)

    return event
