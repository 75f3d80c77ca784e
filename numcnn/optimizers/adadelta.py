"""Adadelta: steps as long as the steps before."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.optimizers.base import Optimizer


class Adadelta(Optimizer):
    """Steps that have the unit of the weights (Zeiler 2012).

    ``v = rho·v + (1 − rho)·g²``, ``step = g · √(s + epsilon) / √(v + epsilon)``,
    ``s = rho·s + (1 − rho)·step²`` and ``w −= learning_rate · step``.  The paper has a learning
    rate of 1; Keras's default is smaller.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    rho : float, default 0.95
        How much of the means stays at each update, from 0 to below 1.
    epsilon : float, default 1e-7
    **options
        Options of every optimizer (`Optimizer`), such as `clipnorm`.
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **options: Any
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho = number(rho, "rho", minimum=0, maximum=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", minimum=0)

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Take one step against the gradient, as long as the steps before were."""
        v, s = state
        v += (grad * grad - v) * (1 - self.rho)
        step = grad * np.sqrt(s + self.epsilon) / np.sqrt(v + self.epsilon)
        s += (step * step - s) * (1 - self.rho)
        value -= learning_rate * step
