"""Cross-entropy: a loss that is large when the model gives the true class a small probability.

The output for one sample is a distribution p over the classes.  The label is another one, t; it is
usually one-hot, 1 at the true class and 0 elsewhere.  Then

    loss = −Σ_c t_c · log p_c                   −log p of the true class, if t is one-hot
    dp_c = −t_c / p_c

A model computes p from its last scores, the logits z, by softmax.  Softmax and cross-entropy
together are simpler than each alone:

    loss = log Σ_k exp(z_k) − Σ_c t_c · z_c
    dz_c = p_c − t_c

So a model that ends in softmax is trained on its logits; the engine computes these two lines
(`numcnn.engine.reference`).  If only probabilities are given, a p rounded to 0 would make the loss
infinite.  Then, as in Keras, each row y is divided by its sum, p_c = y_c / S, and p is clipped to
``[1e-7, 1 − 1e-7]``.  Where a value is clipped, dp_c is 0, even if the output is very wrong.  As
every y_k is in S too, dp_c/dy_k = ([c = k] − p_c) / S, and so dy_k = (dp_k − Σ_c dp_c · p_c) / S.
"""

from typing import Any

import numpy as np

from numcnn.checks import flag
from numcnn.engine import active_engine
from numcnn.losses.base import EPSILON, Loss


class ClassCrossentropy(Loss):
    """``loss = −Σ_c t_c · log p_c``; `numcnn.losses.categorical` has one class for each label form.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits z instead of probabilities p.
    """

    absorbs = "softmax"  # the last activation, if the loss is computed from logits

    def __init__(self, from_logits: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.from_logits = flag(from_logits, "from_logits")

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true ``(N, classes)``, y_pred ``(N, classes)`` -> losses ``(N,)``, cache."""
        t = y_true.astype(y_pred.dtype, copy=False)
        if self.from_logits:
            return active_engine().softmax_cross_entropy_forward(y_pred, t)
        sums = y_pred.sum(axis=1, keepdims=True)  # (N, 1)
        with np.errstate(invalid="ignore", divide="ignore"):  # what sums to 0 costs NaN
            p = y_pred / sums
        clipped = np.clip(p, EPSILON, 1 - EPSILON)
        return -(t * np.log(clipped)).sum(axis=1), (t, p, clipped, sums)

    def backward(self, dlosses: np.ndarray, cache: Any) -> np.ndarray:
        """dlosses ``(N,)`` -> dy_pred ``(N, classes)``."""
        if self.from_logits:
            return cache.engine.softmax_cross_entropy_backward(dlosses, cache)
        t, p, clipped, sums = cache
        dp = np.where(p == clipped, -t / clipped, 0) * dlosses[:, np.newaxis]
        with np.errstate(invalid="ignore", divide="ignore"):
            return (dp - (dp * p).sum(axis=1, keepdims=True)) / sums  # dy
