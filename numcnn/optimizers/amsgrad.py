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
    """One step, on value, m, v and v_hat **in place**; all five arrays have one shape.

    As v_hat never falls, the steps of a parameter never grow again.
    """
    m += (grad - m) * (1 - beta_1)
    v += (grad * grad - v) * (1 - beta_2)
    np.maximum(v_hat, v, out=v_hat)
    value -= step_size * m / (np.sqrt(v_hat) + epsilon)
