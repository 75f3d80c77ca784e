"""Cross-entropy for one-hot labels, and for class numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.losses import labels
from numcnn.losses.base import EPSILON
from numcnn.losses.cross_entropy import ClassCrossentropy


class CategoricalCrossentropy(ClassCrossentropy):
    """Cross-entropy of one-hot labels: ``loss = −Σ_c t_c · log p_c``.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits.
    label_smoothing : float, default 0.0
        Share of each label, from 0 to 1, that is spread evenly over all classes.
    **options
        As in every `Loss`.

    Examples
    --------
    >>> CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])     # ln 2
    0.6931471805599453
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, **options: Any
    ) -> None:
        super().__init__(from_logits, **options)
        self.label_smoothing = number(label_smoothing, "label_smoothing", minimum=0, maximum=1)

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true ``(N, classes)``, y_pred ``(N, classes)`` -> losses ``(N,)``, cache."""
        t = y_true.astype(y_pred.dtype, copy=False)
        if self.label_smoothing:
            t = t * (1 - self.label_smoothing) + self.label_smoothing / y_pred.shape[1]
        return super().forward(t, y_pred)

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return one-hot labels ``(N, classes)``; refuse others."""
        return labels.one_hot(y, outputs, self.name, name)


class SparseCategoricalCrossentropy(ClassCrossentropy):
    """Cross-entropy for class numbers: ``loss = −log p_label``.

    The same as `CategoricalCrossentropy` on one-hot labels.  With probabilities, they are clipped
    to ``[1e-7, 1 − 1e-7]`` first and divided by their sum then, as in Keras on TensorFlow.  So
    outputs that are no probabilities have a loss too, though not one that is worth training on.

    Parameters
    ----------
    from_logits, **options
        As in `CategoricalCrossentropy`.

    Examples
    --------
    >>> SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])     # ln 2
    0.6931471805599453
    """

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true ``(N,)``, y_pred ``(N, classes)`` -> losses ``(N,)``, cache."""
        one_hot = np.zeros(y_pred.shape, y_pred.dtype)
        one_hot[np.arange(len(y_true)), y_true] = 1
        if self.from_logits:
            return super().forward(one_hot, y_pred)
        clipped = np.clip(y_pred, EPSILON, 1 - EPSILON)
        p = clipped / clipped.sum(axis=1, keepdims=True)
        return -np.log((p * one_hot).sum(axis=1)), (one_hot, p, clipped, y_pred)

    def backward(self, dlosses: np.ndarray, cache: Any) -> np.ndarray:
        """dlosses ``(N,)`` -> dy_pred ``(N, classes)``."""
        if self.from_logits:
            return super().backward(dlosses, cache)
        one_hot, p, clipped, y_pred = cache
        dclipped = (p - one_hot) / clipped * dlosses[:, np.newaxis]
        return np.where(clipped == y_pred, dclipped, 0)

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return class numbers ``(N,)``, each from 0 to classes − 1; refuse others."""
        return labels.class_numbers(y, outputs, self.name, name)
