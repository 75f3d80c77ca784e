"""KernelLayer: the common base of convolutions and Dense, with a kernel and a bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import activations, initializers, regularizers
from numcnn.checks import flag
from numcnn.layers.base import ActivatedLayer
from numcnn.parameter import Parameter


class KernelLayer(ActivatedLayer):
    """``z = x * kernel + bias``, where ``*`` is the subclass's product, and ``y = activation(z)``.

    Parameters
    ----------
    activation : str or Activation, optional
        Such as ``"relu"``; by default none.
    use_bias : bool, default True
        Whether to add a bias to each output channel or unit.
    kernel_initializer, bias_initializer : str or Initializer
        Initial values, by default ``"glorot_uniform"`` and ``"zeros"`` (`numcnn.initializers`).
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on large values (`numcnn.regularizers`).
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.
    """

    any_size = True
    kernel: Parameter
    bias: Parameter | None

    def __init__(
        self,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)
        self.use_bias = flag(use_bias, "use_bias")
        self.kernel_initializer = initializers.get(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "bias_regularizer")

    def make_kernel(self, shape: tuple[Any, ...], channels: int | None = None) -> None:
        """Make a kernel of this shape, and a bias for its last axis, or for so many channels."""
        self.kernel = self.add_parameter(
            "kernel", shape, self.kernel_initializer, regularizer=self.kernel_regularizer
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_parameter(
                "bias",
                (channels or shape[-1],),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
            )

    @property
    def weights_now(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The current values of kernel and bias."""
        return self.kernel.value, self.bias.value if self.bias else None

    def set_gradients(self, dkernel: np.ndarray, dbias: np.ndarray | None) -> None:
        """Store the gradients of kernel and bias."""
        self.kernel.grad = dkernel
        if self.bias:
            self.bias.grad = dbias
