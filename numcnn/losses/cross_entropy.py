"""Cross-entropy of classes: of one-hot labels, and of class numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import flag, number, numeric_array
from numcnn.engine import active_engine
from numcnn.losses.base import EPSILON, Loss


class ClassCrossentropy(Loss):
    """Cross-entropy of one distribution over the classes with another.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits.
    **options
        ``name``; and what Keras lets one choose and numcnn does not, with its default.
    """

    absorbs = "softmax"
    label_smoothing = 0.0

    def __init__(self, from_logits: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.from_logits = flag(from_logits, "from_logits")

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true ``(N, classes)``, y_pred ``(N, classes)`` -> losses ``(N,)``, cache."""
        targets = y_true.astype(y_pred.dtype, copy=False)
        if self.label_smoothing:
            targets = targets * (1 - self.label_smoothing) + self.label_smoothing / y_pred.shape[1]
        if self.from_logits:
            return active_engine().softmax_cross_entropy_forward(y_pred, targets)
        sums = y_pred.sum(axis=1, keepdims=True)
        probs = y_pred / sums
        clipped = np.clip(probs, EPSILON, 1 - EPSILON)
        return -(targets * np.log(clipped)).sum(axis=1), (targets, probs, clipped, sums)

    def backward(self, dlosses: np.ndarray, cache: Any) -> np.ndarray:
        """dlosses ``(N,)`` -> dy_pred ``(N, classes)``."""
        if self.from_logits:
            return cache.engine.softmax_cross_entropy_backward(dlosses, cache)
        targets, probs, clipped, sums = cache
        dprobs = np.where(probs == clipped, -targets / clipped, 0) * dlosses[:, np.newaxis]
        return (dprobs - (dprobs * probs).sum(axis=1, keepdims=True)) / sums


class CategoricalCrossentropy(ClassCrossentropy):
    """Cross-entropy of one-hot labels: ``loss = −Σ_c target_c · log p_c``.

    With logits z the probabilities are ``p = softmax(z)``, and loss and gradient are computed from
    z directly: ``dz = p − target``.  With probabilities, they are divided by their sum and clipped
    to ``[1e-7, 1 − 1e-7]`` first, as Keras does; where the clip acts the gradient is zero, however
    wrong the output is.  So a model that ends in softmax is always trained from its logits.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits.
    label_smoothing : float, default 0.0
        Part of each label, from 0 to 1, that is spread evenly over all classes.
    **options
        ``name``; and what Keras lets one choose and numcnn does not, with its default.

    Examples
    --------
    >>> CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])     # ln 2
    0.6931471805599453
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, **options: Any
    ) -> None:
        super().__init__(from_logits, **options)
        self.label_smoothing = number(label_smoothing, "label_smoothing", least=0, most=1)

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return one-hot labels, ``(N, classes)``.

        Raises
        ------
        ValueError
            If a row is not a distribution over the classes.
        """
        targets = numeric_array(y, name)
        if targets.ndim != 2 or targets.shape[1:] != outputs:
            hint = ""
            if targets.ndim == 1 or targets.shape[1:] == (1,):
                hint = ': for class numbers use loss="sparse_categorical_crossentropy"'
            raise ValueError(
                f"{self.name} needs one-hot labels of shape (N, {', '.join(map(str, outputs))}), "
                f"one column for each output of the model, but {name} has shape "
                f"{targets.shape}{hint}."
            )
        sums = targets.sum(axis=1, dtype=np.float64)
        wrong = ~((targets >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3))
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"{self.name} needs labels that are 0 or more and sum to 1 in each row, but "
                f"{name}[{row}] is {targets[row].tolist()}."
            )
        return targets


class SparseCategoricalCrossentropy(ClassCrossentropy):
    """Cross-entropy of class numbers: ``loss = −log p_label``.

    The same as `CategoricalCrossentropy` on one-hot labels.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the outputs are logits.
    **options
        As in `CategoricalCrossentropy`.

    Examples
    --------
    >>> SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])     # ln 2
    0.6931471805599453
    """

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return class numbers, ``(N,)``, each from 0 to classes − 1.

        Raises
        ------
        ValueError
            If a label is not a class number.
        """
        labels = numeric_array(y, name)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1:
            hint = ""
            if labels.shape[1:] == outputs:
                hint = ': for one-hot labels use loss="categorical_crossentropy"'
            raise ValueError(
                f"{self.name} needs one class number a sample, of shape (N,), but {name} has shape "
                f"{labels.shape}{hint}."
            )
        if not outputs:
            raise ValueError(f"{self.name} needs one output for each class, (N, classes).")
        classes = outputs[-1]
        wrong = ~((labels >= 0) & (labels < classes) & (labels == np.floor(labels)))
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"{self.name} needs class numbers from 0 to {classes - 1}, because the model has "
                f"{classes} outputs, but {name}[{row}] is {labels[row]}."
            )
        return labels.astype(np.intp)

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """y_true ``(N,)``, y_pred ``(N, classes)`` -> losses ``(N,)``, cache."""
        one_hot = np.zeros(y_pred.shape, y_pred.dtype)
        one_hot[np.arange(len(y_true)), y_true] = 1
        return super().forward(one_hot, y_pred)
