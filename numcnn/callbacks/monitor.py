"""MonitorCallback: whether a value in the logs has improved."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.callbacks.base import Callback
from numcnn.checks import is_number, number, shown, warn

MODES = ("auto", "min", "max")


class MonitorCallback(Callback):
    """Watches one value in the logs, and knows which direction is better.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The name of the value in the logs.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; ``"auto"`` decides by the loss or metric of
        that name.
    best : float, optional
        The value to beat; without it the first value counts as an improvement.
    min_delta : float, default 0.0
        The minimum change that counts as an improvement.

    Raises
    ------
    ValueError
        With ``"auto"``, when the training begins, if no loss or metric of that name is known.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        best: float | None = None,
        min_delta: float = 0.0,
    ) -> None:
        super().__init__()
        if not isinstance(mode, str) or mode not in MODES:
            warn(
                f'{type(self).__name__}: mode must be "auto", "min" or "max", got {shown(mode)}; '
                'using "auto".'
            )
            mode = "auto"
        if not isinstance(monitor, str):
            raise TypeError(
                f'monitor must be a name in the logs, such as "val_loss", got {shown(monitor)}.'
            )
        self.monitor = monitor
        self.mode = mode
        self.best = best
        self.min_delta = abs(number(min_delta, "min_delta"))
        self.less_is_better = mode == "min"

    def set_model(self, model: Any) -> None:
        """Receive the model, before the training, and decide which direction is better."""
        super().set_model(model)
        if self.mode == "auto" and model is not None:
            self.less_is_better = self._direction(model) == "min"

    def improved(self, value: float, reference: float | None) -> bool:
        """Return whether `value` is better than `reference`, by more than `min_delta`.

        The comparison is in float32, as in Keras: with a `min_delta` of 0.1, a loss of 0.7 does
        not improve on 0.8, although 0.7 + 0.1 is less than 0.8 in float64.
        """
        if not is_number(value):
            raise TypeError(
                f"{type(self).__name__} compares numbers, but {self.monitor!r} in the logs is "
                f"{shown(value)}."
            )
        if reference is None:
            return True
        if self.less_is_better:
            return bool(np.float32(value + self.min_delta) < np.float32(reference))
        return bool(np.float32(value - self.min_delta) > np.float32(reference))

    def _direction(self, model: Any) -> str:
        """Return "min" or "max", for the loss or metric that is watched."""
        known = {metric.name: metric.better for metric in model.metrics if metric.better}
        known["loss"] = "min"
        name = self.monitor.removeprefix("val_")
        if name not in known:
            raise ValueError(
                f"{type(self).__name__} cannot tell from the name {self.monitor!r} whether smaller "
                'or larger values are better: pass mode="min" or mode="max". For this model it '
                f"knows {', '.join(sorted(known))}."
            )
        return known[name]
