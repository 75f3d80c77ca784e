"""The base class of schedules: the learning rate as a function of the number of updates."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import numeric_array
from numcnn.configuration import Configurable
from numcnn.results import Result


class LearningRateSchedule(Configurable):
    """A learning rate as a function of `step`, the updates done so far; a subclass writes it."""

    module: ClassVar[str] = "keras.optimizers.schedules"

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after `step` others."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(step)")


def of_steps(rate: Callable[[Any, float], float]) -> Callable[[Any, Any], Any]:
    """Let a schedule take an array of steps, as for a plot, and refuse what is no number.

    The rate of NaN is NaN, and so is that of infinity where the rates never settle.
    """

    @functools.wraps(rate)
    def called(self: Any, step: Any) -> Any:
        steps = numeric_array(step, "step")
        rates = [math.nan if one != one else rate(self, one) for one in steps.reshape(-1).tolist()]
        return np.array(rates).reshape(steps.shape).view(Result) if steps.ndim else rates[0]

    return called


def power(base: float, exponent: float) -> float:
    """Return a power, infinite where Python would refuse it."""
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf
