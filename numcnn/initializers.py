"""Initializers: the numbers that parameters begin with.

An initializer is called with a shape and gives an array of it.  All the random ones here are one
idea, variance scaling (Glorot and Bengio 2010; He et al. 2015): numbers with mean 0 and variance
``scale / fan``, where the fan counts how many numbers are summed into one (fan in) or how many one
is passed on to (fan out), so that activations keep their size from layer to layer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.checks import number, one_of
from numcnn.randomness import generator

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


class Initializer:
    """Gives the numbers that a parameter begins with.

    A subclass writes `values`, which draws float64 numbers from the generator.

    Parameters
    ----------
    seed : int or numpy.random.Generator, optional
        Where this initializer's chance comes from; by default from the layer's generator.
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        self.seed = seed

    def __call__(
        self,
        shape: tuple[int, ...],
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Return an array of `shape`.  float32 gets float64's numbers, rounded."""
        chance = generator(rng if self.seed is None else self.seed)
        return self.values(tuple(shape), chance).astype(dtype)

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return float64 numbers of `shape`."""
        raise NotImplementedError


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


class VarianceScaling(Initializer):
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
    ) -> None:
        super().__init__(seed)
        self.scale = number(scale, "scale", least=np.finfo(np.float32).tiny)
        self.mode = one_of(mode, ("fan_in", "fan_out", "fan_avg"), "mode")
        self.distribution = one_of(
            "truncated_normal" if distribution == "normal" else distribution,
            ("truncated_normal", "untruncated_normal", "uniform"),
            "distribution",
        )

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


def truncated_standard_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw from a standard normal distribution, again where the number is beyond −2 or 2."""
    numbers = rng.standard_normal(shape)
    outside = np.abs(numbers) > 2
    while outside.any():
        numbers[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(numbers) > 2
    return numbers


class GlorotUniform(VarianceScaling):
    """Uniform on ±√(6 / (fan_in + fan_out)): the default of `Conv2D` and `Dense`."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Truncated normal with standard deviation √(2 / (fan_in + fan_out))."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeNormal(VarianceScaling):
    """Truncated normal with standard deviation √(2 / fan_in): made for ReLU."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform on ±√(6 / fan_in): made for ReLU."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


INITIALIZERS = {
    "zeros": Zeros,
    "ones": Ones,
    "variance_scaling": VarianceScaling,
    "variancescaling": VarianceScaling,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_normal": HeNormal,
    "he_uniform": HeUniform,
}


def get(initializer: Any, name: str = "initializer") -> Initializer:
    """Return the initializer of that name; an `Initializer` is itself.

    Parameters
    ----------
    initializer : str or Initializer
        Such as ``"glorot_uniform"`` or ``VarianceScaling(scale=2.0)``.
    name : str
        What a message calls the argument.
    """
    if isinstance(initializer, Initializer):
        return initializer
    if isinstance(initializer, type) and issubclass(initializer, Initializer):
        return initializer()
    return INITIALIZERS[one_of(initializer, INITIALIZERS, name)]()
