"""RandomNormal, RandomUniform and TruncatedNormal: distributions with given parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.initializers.base import RandomInitializer, truncated_standard_normal


class RandomNormal(RandomInitializer):
    """Normal distribution.

    Parameters
    ----------
    mean : float, default 0.0
    stddev : float, default 0.05
        Standard deviation, 0 or more.
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the layer's generator.
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None, **options: Any
    ) -> None:
        super().__init__(seed, **options)
        self.mean = number(mean, "mean")
        self.stddev = number(stddev, "stddev", minimum=0)

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        return self.mean + self.stddev * rng.standard_normal(shape)


class TruncatedNormal(RandomNormal):
    """Normal distribution; numbers beyond two standard deviations from the mean are drawn again.

    So its standard deviation is only 0.88 of `stddev`.  As in Keras, `VarianceScaling` corrects for
    this, and `TruncatedNormal` does not.

    Parameters
    ----------
    mean, stddev, seed
        As in `RandomNormal`.
    """

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        return self.mean + self.stddev * truncated_standard_normal(shape, rng)


class RandomUniform(RandomInitializer):
    """Uniform distribution.

    Parameters
    ----------
    minval, maxval : float, default -0.05 and 0.05
        The range; it does not include `maxval`.
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the layer's generator.
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None, **options: Any
    ) -> None:
        super().__init__(seed, **options)
        self.minval = number(minval, "minval")
        self.maxval = number(maxval, "maxval", minimum=self.minval)

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        return rng.uniform(self.minval, self.maxval, shape)
