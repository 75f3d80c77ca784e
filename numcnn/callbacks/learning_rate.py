"""Callbacks that change the learning rate: by a schedule, or when the training stagnates."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.callbacks.base import Callback, Logs, message
from numcnn.callbacks.monitor import MonitorCallback
from numcnn.checks import number, positive_int, shown, verbosity, warn


def learning_rate_of(model: Any) -> float:
    """Return the model's learning rate rounded to float32, as Keras keeps and shows it."""
    return float(np.float32(model.optimizer.learning_rate))


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch; the logs get ``learning_rate``.

    Parameters
    ----------
    schedule : function
        ``schedule(epoch, learning_rate)`` or ``schedule(epoch)``, with the epoch counted from 0;
        it returns the learning rate as a float.
    verbose : int, default 0
        1: print the learning rate of each epoch.

    Examples
    --------
    >>> halved_every_five = LearningRateScheduler(lambda epoch: 0.01 * 0.5 ** (epoch // 5))
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise TypeError(f"schedule must be a function of the epoch, got {shown(schedule)}.")
        self.schedule = schedule
        self.verbose = verbosity(verbose)
        self.takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate of this epoch."""
        arguments = (learning_rate_of(self.model),) if self.takes_rate else ()
        rate = self.schedule(epoch, *arguments)
        if not isinstance(rate, float | np.floating):
            raise ValueError(f"schedule({epoch}, …) must return a float, got {shown(rate)}.")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            message(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = learning_rate_of(self.model)


def _takes_two(function: Callable[..., Any]) -> bool:
    """Return whether a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except (TypeError, ValueError):  # takes one alone, or does not say what it takes
        return False
    return True


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a value in the logs has not improved for some epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The name of the value in the logs.
    factor : float, default 0.1
        Factor by which the learning rate is multiplied; below 1.
    patience : int, default 10
        Number of epochs without improvement after which the learning rate is lowered.
    verbose : int, default 0
        1: print a line when the learning rate is lowered.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; ``"auto"`` decides by the name.
    min_delta : float, default 1e-4
        The minimum change that counts as an improvement.
    cooldown : int, default 0
        Number of epochs after a reduction that are not counted.
    min_lr : float, default 0.0
        The learning rate never falls below this value.
    """

    kept = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.factor = number(factor, "factor", maximum=1, open_end=True)
        self.patience = positive_int(patience, "patience", minimum=0)
        self.verbose = verbosity(verbose)
        self.cooldown = positive_int(cooldown, "cooldown", minimum=0)
        self.min_lr = number(min_lr, "min_lr")
        self.wait = 0
        self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier training."""
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate into the logs; lower it after too long without improvement."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = learning_rate_of(self.model)
        value = logs.get(self.monitor)
        if value is None:
            warn(
                "Learning rate reduction is conditioned on metric "
                f"`{self.monitor}` which is not available. Available metrics are: "
                f"{','.join(logs)}."
            )
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improved(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def _lower(self, epoch: int) -> None:
        """Lower the learning rate, if it is above its minimum."""
        old = learning_rate_of(self.model)
        if old <= np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            message(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter, self.wait = self.cooldown, 0
