"""AMSGrad: Adam divided by the largest mean square so far (Reddi, Kale and Kumar 2018)."""

from __future__ import annotations

import numpy as np


def amsgrad_update(
    value: np.ndarray,
    grad: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    v_hat: np.ndarray,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """Change value, m, v and v_hat by one step, **in place**; all five arrays have one shape.

    v_hat never falls, so it cannot make a step larger again.
    """
    m += (grad - m) * (1 - beta_1)
    v += (grad * grad - v) * (1 - beta_2)
    np.maximum(v_hat, v, out=v_hat)
    value -= step_size * m / (np.sqrt(v_hat) + epsilon)
