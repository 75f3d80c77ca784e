"""Variance scaling: random weights that keep the size of activations from layer to layer.

Glorot, He and LeCun are one idea (LeCun et al. 1998; Glorot and Bengio 2010; He et al. 2015):
weights with mean 0 and variance ``scale / fan``.  The fan in is the number of inputs summed into
one output; the fan out is the number of outputs that one input contributes to.
"""

import math

import numpy as np

from numcnn.initializers.base import RandomInitializer, truncated_standard_normal

TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a standard normal distribution truncated at −2 and 2."""


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
    """Random numbers with mean 0 and variance ``scale / fan``; a subclass sets scale and fan.

    Parameters
    ----------
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the layer's generator.
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


class GlorotUniform(ScaledInitializer):
    """Uniform on ±√(6 / (fan_in + fan_out)): the default of `Conv2D` and `Dense`."""

    mode = "fan_avg"
    distribution = "uniform"
