"""GaussianNoise: in training, add a random number to each number."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.layers.random_layer import RandomLayer


class GaussianNoise(RandomLayer):
    """Add a random number to each number in training: mean 0, standard deviation `stddev`.

    Parameters
    ----------
    stddev : float
        0 or more.
    seed : int or numpy.random.Generator, optional
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> layer = GaussianNoise(0.1, seed=0)
    >>> y = layer.forward(np.zeros((1, 10_000)), training=True)
    >>> bool(abs(y.std() - 0.1) < 0.01)
    True
    """

    takes_engine_layout = False

    def __init__(self, stddev: float, seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        self.stddev = number(stddev, "stddev", minimum=0)

    def change(self, x: np.ndarray) -> tuple[np.ndarray, None]:
        """``y = x + noise``, so the gradient passes unchanged."""
        noise = self.rng.standard_normal(x.shape, np.float32) * self.stddev
        return (x + noise).astype(x.dtype, copy=False), None
