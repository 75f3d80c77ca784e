"""Linear, ReLU, sigmoid, tanh and softmax: the most common activations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from numcnn.activations.base import Activation
from numcnn.checks import number


class Linear(Activation):
    """``y = z``."""

    name = "linear"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``y = z``."""
        return z

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy``."""
        return dy


class ReLU(Activation):
    """``y = max(z, 0)``.  At the kink, z = 0, the gradient is 0."""

    name = "relu"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``y = max(z, 0)``."""
        return np.maximum(z, 0)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy`` where z > 0, and 0 elsewhere."""
        return np.where(y > 0, dy, 0)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make a ReLU; with a ceiling, a threshold or a slope it is a `BoundedReLU`."""
        bounded = BoundedReLU.from_config(config)
        plain = bounded.get_config() == BoundedReLU().get_config()
        return cls() if plain else bounded


class Sigmoid(Activation):
    """``y = 1 / (1 + exp(−z))``."""

    name = "sigmoid"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``y = 1 / (1 + exp(−z))``, in a form in which exp cannot overflow."""
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, e) / (1 + e)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy · y · (1 − y)``."""
        return dy * y * (1 - y)


class Tanh(Activation):
    """``y = tanh(z)``."""

    name = "tanh"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``y = tanh(z)``."""
        return np.tanh(z)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy · (1 − y²)``."""
        return dy * (1 - y * y)


class Softmax(Activation):
    """``y_c = exp(z_c) / Σ_k exp(z_k)`` over the last axis: positive numbers that sum to 1."""

    name = "softmax"
    pointwise = False

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return the softmax; subtracting the largest z keeps exp in range and changes nothing."""
        exps = np.exp(z - z.max(axis=-1, keepdims=True))
        return exps / exps.sum(axis=-1, keepdims=True)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz_c = y_c · (dy_c − Σ_k dy_k·y_k)``."""
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


class BoundedReLU(Activation):
    """ReLU with a maximum, a threshold and a slope below the threshold.

    ``y = max_value`` where z ≥ max_value, ``y = z`` where threshold ≤ z < max_value, and
    ``y = negative_slope · (z − threshold)`` below.

    Parameters
    ----------
    max_value : float, optional
        0 or more; by default there is no maximum.
    negative_slope, threshold : float, default 0.0
        0 or more.
    """

    name = "bounded_relu"

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
    ) -> None:
        self.max_value = None if max_value is None else number(max_value, "max_value", least=0)
        self.negative_slope = number(negative_slope, "negative_slope", least=0)
        self.threshold = number(threshold, "threshold", least=0)
        self.ceiling = math.inf if self.max_value is None else self.max_value

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return y by the three cases of the formula."""
        below = self.negative_slope * (z - self.threshold)
        return np.minimum(np.where(z > self.threshold, z, below), self.ceiling)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dy, times the slope below the threshold, and 0 where y is the maximum."""
        slope = np.where(z > self.threshold, dy, self.negative_slope * dy)
        return np.where(y < self.ceiling, slope, 0)

    def serialized(self) -> Any:
        """Return it as Keras's layer ReLU."""
        as_layer = super().serialized()
        return {**as_layer, "class_name": "ReLU"} if isinstance(as_layer, dict) else "relu"
