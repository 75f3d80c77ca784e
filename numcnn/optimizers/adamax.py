"""Adamax: Adam with the largest gradient in the place of the root mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.optimizers.base import Optimizer


class Adamax(Optimizer):
    """Adam divided by the largest gradient of late (Kingma and Ba 2015, section 7.1).

    ``m += (g − m) · (1 − beta_1)``, ``u = max(beta_2 · u, |g|)`` and
    ``w −= learning_rate · m / ((1 − beta_1^t) · (u + epsilon))``.  No step is longer than the
    learning rate, as long as the gradients do not grow.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    beta_1, beta_2 : float, default 0.9 and 0.999
        Share of m and of u that is kept at each update, from 0 to below 1.
    epsilon : float, default 1e-7
    **options
        As in every `Optimizer`.

    Examples
    --------
    >>> from numcnn.parameter import Parameter
    >>> w = Parameter(np.array([1.0, -2.0]), "w")
    >>> w.grad = np.array([0.1, -0.2])
    >>> Adamax(0.01).update([w])
    >>> w.value.round(6)
    array([ 0.99, -1.99])
    """

    slots = ("momentum", "norm")  # Keras's names of m and u

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = number(beta_1, "beta_1", minimum=0, maximum=1, open_end=True)
        self.beta_2 = number(beta_2, "beta_2", minimum=0, maximum=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", minimum=0)

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change value by one step of the formula above; update m and u."""
        m, u = state
        real = value.dtype.type
        rest = 1 - real(self.beta_1) ** real(self.iterations + 1)
        m += (grad - m) * (1 - self.beta_1)
        np.maximum(self.beta_2 * u, np.abs(grad), out=u)
        value -= learning_rate * m / (rest * (u + self.epsilon))
