"""Adam: steps of the size of the learning rate, whatever the size of the gradients.

For each number w of a parameter, with its gradient g, and with t counting the updates from 1:

    m += (g − m) · (1 − beta_1)                 running mean of g
    v += (g² − v) · (1 − beta_2)                running mean of g²
    a = learning_rate · √(1 − beta_2^t) / (1 − beta_1^t)
    w −= a · m / (√v + epsilon)

m and v start at zero, so they are too small at first; a corrects this.  Where g keeps its sign,
m / √v is near 1 or −1, and w moves by the learning rate.  Where g changes its sign from batch to
batch, m is small and w hardly moves (Kingma and Ba 2015, section 2; their "epsilon hat").

In float32 gradients above 1.8e19 make v infinite and w NaN, in Keras too; `clipnorm` prevents it.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from numcnn.checks import flag, number
from numcnn.engine import active_engine
from numcnn.optimizers.amsgrad import amsgrad_update
from numcnn.optimizers.base import Optimizer


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): ``w −= a · m / (√v + epsilon)``.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    beta_1, beta_2 : float, default 0.9 and 0.999
        Share of the running means that is kept at each update, from 0 to below 1.
    epsilon : float, default 1e-7
    amsgrad : bool, default False
        Whether to divide by the root of the largest v so far (Reddi et al. 2018).
    **options
        As in every `Optimizer`.

    Examples
    --------
    >>> from numcnn.parameter import Parameter
    >>> w = Parameter(np.array([1.0, -2.0]), "w")
    >>> w.grad = np.array([0.1, -0.2])
    >>> Adam().update([w])
    >>> w.value.round(6)
    array([ 0.999, -1.999])
    """

    slots: tuple[str, ...] = ("momentum", "velocity")  # Keras's names of m and v

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = number(beta_1, "beta_1", minimum=0, maximum=1, open_end=True)
        self.beta_2 = number(beta_2, "beta_2", minimum=0, maximum=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", minimum=0)
        self.amsgrad = flag(amsgrad, "amsgrad")
        if self.amsgrad:
            self.slots = ("momentum", "velocity", "velocity_hat")

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change value by one step of the formula above; update its running means."""
        m, v, *largest = state
        betas = self.beta_1, self.beta_2
        a = adam_step_size(value.dtype, learning_rate, self.iterations + 1, *betas)
        if not largest:
            active_engine().adam_update(value, grad, m, v, a, *betas, self.epsilon)
        else:
            amsgrad_update(value, grad, m, v, largest[0], a, *betas, self.epsilon)


@lru_cache(maxsize=16)  # the same for all parameters of an update
def adam_step_size(
    dtype: np.dtype[Any], learning_rate: float, t: int, beta_1: float, beta_2: float
) -> float:
    """Return a, computed in the parameter's dtype as in Keras: some epochs show the difference."""
    real = dtype.type
    rest_1, rest_2 = 1 - real(beta_1) ** real(t), 1 - real(beta_2) ** real(t)
    return float(real(learning_rate) * np.sqrt(rest_2) / rest_1)
