"""Variance scaling: numbers of a size that keeps activations their size from layer to layer.

Glorot, He and LeCun are one idea (LeCun et al. 1998; Glorot and Bengio 2010; He et al. 2015):
numbers with mean 0 and variance ``scale / fan``, where the fan counts how many numbers are summed
into one (fan in) or how many one is passed on to (fan out).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.checks import number, one_of
from numcnn.initializers.base import RandomInitializer, truncated_standard_normal

TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a standard normal distribution that is cut off at −2 and 2."""


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Return fan in and fan out of a kernel ``(in, out)`` or ``(KH, KW, in, out)``.

    Examples
    --------
    >>> fans((784, 10)), fans((5, 5, 8, 16))
    ((784, 10), (200, 400))
    """
    if len(shape) < 2:
        length = math.prod(shape)
        return length, length
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class ScaledInitializer(RandomInitializer):
    """Random numbers of mean 0 and variance ``scale / fan``; the subclass says which.

    Parameters
    ----------
    seed : int or numpy.random.Generator, optional
        Where the chance comes from; by default from the layer's generator.
    """

    scale = 1.0
    mode = "fan_in"
    distribution = "truncated_normal"

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        std = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * std  # a uniform distribution on ±limit has std limit/√3
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return std * rng.standard_normal(shape)
        return std / TRUNCATED_STD * truncated_standard_normal(shape, rng)


class VarianceScaling(ScaledInitializer):
    """Random numbers of mean 0 and variance ``scale / fan``.

    Parameters
    ----------
    scale : float, default 1.0
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
        Which fan; the average is ``(fan_in + fan_out) / 2``.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}, \
default "truncated_normal"
        The truncated normal distribution is redrawn outside of two standard deviations, and widened
        so that its variance is right in spite of that.
    seed : int or numpy.random.Generator, optional
        Where the chance comes from; by default from the layer's generator.

    Examples
    --------
    >>> VarianceScaling(seed=0)((5, 5, 1, 8)).std().round(1)   # sqrt(1 / 25)
    np.float32(0.2)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | np.random.Generator | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, **options)
        self.scale = number(scale, "scale", least=np.finfo(np.float32).tiny)
        self.mode = one_of(mode, ("fan_in", "fan_out", "fan_avg"), "mode")
        self.distribution = one_of(
            "truncated_normal" if distribution == "normal" else distribution,
            ("truncated_normal", "untruncated_normal", "uniform"),
            "distribution",
        )


class GlorotUniform(ScaledInitializer):
    """Uniform on ±√(6 / (fan_in + fan_out)): the default of `Conv2D` and `Dense`."""

    mode = "fan_avg"
    distribution = "uniform"


class GlorotNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(2 / (fan_in + fan_out))."""

    mode = "fan_avg"


class HeNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(2 / fan_in): made for ReLU."""

    scale = 2.0


class HeUniform(ScaledInitializer):
    """Uniform on ±√(6 / fan_in): made for ReLU."""

    scale = 2.0
    distribution = "uniform"


class LecunNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(1 / fan_in): made for SELU."""


class LecunUniform(ScaledInitializer):
    """Uniform on ±√(3 / fan_in)."""

    distribution = "uniform"
