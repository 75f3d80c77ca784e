"""Batch normalization of the reference engine: the formula and its gradient, in NumPy."""

import sys

import numpy as np

Array = np.ndarray


class Cache(tuple):
    """The values that `batchnorm_backward` needs."""

    engine = sys.modules[__name__]


def batchnorm_forward(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    epsilon: float,
    statistics: tuple[Array, Array] | None = None,
) -> tuple[Array, tuple[Array, Array], Cache]:
    """``y = gamma · x̂ + beta`` with ``x̂ = (x − mean) / √(variance + epsilon)``, by channel.

    Mean and variance are those of the batch, or the given `statistics`.

    x ``(N, …, C)``, all others ``(C,)``; gamma may be None for 1, beta for 0
    -> y ``(N, …, C)``, (mean, variance), cache.
    """
    M = x.size // x.shape[-1]
    mean = channel_sums(x) / M if statistics is None else statistics[0]
    centered = x - mean
    variance = channel_sums(np.square(centered)) / M if statistics is None else statistics[1]
    inverse_std = 1 / np.sqrt(variance + epsilon)
    normalized = np.multiply(centered, inverse_std, out=centered)
    y = normalized if gamma is None else normalized * gamma
    y = y if beta is None else y + beta
    return y, (mean, variance), Cache((normalized, gamma, inverse_std, statistics is None))


def batchnorm_backward(dy: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """``dx̂ = gamma · dy``, ``dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / √(variance + epsilon)``.

    The means run over the M numbers of a channel.  The two subtracted terms are the effect of x on
    mean and variance.  Where these were given they are constants, and ``dx = dx̂ / √(…)``.

    dy ``(N, …, C)`` -> dx ``(N, …, C)``, dgamma ``(C,)``, dbeta ``(C,)``.
    """
    normalized, gamma, inverse_std, by_batch = cache
    dbeta = channel_sums(dy)
    dgamma = channel_sums(dy * normalized)
    scale = inverse_std if gamma is None else gamma * inverse_std
    if not by_batch:
        return dy * scale, dgamma, dbeta
    M = dy.size // len(dbeta)
    dx = dy - dbeta / M  # from here on in place: new arrays would take most of the time
    dx -= normalized * (dgamma / M)
    dx *= scale
    return dx, dgamma, dbeta


def channel_sums(x: Array) -> Array:
    """Return the sum of each channel: ``(N, …, C)`` -> ``(C,)``.

    Each sample is summed as a product with ones, which is ten times as fast as a sum.  The samples
    are added in float64, so that a large batch does not lose digits.
    """
    N, C = len(x), x.shape[-1]
    samples = x.reshape(N, -1, C)  # (N, P, C)
    ones = np.ones((1, samples.shape[1]), x.dtype)
    return (ones @ samples).sum(axis=(0, 1), dtype=np.float64).astype(x.dtype)
