"""Losses that compare number with number: squared and absolute error, and binary cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.activations import Sigmoid
from numcnn.checks import flag, number
from numcnn.losses import labels
from numcnn.losses.base import EPSILON, Loss


class ElementwiseLoss(Loss):
    """The mean over the numbers of a sample; a subclass says what each of them costs."""

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return labels of the shape of the outputs; refuse others."""
        return labels.like_outputs(y, outputs, self.name, name)

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true, y_pred ``(N, …)`` -> losses ``(N,)``, cache."""
        targets = y_true.astype(y_pred.dtype, copy=False)
        costs = self.costs(targets, y_pred).reshape(len(y_pred), -1)
        return costs.mean(axis=1), (targets, y_pred)

    def backward(self, dlosses: np.ndarray, cache: Any) -> np.ndarray:
        """dlosses ``(N,)`` -> dy_pred ``(N, …)``: each number has an equal share in the mean."""
        targets, y_pred = cache
        share = dlosses / max(1, y_pred[0].size if len(y_pred) else 1)
        return self.slopes(targets, y_pred) * share.reshape(-1, *[1] * (y_pred.ndim - 1))

    def costs(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return what each number costs."""
        raise NotImplementedError

    def slopes(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of each number's cost with respect to the output."""
        raise NotImplementedError


class MeanSquaredError(ElementwiseLoss):
    """``loss = mean (y_pred − y_true)²``.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.125
    """

    def costs(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the squared differences."""
        return np.square(outputs - targets)

    def slopes(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return ``2 (y_pred − y_true)``."""
        return 2 * (outputs - targets)


class MeanAbsoluteError(ElementwiseLoss):
    """``loss = mean |y_pred − y_true|``; where they are equal the gradient is 0.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.25
    """

    def costs(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the absolute differences."""
        return np.abs(outputs - targets)

    def slopes(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the sign of ``y_pred − y_true``."""
        return np.sign(outputs - targets)


class BinaryCrossentropy(ElementwiseLoss):
    """Cross-entropy of yes and no: ``loss = −mean (t · log p + (1 − t) · log(1 − p))``.

    With logits z the probabilities are ``p = sigmoid(z)``, and loss and gradient are computed from
    z directly: ``max(z, 0) − t·z + log(1 + exp(−|z|))`` and ``dz = p − t``.  With probabilities,
    they are clipped to ``[1e-7, 1 − 1e-7]`` first, as Keras does, and where the clip acts the
    gradient is zero.  So a model that ends in sigmoid is always trained from its logits.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits.
    label_smoothing : float, default 0.0
        Part of each label, from 0 to 1, that is moved halfway to the other.
    **options
        ``name``; and what Keras lets one choose and numcnn does not, with its default.

    Examples
    --------
    >>> BinaryCrossentropy()([1, 0], [[0.5], [0.5]])     # ln 2
    0.6931471805599453
    """

    absorbs = "sigmoid"

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.from_logits = flag(from_logits, "from_logits")
        self.label_smoothing = number(label_smoothing, "label_smoothing", minimum=0, maximum=1)

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return labels from 0 to 1, of the shape of the outputs; refuse others."""
        return labels.yes_or_no(y, outputs, self.name, name)

    def smoothed(self, targets: np.ndarray) -> np.ndarray:
        """Return labels, a little of each moved halfway to the other."""
        return targets * (1 - self.label_smoothing) + 0.5 * self.label_smoothing

    def costs(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the cross-entropy of each number."""
        t = self.smoothed(targets)
        if self.from_logits:
            z = outputs
            return np.maximum(z, 0) - t * z + np.log1p(np.exp(-np.abs(z)))
        p = np.clip(outputs, EPSILON, 1 - EPSILON)
        return -(t * np.log(p) + (1 - t) * np.log(1 - p))

    def slopes(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return ``p − t`` for logits, ``(p − t) / (p (1 − p))`` for probabilities."""
        t = self.smoothed(targets)
        if self.from_logits:
            return Sigmoid().value(outputs) - t
        p = np.clip(outputs, EPSILON, 1 - EPSILON)
        return np.where(p == outputs, (p - t) / (p * (1 - p)), 0)
