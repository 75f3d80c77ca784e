"""Learning-rate schedules: steps that grow shorter as training goes on.

``Adam(ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9))``: at each update the optimizer
asks its schedule, a function of the number of updates done so far.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from numcnn.checks import flag, given_name, items_of, number, positive_int
from numcnn.configuration import Configurable
from numcnn.families import Family


class LearningRateSchedule(Configurable):
    """A learning rate as a function of `step`, the updates done so far; a subclass writes it."""

    module: ClassVar[str] = "keras.optimizers.schedules"

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(step)")


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

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
        return self.initial_learning_rate * self.decay_rate ** self.periods(step)

    def periods(self, step: int) -> float:
        """Return how many times `decay_steps` have passed."""
        passed = step / self.decay_steps
        return math.floor(passed) if self.staircase else passed


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

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
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

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
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

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
        cycles = max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1
        left = 1 - min(step / (self.decay_steps * cycles), 1)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a wave down (Loshchilov and Hutter 2017), if wanted after a warm-up along a line.

    ``top · ((1 − alpha) · (1 + cos(π · step / decay_steps)) / 2 + alpha)``, where top is
    `initial_learning_rate`.  With a `warmup_target` the rate first goes from
    `initial_learning_rate` to the target in a line of `warmup_steps`; then the target is the top.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        1 or more; after them the rate stays.
    alpha : float, default 0.0
        The part of the top that is left at the end.
    name : str
    warmup_target : float, optional
    warmup_steps : int, default 0

    Examples
    --------
    >>> schedule = CosineDecay(0.0, decay_steps=100, warmup_target=0.1, warmup_steps=10)
    >>> schedule(5), schedule(10), schedule(60)
    (0.05, 0.1, 0.05)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", minimum=0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.alpha = number(alpha, "alpha", minimum=0)
        self.name = given_name(name, type(self).__name__)
        self.warmup_target = (
            None if warmup_target is None else number(warmup_target, "warmup_target", minimum=0)
        )
        self.warmup_steps = positive_int(warmup_steps, "warmup_steps", minimum=0)

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return top + (self.warmup_target - top) * step / self.warmup_steps
            step, top = step - self.warmup_steps, self.warmup_target
        wave = _half_wave(min(step / self.decay_steps, 1))
        return top * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Half a wave down, and again from the top, each time longer (Loshchilov and Hutter 2017).

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
        How long the first half wave is, 1 or more.
    t_mul : float, default 2.0
        How many times longer each is than the one before; 1 or more.
    m_mul : float, default 1.0
        By what the top is multiplied at each restart.
    alpha : float, default 0.0
        The part of `initial_learning_rate` that is left at the end of a half wave.
    name : str

    Examples
    --------
    >>> schedule = CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> schedule(5), schedule(10), schedule(20)
    (0.05, 0.1, 0.05)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", minimum=0
        )
        self.first_decay_steps = positive_int(first_decay_steps, "first_decay_steps")
        self.t_mul = number(t_mul, "t_mul", minimum=1)
        self.m_mul = number(m_mul, "m_mul", minimum=0)
        self.alpha = number(alpha, "alpha", minimum=0)
        self.name = given_name(name, type(self).__name__)

    def __call__(self, step: int) -> float:
        """Return the learning rate of the update after so many others."""
        passed, length, top = float(step), float(self.first_decay_steps), 1.0
        while passed >= length:
            passed, length, top = passed - length, length * self.t_mul, top * self.m_mul
        wave = top * _half_wave(passed / length)
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


def _half_wave(part: float) -> float:
    """Return what goes from 1 to 0 like a cosine, as `part` goes from 0 to 1."""
    return 0.5 * (1 + math.cos(math.pi * part))


KINDS: tuple[type[LearningRateSchedule], ...] = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
SCHEDULES = Family("schedule", LearningRateSchedule, {kind.__name__: kind for kind in KINDS})
serialize, deserialize = SCHEDULES.serialize, SCHEDULES.deserialize
__getattr__ = SCHEDULES.missing(__name__)
