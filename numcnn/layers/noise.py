"""GaussianNoise and SpatialDropout2D: chance that acts in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, number
from numcnn.layers.base import Layer
from numcnn.randomness import generator


class TrainingNoise(Layer):
    """``y = x · factor + addend`` in training, with random numbers; in prediction ``y = x``.

    A subclass draws the two.
    """

    takes_engine_layout = False

    def __init__(self, *, seed: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.seed = seed
        if seed is not None:
            self.rng = generator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def draw(self, x: np.ndarray) -> tuple[Any, Any]:
        """Return factor and addend for a batch."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, …)``."""
        x = self.checked(x)
        if not training:
            return x
        factor, addend = (1, 0) if self.inference else self.draw(x)
        self.remember(factor, training)
        return (x * factor + addend).astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> Any:
        """``dx = dy · factor``."""
        return (dy * self.recall()).astype(dy.dtype, copy=False)


class GaussianNoise(TrainingNoise):
    """Add a random number to each number in training: mean 0, standard deviation `stddev`.

    Parameters
    ----------
    stddev : float
        0 or more.
    seed : int, optional
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> layer = GaussianNoise(0.1, seed=0)
    >>> y = layer.forward(np.zeros((1, 10_000)), training=True)
    >>> bool(abs(y.std() - 0.1) < 0.01)
    True
    """

    def __init__(self, stddev: float, seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        self.stddev = number(stddev, "stddev", minimum=0)

    def draw(self, x: np.ndarray) -> tuple[Any, Any]:
        """1, and the noise."""
        return 1, self.rng.standard_normal(x.shape, np.float32) * self.stddev


class SpatialDropout2D(TrainingNoise):
    """Dropout of whole channels: neighbouring pixels know each other's value, so one alone is none.

    Parameters
    ----------
    rate : float
        From 0 to 1, the probability of a channel to become zero; the others grow by
        ``1 / (1 − rate)``.
    seed : int, optional
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> y = SpatialDropout2D(0.5, seed=1).forward(np.ones((1, 2, 2, 4)), training=True)
    >>> print(y[0, 0, 0], (y == y[:, :1, :1]).all())
    [0. 2. 2. 2.] True
    """

    def __init__(self, rate: float, seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        self.rate = number(rate, "rate", minimum=0, maximum=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` stays."""
        image_axes(input_shape)
        return input_shape

    def draw(self, x: np.ndarray) -> tuple[Any, Any]:
        """A factor for each channel of each image, and 0."""
        keep = self.rng.random((len(x), 1, 1, x.shape[-1]), np.float32) >= self.rate
        scale = 1 / (1 - self.rate) if self.rate < 1 else 0.0
        return (keep * scale).astype(x.dtype), 0
