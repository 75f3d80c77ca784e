"""Nadam: Adam that looks one step ahead, as Nesterov's momentum does.

For each number w of a parameter, with its gradient g, and with t counting the updates from 1:

    u_t = beta_1 · (1 − 0.5 · 0.96^t)           the momentum of step t; it grows towards beta_1
    p_t = u_1 · u_2 · … · u_t
    m += (g − m) · (1 − beta_1)
    v += (g² − v) · (1 − beta_2)
    m̂ = u_(t+1) · m / (1 − p_(t+1)) + (1 − u_t) · g / (1 − p_t)
    w −= learning_rate · m̂ / (√(v / (1 − beta_2^t)) + epsilon)

The second part of m̂ is the gradient itself, so a change of its sign acts at once (Dozat 2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.optimizers.base import Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016): the formula is above.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    beta_1, beta_2 : float, default 0.9 and 0.999
        Share of the running means that is kept at each update, from 0 to below 1.
    epsilon : float, default 1e-7
    **options
        As in every `Optimizer`.
    """

    slots = ("momentum", "velocity")  # Keras's names of m and v

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
        self._product = (0, np.ones(()))  # t and p_t

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change value by one step of the formula above; update its running means."""
        m, v = state
        t, real = self.iterations + 1, value.dtype.type
        u, u_next = self._momentum(t, real), self._momentum(t + 1, real)
        p = self._product_of_momenta(t, real)
        m += (grad - m) * (1 - self.beta_1)
        v += (grad * grad - v) * (1 - self.beta_2)
        m_hat = u_next * m / (1 - p * u_next) + (1 - u) * grad / (1 - p)
        v_hat = v / (1 - real(self.beta_2) ** real(t))
        value -= learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)

    def numbers_beside(self) -> dict[str, float]:
        """Return p_t, which Keras keeps as a variable without a name of its own."""
        return {"variable": float(self._product_of_momenta(self.iterations, np.float32))}

    def _momentum(self, t: int, real: Any) -> Any:
        """Return u_t."""
        return real(self.beta_1) * (1 - real(0.5) * real(0.96) ** real(t))

    def _product_of_momenta(self, t: int, real: Any) -> Any:
        """Return p_t, from that of the update before if it is known."""
        known, p = self._product
        if known > t or p.dtype != real:
            known, p = 0, real(1)
        while known < t and p > 0:
            known += 1
            p = p * self._momentum(known, real)
        self._product = (t, p)
        return p
