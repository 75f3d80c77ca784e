"""SGD: gradient descent, with momentum if wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import flag, number
from numcnn.optimizers.base import Optimizer


class SGD(Optimizer):
    """Gradient descent: ``w −= learning_rate · g``.

    With momentum (Polyak 1964) a velocity u gathers the gradients, ``u = momentum·u −
    learning_rate·g`` and ``w += u``; in Nesterov's form (1983) ``w += momentum·u −
    learning_rate·g``, with the new u.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.01
    momentum : float, default 0.0
        From 0 to below 1.
    nesterov : bool, default False
    **options
        Options of every optimizer (`Optimizer`), such as `clipnorm`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.momentum = number(momentum, "momentum", minimum=0, maximum=1, open_end=True)
        self.nesterov = flag(nesterov, "nesterov")
        self.slots = ("momentum",) if self.momentum else ()

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Take one step against the gradient."""
        step = learning_rate * grad
        if not state:
            value -= step
            return
        (velocity,) = state
        velocity *= self.momentum
        velocity -= step
        value += self.momentum * velocity - step if self.nesterov else velocity
