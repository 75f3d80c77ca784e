"""Bounded and leaky ReLU, ELU, SELU, GELU, softplus: proposed replacements for ReLU."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from numcnn.activations.base import Activation
from numcnn.activations.classic import ReLU
from numcnn.checks import number


class BoundedReLU(Activation):
    """ReLU with a ceiling, a threshold of its own and a slope below it.

    ``y = max_value`` where z ≥ max_value, ``y = z`` where threshold ≤ z < max_value, and
    ``y = negative_slope · (z − threshold)`` below.

    Parameters
    ----------
    max_value : float, optional
        0 or more; by default there is no ceiling.
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
        self.max_value = None if max_value is None else number(max_value, "max_value", minimum=0)
        self.negative_slope = number(negative_slope, "negative_slope", minimum=0)
        self.threshold = number(threshold, "threshold", minimum=0)
        self.ceiling = math.inf if self.max_value is None else self.max_value

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return z between threshold and ceiling, and what is said above outside."""
        slope = self.negative_slope
        below = slope * (z - self.threshold) if slope else 0  # 0 for −∞ too
        return np.minimum(np.where(z <= self.threshold, below, z), self.ceiling)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dy, scaled by the slope below the threshold, and 0 from the ceiling on."""
        slope = np.where(z > self.threshold, dy, self.negative_slope * dy)
        return np.where(y < self.ceiling, slope, 0)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make it from what Keras's layer ReLU is made of; without any bound it is a `ReLU`."""
        bounded = super().from_config(config)
        return bounded if bounded.get_config() != cls().get_config() else ReLU()

    def serialized(self) -> Any:
        """Return it as Keras's layer ReLU."""
        as_layer = super().serialized()
        return {**as_layer, "class_name": "ReLU"} if isinstance(as_layer, dict) else "relu"


class LeakyReLU(Activation):
    """``y = z`` where z > 0, ``negative_slope · z`` elsewhere (Maas et al. 2013).

    Parameters
    ----------
    negative_slope : float, default 0.2
        0 or more.
    """

    name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = number(negative_slope, "negative_slope", minimum=0)

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return z where z > 0, ``negative_slope · z`` elsewhere."""
        return np.where(z > 0, z, self.negative_slope * z)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy`` where z > 0, ``negative_slope · dy`` elsewhere."""
        return np.where(z > 0, dy, self.negative_slope * dy)


class ELU(Activation):
    """``y = z`` where z > 0, ``alpha · (exp(z) − 1)`` elsewhere (Clevert et al. 2016).

    Parameters
    ----------
    alpha : float, default 1.0
    """

    name = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number(alpha, "alpha")

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return z where z > 0; elsewhere a curve that falls to −alpha."""
        return np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0)))

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy`` where z > 0, ``dy · alpha · exp(z) = dy · (y + alpha)`` elsewhere."""
        return np.where(z > 0, dy, dy * (y + self.alpha))


class SELU(Activation):
    """``y = scale · z`` where z > 0, ``scale · alpha · (exp(z) − 1)`` elsewhere.

    With these two constants, inputs of mean 0 and variance 1 give outputs of mean 0 and variance 1
    (Klambauer et al. 2017).  The weights must be initialised by `LecunNormal`.
    """

    name = "selu"
    alpha = 1.6732632423543772848170429916717
    scale = 1.0507009873554804934193349852946

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return the scaled ELU."""
        return self.scale * np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0)))

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dy · scale`` where z > 0, ``dy · (y + scale · alpha)`` elsewhere."""
        return np.where(z > 0, dy * self.scale, dy * (y + self.scale * self.alpha))


class GELU(Activation):
    """``y = z · Φ(z)``, with Φ the cumulative standard normal distribution.

    Hendrycks and Gimpel 2016; ``Φ(z) = (1 + erf(z/√2)) / 2``, exact.
    """

    name = "gelu"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``z · Φ(z)``."""
        return z * _normal_share_below(z)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dz = dy · (Φ(z) + z · φ(z))``, with φ the density, the derivative of Φ."""
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return dy * (_normal_share_below(z) + z * density)


def _normal_share_below(z: np.ndarray) -> np.ndarray:
    """Return Φ(z).  NumPy has no error function, so Python's is called for each number."""
    erfc = np.vectorize(math.erfc, otypes=[z.dtype])  # 1 + erf(z) would lose digits below 0
    return 0.5 * erfc(z * -math.sqrt(0.5))


class Softplus(Activation):
    """``y = log(1 + exp(z))``: a ReLU without a kink (Dugas et al. 2001)."""

    name = "softplus"

    def value(self, z: np.ndarray) -> np.ndarray:
        """Return ``log(exp(0) + exp(z))``, which cannot overflow in this form."""
        return np.logaddexp(z, 0)

    def gradient(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ``dy · sigmoid(z)``, and ``sigmoid(z) = exp(z − y)``."""
        return dy * np.exp(z - y)
