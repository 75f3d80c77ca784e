"""BatchNormalization: normalise each channel to mean 0 and variance 1, then scale and shift it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn import initializers, regularizers
from numcnn.checks import Shape, flag, need_channels, number, positive_int
from numcnn.engine import active_engine
from numcnn.layers.base import Layer
from numcnn.parameter import Parameter


class BatchNormalization(Layer):
    """Each channel is normalised over the batch: ``y = gamma · x̂ + beta``.

    ``x̂ = (x − mean) / √(variance + epsilon)``, with a mean and a variance for each channel (the
    last axis).  Training uses those of the batch, and updates moving ones: ``moving = momentum ·
    moving + (1 − momentum) · of the batch``.  Prediction uses the moving ones (Ioffe and Szegedy
    2015).  With ``trainable = False`` the layer is frozen: training uses the moving ones too, and
    does not change them.

    Parameters
    ----------
    axis : int, default -1
        The axis of the channels; it must be the last one.
    momentum : float, default 0.99
        The share of the old moving mean and variance that is kept at each step, from 0 to 1.
    epsilon : float, default 0.001
        Prevents a division by 0 where a channel has no variance.
    center, scale : bool, default True
        Whether there is a beta, and whether there is a gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer : \
str or Initializer
        Initial values, by default 0, 1, 0 and 1.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties on large values (`numcnn.regularizers`).
    beta_constraint, gamma_constraint : str or Constraint, optional
        What the values must satisfy after every update (`numcnn.constraints`).
    **options
        Options of every layer (`Layer`), such as `name`.

    Attributes
    ----------
    gamma, beta : Parameter or None
        ``(C,)``, learned.
    moving_mean, moving_variance : Parameter
        ``(C,)``, updated by the layer itself.

    Examples
    --------
    >>> layer = BatchNormalization(epsilon=0.0)
    >>> layer.forward(np.array([[1.0], [3.0]]), training=True)
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> layer.moving_mean.value         # 0.99 · 0 + 0.01 · 2
    array([0.02], dtype=float32)
    """

    gamma: Parameter | None
    beta: Parameter | None
    moving_mean: Parameter
    moving_variance: Parameter
    rescales = True
    takes_engine_layout = True
    constrained: ClassVar[Mapping[str, str]] = {
        "gamma": "gamma_constraint",
        "beta": "beta_constraint",
    }

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis = positive_int(axis, "axis", minimum=-1)
        self.momentum = number(momentum, "momentum", minimum=0, maximum=1)
        self.epsilon = number(epsilon, "epsilon", minimum=0)
        self.center = flag(center, "center")
        self.scale = flag(scale, "scale")
        initializer, regularizer = initializers.get, regularizers.get
        self.beta_initializer = initializer(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializer(gamma_initializer, "gamma_initializer")
        self.moving_mean_initializer = initializer(
            moving_mean_initializer, "moving_mean_initializer"
        )
        self.moving_variance_initializer = initializer(
            moving_variance_initializer, "moving_variance_initializer"
        )
        self.beta_regularizer = regularizer(beta_regularizer, "beta_regularizer")
        self.gamma_regularizer = regularizer(gamma_regularizer, "gamma_regularizer")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def build(self, input_shape: Shape) -> None:
        """Make gamma, beta, moving mean and moving variance, each ``(C,)``."""
        need_channels(input_shape)
        if self.axis not in (-1, len(input_shape) - 1):
            raise ValueError(
                f"the channels are on the last axis of {input_shape}, so axis must be -1 or "
                f"{len(input_shape) - 1}, got {self.axis}."
            )
        C = input_shape[-1:]
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_parameter(
                "gamma", C, self.gamma_initializer, regularizer=self.gamma_regularizer
            )
        if self.center:
            self.beta = self.add_parameter(
                "beta", C, self.beta_initializer, regularizer=self.beta_regularizer
            )
        self.moving_mean = self.add_parameter("moving_mean", C, self.moving_mean_initializer, False)
        self.moving_variance = self.add_parameter(
            "moving_variance", C, self.moving_variance_initializer, False
        )

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …, C)`` -> y ``(N, …, C)``; training also updates the moving parameters."""
        x = self.checked(x)  # makes the parameters if there are none
        gamma = self.gamma.value if self.gamma else None
        beta = self.beta.value if self.beta else None
        moving = self.moving_mean, self.moving_variance
        of_batch = training and self.trainable and not self.inference
        statistics = None if of_batch else (moving[0].value, moving[1].value)
        y, used, cache = active_engine().batchnorm_forward(x, gamma, beta, self.epsilon, statistics)
        if of_batch:
            for parameter, value in zip(moving, used, strict=True):
                parameter.value[...] = self.momentum * parameter.value + (1 - self.momentum) * value
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …, C)`` -> dx ``(N, …, C)``."""
        cache = self.recall()
        dx, dgamma, dbeta = cache.engine.batchnorm_backward(dy, cache)
        if self.beta is not None:
            self.beta.grad = dbeta
        if self.gamma is not None:
            self.gamma.grad = dgamma
        return dx
