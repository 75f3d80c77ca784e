"""LambdaCallback: a callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numcnn.callbacks.base import EVENTS, Callback
from numcnn.checks import shown


class LambdaCallback(Callback):
    """A callback made of functions.

    Parameters
    ----------
    **functions
        A function for each event to handle, by the event's name; it gets the event's arguments.
        None, Keras's default, does nothing.

    Examples
    --------
    >>> every_epoch = LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    """

    def __init__(self, **functions: Callable[..., Any] | None) -> None:
        super().__init__()
        for event, function in functions.items():
            if event not in EVENTS:
                raise TypeError(f"there is no event {event!r}; the events are {', '.join(EVENTS)}.")
            if function is not None:
                if not callable(function):
                    raise TypeError(f"{event} must be a function, got {shown(function)}.")
                setattr(self, event, function)
