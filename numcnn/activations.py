"""Activations: what a layer does to each number after its linear part.

Each is two formulas: its value ``y = f(z)``, and its gradient, which turns the gradient with
respect to y into the one with respect to z.  Arrays go in and come out in one shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import one_of


class Activation:
    """A function of the numbers of a layer.

    A subclass writes `value` and `gradient`, and sets `pointwise` to False if a number of y
    depends on more than the one number of z in its place.
    """

    name = "activation"
    pointwise = True

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``y = f(z)``."""
        raise NotImplementedError

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dz, given dy and the z and y of the forward pass."""
        raise NotImplementedError


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
        """Return ``y = 1 / (1 + exp(−z))``, written so that exp cannot overflow."""
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
        """Return the softmax; subtracting the largest z changes nothing but keeps exp in range."""
        exps = np.exp(z - z.max(axis=-1, keepdims=True))
        return exps / exps.sum(axis=-1, keepdims=True)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz_c = y_c · (dy_c − Σ_k dy_k·y_k)``."""
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


ACTIVATIONS = {kind.name: kind for kind in (Linear, ReLU, Sigmoid, Tanh, Softmax)}


def get(activation: Any) -> Activation:
    """Return the activation of that name; None is linear, an `Activation` is itself."""
    if activation is None:
        return Linear()
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, type) and issubclass(activation, Activation):
        return activation()
    return ACTIVATIONS[one_of(activation, ACTIVATIONS, "activation")]()
