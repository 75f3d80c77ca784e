"""MonitorCallback: has a number of the logs become better?"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.callbacks.base import Callback
from numcnn.checks import number, shown, warn

MODES = ("auto", "min", "max")


class MonitorCallback(Callback):
    """Watches one number of the logs, and knows which way is better.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The number's name in the logs.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less is better or more; ``"auto"`` tells by the loss or metric of that name.
    best : float, optional
        The value to be beaten; by default the first one beats none and so is the best.
    min_delta : float, default 0.0
        By how much at least a value must be better.

    Raises
    ------
    ValueError
        With ``"auto"``, when the training begins: if the name does not tell which way is better.
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
                f'{type(self).__name__} knows no mode {shown(mode)}, and takes "auto"; there are '
                '"auto", "min" and "max".'
            )
            mode = "auto"
        if not isinstance(monitor, str):
            raise TypeError(
                f'monitor must be a name in the logs, "val_loss", got {shown(monitor)}.'
            )
        self.monitor = monitor
        self.mode = mode
        self.best = best
        self.min_delta = abs(number(min_delta, "min_delta"))
        self.less_is_better = mode == "min"

    def set_model(self, model: Any) -> None:
        """Called before the training with the model: find out which way is better."""
        super().set_model(model)
        if self.mode == "auto" and model is not None:
            self.less_is_better = self._direction(model) == "min"

    def improved(self, value: float, reference: float | None) -> bool:
        """Say whether `value` is better than `reference`, by at least `min_delta`.

        Strictly better, and compared as float32, as in Keras: with a `min_delta` of 0.1, a loss
        of 0.7 is no improvement on 0.8, though in float64 0.7 + 0.1 is less than 0.8.
        """
        if reference is None:
            return True
        if self.less_is_better:
            return bool(np.float32(value + self.min_delta) < np.float32(reference))
        return bool(np.float32(value - self.min_delta) > np.float32(reference))

    def _direction(self, model: Any) -> str:
        """Return "min" or "max", by the loss or the metric that is watched."""
        known = {metric.name: metric.better for metric in model.metrics if metric.better}
        known["loss"] = "min"
        name = self.monitor.removeprefix("val_")
        if name not in known:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}, and can't tell from this name "
                'whether less is better or more: pass mode="min" or mode="max". Of this model, '
                f"it can tell for {', '.join(sorted(known))}."
            )
        return known[name]
