"""Lion: every weight moves by exactly the learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.optimizers.base import Optimizer


class Lion(Optimizer):
    """The sign of a mean of gradients (Chen et al. 2023, algorithm 2, which a search found).

    ``w −= learning_rate · sign(beta_1 · m + (1 − beta_1) · g)``, and after that
    ``m = beta_2 · m + (1 − beta_2) · g``.  Steps are longer than Adam's, so the paper advises a
    learning rate 3 to 10 times smaller, and a weight decay 3 to 10 times larger.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    beta_1 : float, default 0.9
        Share of m in the step, above 0 and at most 1.
    beta_2 : float, default 0.99
        Share of m that is kept at each update, from 0 to 1.
    **options
        As in every `Optimizer`.

    Examples
    --------
    >>> from numcnn.parameter import Parameter
    >>> w = Parameter(np.array([1.0, -2.0, 3.0]), "w")
    >>> w.grad = np.array([0.1, -200.0, 0.0])
    >>> Lion(0.25).update([w])
    >>> w.value
    array([ 0.75, -1.75,  3.  ])
    """

    slots = ("momentum",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = number(beta_1, "beta_1", minimum=0, maximum=1)
        self.beta_2 = number(beta_2, "beta_2", minimum=0, maximum=1)
        if not self.beta_1:
            raise ValueError("beta_1 of Lion must be above 0: at 0 the momentum has no effect.")

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change value by the learning rate; update its running mean."""
        (m,) = state
        value -= learning_rate * np.sign(m * self.beta_1 + grad * (1 - self.beta_1))
        m[...] = m * self.beta_2 + grad * (1 - self.beta_2)
