"""Cross-entropy for class numbers, ``[3, 8, …]``, a short form of one-hot labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.losses import labels
from numcnn.losses.cross_entropy import ClassCrossentropy


class SparseCategoricalCrossentropy(ClassCrossentropy):
    """Cross-entropy for class numbers: ``loss = −log p_label``.

    The same as `CategoricalCrossentropy` on one-hot labels.

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
        return super().forward(one_hot, y_pred)

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return class numbers ``(N,)``, each from 0 to classes − 1; refuse others."""
        return labels.class_numbers(y, outputs, self.name, name)
