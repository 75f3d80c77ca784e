"""Zeros, Ones and Constant: all values are equal."""

from __future__ import annotations

import numpy as np

from numcnn.checks import number
from numcnn.initializers.base import Initializer


class Zeros(Initializer):
    """All zeros: for biases."""

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """All ones: for scales."""

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return ones."""
        return np.ones(shape)


class Constant(Initializer):
    """All values equal to one number.

    Parameters
    ----------
    value : float, default 0.0
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = number(value, "value")

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return an array filled with the value."""
        return np.full(shape, self.value)
