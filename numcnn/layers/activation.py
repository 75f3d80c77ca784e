"""Activation, ReLU and Softmax: an activation as a layer of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape
from numcnn.layers.base import ActivatedLayer


class Activation(ActivatedLayer):
    """``y = activation(x)``; the formulas are in `numcnn.activations`.

    ``Activation("relu")`` after a layer is the same as ``activation="relu"`` in it.

    Parameters
    ----------
    activation : str or Activation
        Such as ``"relu"``.
    input_shape : tuple of int, optional
        Shape of one sample; for the first layer of a model.
    name : str, optional

    Examples
    --------
    >>> Activation("relu").forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(
        self, activation: Any, input_shape: tuple[int, ...] | None = None, name: str | None = None
    ) -> None:
        super().__init__(activation, input_shape, name)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape stays."""
        return input_shape

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """There is no linear part: z is x."""
        return self.checked(x)

    def linear_backward(self, dz: np.ndarray) -> Any:
        """There is no linear part: dx is dz."""
        return dz


class ReLU(Activation):
    """``y = max(x, 0)``.

    Examples
    --------
    >>> ReLU().forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, input_shape: tuple[int, ...] | None = None, name: str | None = None) -> None:
        super().__init__("relu", input_shape, name)


class Softmax(Activation):
    """``y_c = exp(x_c) / Σ_k exp(x_k)`` over the last axis: from scores to probabilities.

    Examples
    --------
    >>> Softmax().forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]], dtype=float32)
    """

    def __init__(self, input_shape: tuple[int, ...] | None = None, name: str | None = None) -> None:
        super().__init__("softmax", input_shape, name)
