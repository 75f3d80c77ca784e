"""Parameter: an array that training changes."""

from __future__ import annotations

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
    trainable : bool
        Whether the optimizer moves it.
    """

    __slots__ = ("grad", "name", "trainable", "value")

    def __init__(self, value: np.ndarray, name: str, trainable: bool = True) -> None:
        self.value = value
        self.grad: np.ndarray | None = None
        self.name = name
        self.trainable = trainable

    def __repr__(self) -> str:
        return f"<Parameter {self.name}, {self.value.dtype} {self.value.shape}>"
