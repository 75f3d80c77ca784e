"""Zeros, Ones and Constant: all numbers the same."""

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
    """All numbers the same.

    Parameters
    ----------
    value : float, default 0.0
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = number(value, "value")

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return the value everywhere."""
        return np.full(shape, self.value)
