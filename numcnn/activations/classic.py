"""Linear, ReLU, sigmoid, tanh and softmax: the most common activations."""

import numpy as np

from numcnn.activations.base import Activation


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
