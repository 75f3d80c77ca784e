"""Muon: for a matrix, the nearest matrix whose columns or rows are orthonormal.

For a parameter with two axes (a dense kernel) of n rows and k columns, with its gradient G:

    M = momentum · M + G
    X = (G + momentum · M) / ‖G + momentum · M‖       Nesterov's momentum; without it, M
    ns_steps times: A = X Xᵀ, X = a · X + (b · A + c · A²) X
    W −= learning_rate · rms_rate · √max(n, k) · X

Each step of this iteration (Newton and Schulz) is an odd polynomial of every singular value, and
drives it towards 1: all directions of the step become about as long, the rare ones too (Jordan et
al. 2024; the factor of W is that of Liu et al. 2025, section 2.2).

A parameter of any other number of axes, such as a bias or a kernel of a convolution, gets Adam.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import flag, number, positive_int
from numcnn.engine import active_engine
from numcnn.optimizers.adam import adam_step_size
from numcnn.optimizers.base import Optimizer
from numcnn.parameter import Parameter


class Muon(Optimizer):
    """Orthogonal steps for matrices, Adam for all else (Jordan et al. 2024): the formula is above.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    adam_beta_1, adam_beta_2, epsilon : float, default 0.9, 0.999 and 1e-7
        Of `Adam`, for parameters that are no matrices.
    adam_weight_decay : float or None, default 0.004
        The weight decay of these.
    weight_decay : float or None, default 0.004
        That of matrices.
    muon_a, muon_b, muon_c : float
        The polynomial's coefficients.
    adam_lr_ratio : float, default 1
        Adam's learning rate is the learning rate times this.
    momentum : float, default 0.95
    ns_steps : int, default 5
        Steps of the iteration.
    nesterov : bool, default True
    rms_rate : float or None, default 0.2
        Makes steps about as long as Adam's; with None, the last factor of the formula is 1.
    **options
        As in every `Optimizer`.
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **options)
        self.adam_beta_1 = number(adam_beta_1, "adam_beta_1", minimum=0, maximum=1, open_end=True)
        self.adam_beta_2 = number(adam_beta_2, "adam_beta_2", minimum=0, maximum=1, open_end=True)
        self.adam_weight_decay = (
            None
            if adam_weight_decay is None
            else number(adam_weight_decay, "adam_weight_decay", minimum=0)
        )
        self.epsilon = number(epsilon, "epsilon", minimum=0)
        self.muon_a, self.muon_b = number(muon_a, "muon_a"), number(muon_b, "muon_b")
        self.muon_c = number(muon_c, "muon_c")
        self.adam_lr_ratio = number(adam_lr_ratio, "adam_lr_ratio", minimum=0)
        self.momentum = number(momentum, "momentum", minimum=0, maximum=1, open_end=True)
        self.ns_steps = positive_int(ns_steps, "ns_steps")
        self.nesterov = flag(nesterov, "nesterov")
        self.rms_rate = None if rms_rate is None else number(rms_rate, "rms_rate", minimum=0)

    def slots_of(self, parameter: Parameter) -> tuple[str, ...]:
        """Return the names of the arrays kept: Adam's mean square only where Adam is used."""
        return self.slots[:1] if _is_matrix(parameter.value) else self.slots

    def decay_of(self, parameter: Parameter) -> float | None:
        """Return the weight decay of a parameter."""
        return self.weight_decay if _is_matrix(parameter.value) else self.adam_weight_decay

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change value by one step of the formula above; update its running means."""
        if not _is_matrix(value):
            betas = self.adam_beta_1, self.adam_beta_2
            rate = learning_rate * self.adam_lr_ratio
            a = adam_step_size(value.dtype, rate, self.iterations + 1, *betas)
            active_engine().adam_update(value, grad, *state, a, *betas, self.epsilon)
            return
        (m,) = state
        m += grad + m * (self.momentum - 1)
        step = self.orthogonal(grad + self.momentum * m if self.nesterov else m)
        if self.rms_rate is not None:
            step = step * value.dtype.type(np.sqrt(max(value.shape)) * self.rms_rate)
        value -= learning_rate * step

    def orthogonal(self, x: np.ndarray) -> np.ndarray:
        """Return a matrix with the same singular vectors, and singular values near 1."""
        if x.shape[0] > x.shape[1]:
            return self.orthogonal(x.T).T  # the products below are of the shorter side
        x = x / (np.linalg.norm(x) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        return x


def _is_matrix(value: np.ndarray) -> bool:
    return value.ndim == 2
