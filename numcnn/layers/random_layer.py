"""RandomLayer, the base of layers that change their input by chance, in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape
from numcnn.layers.base import Layer
from numcnn.randomness import generator


class RandomLayer(Layer):
    """A layer that changes its input by chance in training; in prediction ``y = x``.

    A subclass defines `change` and `change_backward`.

    Parameters
    ----------
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the model's seed.
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.
    """

    def __init__(self, *, seed: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.seed = seed
        if seed is not None:
            self.rng = generator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def change(self, x: np.ndarray) -> tuple[Any, Any]:
        """Return y, of the shape of x ``(N, …)``, and what `change_backward` needs.

        Without a need, None says that the gradient passes unchanged.
        """
        raise NotImplementedError

    def change_backward(self, dy: np.ndarray, cache: Any) -> Any:
        """Return dx ``(N, …)`` for dy ``(N, …)``."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, …)``."""
        x = self.checked(x)
        if not training:
            return x
        y, cache = (x, None) if self.inference else self.change(x)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …)`` -> dx ``(N, …)``."""
        cache = self.recall()
        return dy if cache is None else self.change_backward(dy, cache)
