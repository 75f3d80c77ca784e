"""Dense: every output number sees every input number."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn import activations, initializers, regularizers
from numcnn.checks import Shape, positive_int
from numcnn.configuration import Fixed
from numcnn.engine import active_engine
from numcnn.layers.base import ActivatedLayer
from numcnn.parameter import Parameter


class Dense(ActivatedLayer):
    """A fully connected layer: ``z = x @ kernel + bias``, ``y = activation(z)``.

    Parameters
    ----------
    units : int
        U, how many numbers come out.
    activation : str or Activation, optional
        Such as ``"softmax"``; by default none.
    use_bias : bool, default True
        Whether a number is added to each unit.
    kernel_initializer, bias_initializer : str or Initializer
        What the weights begin with (`numcnn.initializers`).
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        What large weights cost (`numcnn.regularizers`).
    **options
        What every layer takes (`Layer`), such as `input_shape` and `name`.

    Attributes
    ----------
    kernel : Parameter
        ``(D, U)``.
    bias : Parameter or None
        ``(U,)``.

    Examples
    --------
    >>> Dense(10, activation="softmax").forward(np.ones((2, 784))).sum(axis=1).round(5)
    array([1., 1.], dtype=float32)
    """

    fixed: ClassVar[Fixed] = {
        "kernel_constraint": (None,),
        "bias_constraint": (None,),
        "quantization_config": (None,),
    }
    kernel: Parameter
    bias: Parameter | None

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = positive_int(units, "units")
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "bias_regularizer")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, …, D)`` -> ``(None, …, U)``."""
        if len(input_shape) < 2:
            raise ValueError(
                f"a dense layer needs rows of numbers, (N, D), but got the shape {input_shape}: "
                "for one number a sample, use x.reshape(-1, 1)."
            )
        return (*input_shape[:-1], self.units)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(D, U)`` and bias ``(U,)``."""
        self.compute_output_shape(input_shape)  # is there a D?
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_parameter(
            "kernel", shape, self.kernel_initializer, regularizer=self.kernel_regularizer
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_parameter(
                "bias", (self.units,), self.bias_initializer, regularizer=self.bias_regularizer
            )

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Multiply by the kernel: x ``(N, D)`` -> z ``(N, U)``."""
        x = self.checked(x)
        bias = self.bias.value if self.bias else None
        z, cache = active_engine().dense_forward(x, self.kernel.value, bias)
        self.remember(cache, training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Multiply by the kernel's transpose: dz ``(N, U)`` -> dx ``(N, D)``."""
        cache = self.recall()
        dx, self.kernel.grad, dbias = cache.engine.dense_backward(dz, cache, self.input_gradient)
        if self.bias:
            self.bias.grad = dbias
        return dx
