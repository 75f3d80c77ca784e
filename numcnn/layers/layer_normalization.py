"""LayerNormalization and GroupNormalization: every sample is brought to mean 0 and variance 1.

Batch normalization takes means over a batch, and so a sample's output depends on the others.  Here
the means are over numbers of one sample, in training and in prediction alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn import initializers, regularizers
from numcnn.checks import Shape, flag, items_of, need_channels, number, positive_int
from numcnn.layers.base import Layer
from numcnn.parameter import Parameter


class SampleNormalization(Layer):
    """``x̂ = (x − mean) / √(variance + epsilon)``, ``y = gamma · x̂ + beta``.

    A subclass says over which numbers of a sample mean and variance are taken: it lays x out as
    ``(rows, …)``, where the means are over `axes`.
    """

    gamma: Parameter | None
    beta: Parameter | None
    takes_engine_layout = False
    constrained: ClassVar[Mapping[str, str]] = {
        "gamma": "gamma_constraint",
        "beta": "beta_constraint",
    }

    def __init__(
        self,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        *,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.epsilon = number(epsilon, "epsilon", minimum=0)
        self.center, self.scale = flag(center, "center"), flag(scale, "scale")
        self.beta_initializer = initializers.get(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializers.get(gamma_initializer, "gamma_initializer")
        self.beta_regularizer = regularizers.get(beta_regularizer, "beta_regularizer")
        self.gamma_regularizer = regularizers.get(gamma_regularizer, "gamma_regularizer")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def make_both(self, shape: tuple[Any, ...]) -> None:
        """Make gamma and beta of this shape."""
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_parameter(
                "gamma", shape, self.gamma_initializer, regularizer=self.gamma_regularizer
            )
        if self.center:
            self.beta = self.add_parameter(
                "beta", shape, self.beta_initializer, regularizer=self.beta_regularizer
            )

    def laid_out(self, x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """Return x with the axes over which the means are taken, and these axes."""
        raise NotImplementedError

    def _as_parameter(self, values: np.ndarray | Any, rank: int) -> Any:
        """Return gamma or beta as it broadcasts over x."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, …)``."""
        x = self.checked(x)
        rows, axes = self.laid_out(x)
        centered = rows - rows.mean(axis=axes, keepdims=True)
        variance = np.square(centered).mean(axis=axes, keepdims=True)
        inverse_std = 1 / np.sqrt(variance + x.dtype.type(self.epsilon))
        normalized = centered * inverse_std
        self.remember((normalized, inverse_std, axes), training)
        y = normalized.reshape(x.shape)
        if self.gamma is not None:
            y = y * self._as_parameter(self.gamma.value, x.ndim)
        return y if self.beta is None else y + self._as_parameter(self.beta.value, x.ndim)

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …)`` -> dx ``(N, …)``.

        ``dx̂ = gamma · dy`` and ``dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / √(variance +
        epsilon)``: the two subtracted terms are the effect of x on mean and variance.
        """
        normalized, inverse_std, axes = self.recall()
        dnormalized = dy
        if self.gamma is not None:
            products = dy * normalized.reshape(dy.shape)
            self.gamma.grad = self._summed(products)
            dnormalized = dy * self._as_parameter(self.gamma.value, dy.ndim)
        if self.beta is not None:
            self.beta.grad = self._summed(dy)
        drows = dnormalized.reshape(normalized.shape)
        mean = drows.mean(axis=axes, keepdims=True)
        along = (drows * normalized).mean(axis=axes, keepdims=True)
        return ((drows - mean - normalized * along) * inverse_std).reshape(dy.shape)

    def _summed(self, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient of gamma or beta, which is used for every sample."""
        raise NotImplementedError


class LayerNormalization(SampleNormalization):
    """The means are over one axis of a sample, or several: by default the channels of each pixel.

    ``y = gamma · (x − mean) / √(variance + epsilon) + beta`` (Ba et al. 2016).

    Parameters
    ----------
    axis : int or list of int, default -1
        The axes that the means are taken over, and that gamma and beta have.
    epsilon, center, scale
        What is added to the variance; whether there is a beta and a gamma.
    beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer
    beta_constraint, gamma_constraint
        Of beta and gamma.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> print(LayerNormalization().forward(np.array([[1.0, 2.0, 3.0]])).round(2))
    [[-1.22  0.    1.22]]
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(epsilon, center, scale, **options)
        axes = items_of(axis, "axis", "axes") if isinstance(axis, list | tuple) else [axis]
        for one in axes:
            positive_int(one, "axis", minimum=-10)
        self.axis = axis if isinstance(axis, int) else list(axes)
        self._axes: tuple[int, ...] = ()

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta, with the axes that the means are taken over."""
        need_channels(input_shape)
        rank = len(input_shape)
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        if any(not -rank < axis < rank or axis % rank == 0 for axis in axes):
            raise ValueError(
                f"axis must be among 1 to {rank - 1} for inputs {input_shape}, or counted from "
                f"the end, got {self.axis}."
            )
        self._axes = tuple(sorted({axis % rank for axis in axes}))
        self.make_both(tuple(input_shape[axis] for axis in self._axes))

    def laid_out(self, x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """x as it is."""
        return x, self._axes

    def _as_parameter(self, values: np.ndarray, rank: int) -> np.ndarray:
        lengths = iter(values.shape)
        return values.reshape([next(lengths) if k in self._axes else 1 for k in range(rank)])

    def _summed(self, gradient: np.ndarray) -> np.ndarray:
        return gradient.sum(axis=tuple(k for k in range(gradient.ndim) if k not in self._axes))


class GroupNormalization(SampleNormalization):
    """The channels are in groups, and the means are over all pixels and channels of a group.

    ``y = gamma · (x − mean) / √(variance + epsilon) + beta`` (Wu and He 2018).

    Parameters
    ----------
    groups : int, default 32
        Their number; -1 for as many as there are channels.
    epsilon, center, scale
        What is added to the variance; whether there is a beta and a gamma.
    beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer
    beta_constraint, gamma_constraint
        Of beta and gamma.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> layer = GroupNormalization(groups=2)
    >>> print(layer.forward(np.array([[1.0, 2.0, 10.0, 30.0]])).round(2))
    [[-1.  1. -1.  1.]]
    """

    def __init__(
        self,
        groups: int = 32,
        *,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(epsilon, center, scale, **options)
        self.groups = positive_int(groups, "groups", minimum=-1)
        if self.groups == 0:
            raise ValueError("groups must be 1 or more, or -1 for one group a channel, got 0.")

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta ``(C,)``."""
        need_channels(input_shape)
        C: Any = input_shape[-1]
        if self.groups != -1 and (self.groups > C or C % self.groups):
            raise ValueError(f"{self.groups} groups do not divide {C} channels evenly.")
        self.make_both((C,))

    def laid_out(self, x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """x ``(N, …, C)`` -> ``(N, pixels, G, C / G)``."""
        groups = x.shape[-1] if self.groups == -1 else self.groups
        return x.reshape(len(x), math.prod(x.shape[1:-1]), groups, -1), (1, 3)

    def _as_parameter(self, values: np.ndarray, rank: int) -> np.ndarray:
        return values

    def _summed(self, gradient: np.ndarray) -> np.ndarray:
        return gradient.sum(axis=tuple(range(gradient.ndim - 1)))
