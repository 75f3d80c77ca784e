"""What every initializer is: called with a shape, it gives an array of it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn.checks import float_dtype, shape_of_one_sample
from numcnn.configuration import Configurable
from numcnn.own_results import returned
from numcnn.randomness import generator


class Initializer(Configurable):
    """Makes the initial values of a parameter.

    A subclass defines `values`, which returns float64 numbers.
    """

    module: ClassVar[str] = "keras.initializers"

    def __call__(
        self,
        shape: tuple[int, ...],
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Return an array of `shape`.  float32 values are the float64 values, rounded."""
        axes = shape_of_one_sample(shape, "shape")
        numbers = self.values(axes, generator(rng))
        numbers = returned(numbers, axes, self, "values", "numbers", "that of the parameter")
        return numbers.astype(float_dtype(dtype, "dtype"))

    def values(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return float64 numbers of `shape`."""
        raise NotImplementedError


class RandomInitializer(Initializer):
    """An initializer that draws random numbers.

    Parameters
    ----------
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the layer's generator.
    """

    def __init__(self, seed: int | np.random.Generator | None = None, **options: Any) -> None:
        self.accept_fixed(options)
        self.seed = seed

    def __call__(
        self,
        shape: tuple[int, ...],
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Return an array of `shape`; with a seed of its own, the same numbers at every call."""
        return super().__call__(shape, dtype, rng if self.seed is None else generator(self.seed))


def truncated_standard_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw from a standard normal distribution; draw numbers beyond −2 or 2 again."""
    numbers = rng.standard_normal(shape)
    outside = np.abs(numbers) > 2
    while outside.any():
        numbers[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(numbers) > 2
    return numbers
