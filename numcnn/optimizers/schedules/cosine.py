"""Cosine decay: half a wave down, once or again and again (Loshchilov and Hutter 2017)."""

from __future__ import annotations

import math
import sys

from numcnn.checks import given_name, number, positive_int
from numcnn.optimizers.schedules.base import LearningRateSchedule, of_steps, power


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

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
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

    @of_steps
    def __call__(self, step: float) -> float:
        """Return the learning rate of the update after `step` others."""
        cycle = self.cycle_of(step)
        part = (step - self.begin(cycle)) / (self.first_decay_steps * power(self.t_mul, cycle))
        wave = power(self.m_mul, cycle) * _half_wave(min(max(part, 0.0), 1.0))
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)

    def begin(self, cycle: int) -> float:
        """Return the step with which half wave number `cycle` begins: a geometric series."""
        grown = self.t_mul - 1
        series = (power(self.t_mul, cycle) - 1) / grown if grown else cycle  # Σ t_mul^k, k < cycle
        return self.first_decay_steps * series

    def cycle_of(self, step: float) -> int:
        """Return the number of the half wave, from 0, in which a step lies: the series, solved."""
        passed, grown = step / self.first_decay_steps, self.t_mul - 1
        product = min(passed * grown, sys.float_info.max)
        cycle = int(math.log1p(product) / math.log1p(grown) if grown else passed)
        if self.begin(cycle + 1) <= step:  # the logarithms are rounded
            return cycle + 1
        return cycle - 1 if self.begin(cycle) > step else cycle


def _half_wave(part: float) -> float:
    """Return what goes from 1 to 0 like a cosine, as `part` goes from 0 to 1."""
    return 0.5 * (1 + math.cos(math.pi * part))
