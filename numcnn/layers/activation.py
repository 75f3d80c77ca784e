"""Activation, ReLU, LeakyReLU, ELU and Softmax: an activation as a layer of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import activations
from numcnn.checks import Shape
from numcnn.layers.base import ActivatedLayer


class OnlyActivation(ActivatedLayer):
    """A layer that only applies an activation."""

    takes_engine_layout = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """There is no linear part: z is x."""
        return self.checked(x)

    def linear_backward(self, dz: np.ndarray) -> Any:
        """There is no linear part: dx is dz."""
        return dz

    @property
    def as_activation(self) -> activations.Activation:
        """The activation that another layer gets by ``activation=this_layer``."""
        return self.activation


class Activation(OnlyActivation):
    """``y = activation(x)``; the formulas are in `numcnn.activations`.

    ``Activation("relu")`` after a layer is the same as ``activation="relu"`` in it.

    Parameters
    ----------
    activation : str or Activation
        Such as ``"relu"``.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Activation("relu").forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)


class ReLU(OnlyActivation):
    """``y = max(x, 0)``.

    With the arguments, ``y = max_value`` where x ≥ max_value, ``y = x`` where threshold ≤ x <
    max_value, and ``y = negative_slope · (x − threshold)`` below.

    Parameters
    ----------
    max_value : float, optional
        0 or more; by default there is no maximum.
    negative_slope, threshold : float, default 0.0
        0 or more.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> ReLU(max_value=6.0, negative_slope=0.5).forward(np.array([[-1.0, 2.0, 7.0]]))
    array([[-0.5,  2. ,  6. ]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        bounds = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        self.activation = activations.BoundedReLU.from_config(bounds)
        self.max_value, self.negative_slope, self.threshold = bounds.values()


class LeakyReLU(OnlyActivation):
    """``y = x`` where x > 0, ``negative_slope · x`` elsewhere.

    Parameters
    ----------
    negative_slope : float, default 0.3
        0 or more; ``alpha`` is its old name.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> LeakyReLU(0.5).forward(np.array([[-1.0, 2.0]]))
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        negative_slope = options.pop("alpha", negative_slope)
        super().__init__(**options)
        self.activation = activations.LeakyReLU(negative_slope)
        self.negative_slope = self.activation.negative_slope


class ELU(OnlyActivation):
    """``y = x`` where x > 0, ``alpha · (exp(x) − 1)`` elsewhere.

    Parameters
    ----------
    alpha : float, default 1.0
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> ELU().forward(np.array([[-1.0, 2.0]])).round(3)
    array([[-0.632,  2.   ]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.ELU(alpha)
        self.alpha = self.activation.alpha


class Softmax(OnlyActivation):
    """``y_c = exp(x_c) / Σ_k exp(x_k)`` over the last axis: from scores to probabilities.

    Examples
    --------
    >>> Softmax().forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]], dtype=float32)
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.Softmax()
