"""Adagrad: the more a weight has moved, the shorter its steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.optimizers.base import Optimizer


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients so far (Duchi et al. 2011).

    ``v += g²`` and ``w −= learning_rate · g / √(v + epsilon)``.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    initial_accumulator_value : float, default 0.1
        What v begins with.
    epsilon : float, default 1e-7
    **options
        Options of every optimizer (`Optimizer`), such as `clipnorm`.
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = number(
            initial_accumulator_value, "initial_accumulator_value", minimum=0
        )
        self.slots_begin = self.initial_accumulator_value
        self.epsilon = number(epsilon, "epsilon", minimum=0)

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Take one step against the gradient, divided by the root of all squares so far."""
        (v,) = state
        v += grad * grad
        value -= learning_rate * grad / np.sqrt(v + self.epsilon)
