"""The mean of all pixels, and its gradient, in NumPy: global average pooling's arithmetic."""

import sys

import numpy as np

Array = np.ndarray


class Cache(tuple):
    """The values that `global_mean_backward` needs."""

    engine = sys.modules[__name__]


def global_mean_forward(x: Array) -> tuple[Array, Cache]:
    """``y[n, c] = Σ_hw x[n, h, w, c] / (H·W)``.

    x ``(N, H, W, C)`` -> y ``(N, 1, 1, C)``, cache.
    """
    return x.mean(axis=(1, 2), keepdims=True), Cache((x.shape,))


def global_mean_backward(dy: Array, cache: Cache) -> Array:
    """Each pixel gets an equal share of the gradient.

    dy ``(N, 1, 1, C)`` -> dx ``(N, H, W, C)``.
    """
    (x_shape,) = cache
    _, H, W, _ = x_shape
    return np.broadcast_to(dy / (H * W), x_shape).copy()
