"""AdamW: Adam with weight decay beside its means, not through them."""

from __future__ import annotations

from typing import Any

from numcnn.optimizers.adam import Adam


class AdamW(Adam):
    """Adam with weight decay that does not go through the means (Loshchilov and Hutter 2019).

    ``w −= weight_decay · learning_rate · w`` before each step of Adam.  A penalty in the loss would
    be divided by √v like every gradient, and so pull least at the weights that change most.

    Parameters
    ----------
    learning_rate : float or schedule, default 0.001
    weight_decay : float, default 0.004
    **options
        As in `Adam`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options
        )
