"""Parameter: an array that training changes."""

from __future__ import annotations

from typing import Any

import numpy as np


class Parameter:
    """An array that training changes.

    Attributes
    ----------
    value : numpy.ndarray
        The numbers.
    grad : numpy.ndarray or None
        The gradient of the loss with respect to them, after `Layer.backward`.
    name : str
        Such as ``"kernel"``.
    learned : bool
        Whether the optimizer may move it at all; a running mean, say, is kept by its layer.
    frozen : bool
        Whether its layer has been told not to learn, by ``layer.trainable = False``.
    regularizer : Regularizer or None
        What is added to the loss for its size.
    """

    __slots__ = ("frozen", "grad", "learned", "name", "regularizer", "value")

    def __init__(
        self, value: np.ndarray, name: str, trainable: bool = True, regularizer: Any = None
    ) -> None:
        self.value = value
        self.grad: np.ndarray | None = None
        self.name = name
        self.learned = trainable
        self.frozen = False
        self.regularizer = regularizer

    @property
    def trainable(self) -> bool:
        """Whether the optimizer moves it now."""
        return self.learned and not self.frozen

    def __repr__(self) -> str:
        return f"<Parameter {self.name}, {self.value.dtype} {self.value.shape}>"
