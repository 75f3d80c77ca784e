"""Dropout: in training, set random numbers, or whole channels, to zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, number
from numcnn.engine import active_engine
from numcnn.layers.random_layer import RandomLayer


class Dropout(RandomLayer):
    """In training, set each number to zero with probability `rate` and scale up the others.

    The numbers kept are multiplied by 1 / (1 − rate), so the mean does not change.  Prediction
    drops nothing and needs no correction (Srivastava et al. 2014, "inverted" form).

    Parameters
    ----------
    rate : float
        The probability of being dropped, from 0 to 1.
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the model's seed.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Dropout(0.2, seed=1).forward(np.ones((1, 6)), training=True)
    array([[1.25, 1.25, 1.25, 1.25, 0.  , 0.  ]], dtype=float32)
    """

    takes_engine_layout = True

    def __init__(self, rate: float, *, seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        self.rate = number(rate, "rate", minimum=0, maximum=1)

    def change(self, x: np.ndarray) -> tuple[Any, Any]:
        """Drop numbers: x ``(N, …)`` -> y ``(N, …)``."""
        return active_engine().dropout_forward(x, self.rate, self.rng)

    def change_backward(self, dy: np.ndarray, cache: Any) -> Any:
        """Pass dy on to the numbers that were kept."""
        return cache.engine.dropout_backward(dy, cache)


class SpatialDropout2D(Dropout):
    """Dropout of whole channels of an image.

    The neighbours of a pixel tell its value, so a single pixel that is dropped is not missed.

    Parameters
    ----------
    rate : float
        The probability of a channel to become zero, from 0 to 1; the others grow by
        ``1 / (1 − rate)``.
    seed : int or numpy.random.Generator, optional
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> y = SpatialDropout2D(0.5, seed=1).forward(np.ones((1, 2, 2, 4)), training=True)
    >>> print(y[0, 0, 0], (y == y[:, :1, :1]).all())
    [0. 2. 2. 2.] True
    """

    takes_engine_layout = False

    def __init__(self, rate: float, seed: Any = None, **options: Any) -> None:
        super().__init__(rate, seed=seed, **options)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` stays."""
        image_axes(input_shape)
        return input_shape

    def change(self, x: np.ndarray) -> tuple[Any, Any]:
        """Drop channels: x ``(N, H, W, C)`` -> y ``(N, H, W, C)``."""
        keep = self.rng.random((len(x), 1, 1, x.shape[-1]), np.float32) >= self.rate
        scale = 1 / (1 - self.rate) if self.rate < 1 else 0.0
        return self.change_backward(x, (keep, scale)), (keep, scale)

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """Pass dy on to the channels that were kept; the factor is that of forward."""
        keep, scale = cache
        return np.where(keep, dy * dy.dtype.type(scale), 0)
