"""Dropout: in training, set random numbers to zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, number
from numcnn.engine import active_engine
from numcnn.layers.base import Layer
from numcnn.randomness import generator


class Dropout(Layer):
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

    def __init__(
        self,
        rate: float,
        *,
        seed: int | np.random.Generator | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rate = number(rate, "rate", minimum=0, maximum=1)
        self.seed = seed
        if seed is not None:
            self.rng = generator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Drop numbers in training; otherwise return x."""
        x = self.checked(x)
        if not training:
            return x
        if self.inference:
            self.remember(None, training)
            return x
        y, cache = active_engine().dropout_forward(x, self.rate, self.rng)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """Pass dy on to the numbers that were kept."""
        cache = self.recall()
        return dy if cache is None else cache.engine.dropout_backward(dy, cache)
