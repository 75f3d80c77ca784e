"""Exponential, inverse, polynomial and piecewise constant decay: rates that fall and stay."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from numcnn.checks import flag, given_name, items_of, number, positive_int
from numcnn.optimizers.schedules.base import LearningRateSchedule, of_steps, power


class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate · decay_rate ^ (step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        1 or more.
    decay_rate : float
        0 or more.
    staircase : bool, default False
        Whether ``step / decay_steps`` is rounded down.
    name : str

    Examples
    --------
    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", minimum=0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.decay_rate = number(decay_rate, "decay_rate", minimum=0)
        self.staircase = flag(staircase, "staircase")
        self.name = given_name(name, type(self).__name__)

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
        return self.initial_learning_rate * power(self.decay_rate, self.periods(step))

    def periods(self, step: float) -> float:
        """Return how many times `decay_steps` have passed."""
        passed = step / self.decay_steps
        return float(np.floor(passed)) if self.staircase else passed


class InverseTimeDecay(ExponentialDecay):
    """``initial_learning_rate / (1 + decay_rate · step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate, decay_steps, decay_rate, staircase, name
        As in `ExponentialDecay`.

    Examples
    --------
    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.05
    """

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
        return self.initial_learning_rate / (1 + self.decay_rate * self.periods(step))


class PiecewiseConstantDecay(LearningRateSchedule):
    """One learning rate up to a step, another up to the next, and so on.

    Parameters
    ----------
    boundaries : list of int
        The last steps of all rates but the last, growing.
    values : list of float
        The rates, one more than boundaries.
    name : str

    Examples
    --------
    >>> schedule = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> schedule(100), schedule(101), schedule(1000)
    (0.1, 0.01, 0.001)
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        steps, rates = (
            items_of(boundaries, "boundaries", "steps"),
            items_of(values, "values", "learning rates"),
        )
        self.boundaries = [number(step, "boundaries") for step in steps]
        self.values = [number(rate, "values", minimum=0) for rate in rates]
        if len(rates) != len(steps) + 1 or self.boundaries != sorted(self.boundaries):
            raise ValueError(
                "values must be one more than boundaries, which must grow, got "
                f"boundaries={steps} and values={rates}."
            )
        self.name = given_name(name, type(self).__name__)

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
        return self.values[bisect_left(self.boundaries, step)]


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another: ``(initial − end) · (1 − step / decay_steps)^power + end``.

    After `decay_steps` it stays; with `cycle`, the time is doubled, tripled and so on, whenever it
    is over, and the rate rises again each time.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        1 or more.
    end_learning_rate : float, default 0.0001
    power : float, default 1.0
        0 or more.
    cycle : bool, default False
    name : str

    Examples
    --------
    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", minimum=0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.end_learning_rate = number(end_learning_rate, "end_learning_rate", minimum=0)
        self.power = number(power, "power", minimum=0)
        self.cycle = flag(cycle, "cycle")
        self.name = given_name(name, type(self).__name__)

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
        cycles = max(1, float(np.ceil(step / self.decay_steps))) if self.cycle else 1
        left = 1 - min(step / (self.decay_steps * cycles), 1)
        span = self.initial_learning_rate - self.end_learning_rate
        return float(span * left**self.power + self.end_learning_rate)
