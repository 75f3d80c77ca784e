"""The base class of schedules: the learning rate as a function of the number of updates."""

from __future__ import annotations

import math
from typing import ClassVar

from numcnn.configuration import Configurable


class LearningRateSchedule(Configurable):
    """A learning rate as a function of `step`, the updates done so far; a subclass writes it."""

    module: ClassVar[str] = "keras.optimizers.schedules"

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after `step` others."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(step)")


def power(base: float, exponent: float) -> float:
    """Return a power, infinite where Python would refuse it."""
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf
