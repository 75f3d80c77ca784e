"""RMSprop: the gradient divided by its root mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import flag, number
from numcnn.optimizers.base import Optimizer


class RMSprop(Optimizer):
    """Steps of a size that does not depend on the gradient's (Hinton 2012, lecture 6e).

    ``v = rho·v + (1 − rho)·g²`` and ``w −= learning_rate · g / √(v + epsilon)``.  Centred, the
    variance takes the place of the mean square: ``v − mean²`` that of v.  With momentum the steps
    are gathered: ``u = momentum·u + learning_rate · g / √(v + epsilon)`` and ``w −= u``.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    rho : float, default 0.9
        How much of the means stays at each update, from 0 to below 1.
    momentum : float, default 0.0
        From 0 to below 1.
    epsilon : float, default 1e-7
    centered : bool, default False
    **options
        Options of every optimizer (`Optimizer`), such as `clipnorm`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho = number(rho, "rho", minimum=0, maximum=1, open_end=True)
        self.momentum = number(momentum, "momentum", minimum=0, maximum=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", minimum=0)
        self.centered = flag(centered, "centered")
        self.slots = ("velocity",)
        if self.momentum:
            self.slots += ("momentum",)
        if self.centered:
            self.slots += ("average_gradient",)

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Take one step against the gradient, divided by its root mean square."""
        kept = dict(zip(self.slots, state, strict=True))
        v = kept["velocity"]
        v += (grad * grad - v) * (1 - self.rho)
        square = v
        if self.centered:
            mean = kept["average_gradient"]
            mean += (grad - mean) * (1 - self.rho)
            square = v - mean * mean
        step = learning_rate * grad / np.sqrt(square + self.epsilon)
        if self.momentum:
            gathered = kept["momentum"]
            gathered *= self.momentum
            gathered += step
            step = gathered
        value -= step
