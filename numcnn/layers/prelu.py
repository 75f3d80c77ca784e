"""PReLU: a ReLU that learns its slope for negative numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import initializers, regularizers
from numcnn.checks import Shape, items_of
from numcnn.layers.base import Layer


class PReLU(Layer):
    """``y = max(x, 0) + alpha · min(x, 0)``; alpha is learned (He et al. 2015).

    Parameters
    ----------
    alpha_initializer : str or Initializer, default "zeros"
    alpha_regularizer : str or Regularizer, optional
    shared_axes : int or list of int, optional
        Axes along which all numbers have one alpha: ``[1, 2]`` for one a channel of an image.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> print(PReLU(initializers.Constant(0.5)).forward(np.array([[-2.0, 3.0]])))
    [[-1.  3.]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        *,
        shared_axes: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer, "alpha_initializer")
        self.alpha_regularizer = regularizers.get(alpha_regularizer, "alpha_regularizer")
        one = isinstance(shared_axes, int) and not isinstance(shared_axes, bool)
        axes = [shared_axes] if one else shared_axes
        self.shared_axes = None if axes is None else items_of(axes, "shared_axes", "axes")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def build(self, input_shape: Shape) -> None:
        """Make alpha, of a sample's shape, with length 1 along the shared axes."""
        shape: list[Any] = list(input_shape[1:])
        for axis in self.shared_axes or []:
            if not isinstance(axis, int) or not 1 <= axis < len(input_shape):
                raise ValueError(
                    f"shared_axes must be from 1 to {len(input_shape) - 1}, got {self.shared_axes}."
                )
            shape[axis - 1] = 1
        self.alpha = self.add_parameter(
            "alpha", tuple(shape), self.alpha_initializer, regularizer=self.alpha_regularizer
        )

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, …)``."""
        x = self.checked(x)
        self.remember(x, training)
        return np.maximum(x, 0) + self.alpha.value * np.minimum(x, 0)

    def backward(self, dy: np.ndarray) -> Any:
        """``dx = dy`` where x > 0, else ``alpha · dy``; dalpha sums ``dy · min(x, 0)``."""
        x = self.recall()
        dalpha = (dy * np.minimum(x, 0)).sum(axis=0)
        axes = tuple(axis - 1 for axis in self.shared_axes or [])
        self.alpha.grad = dalpha.sum(axis=axes, keepdims=True)
        return np.where(x > 0, dy, dy * self.alpha.value)
