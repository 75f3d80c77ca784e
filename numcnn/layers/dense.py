"""Dense: every output depends on every input."""

from typing import Any

import numpy as np

from numcnn.checks import Shape, positive_int
from numcnn.engine import active_engine
from numcnn.layers.kernel import KernelLayer


class Dense(KernelLayer):
    """A fully connected layer: ``z = x @ kernel + bias``, ``y = activation(z)``.

    Parameters
    ----------
    units : int
        U, the number of outputs.
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        As in every layer with a kernel (`numcnn.layers.kernel.KernelLayer`).
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> Dense(10, activation="softmax").forward(np.ones((2, 784))).sum(axis=1).round(5)
    array([1., 1.], dtype=float32)
    """

    takes_engine_layout = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(activation, use_bias, **options)
        self.units = positive_int(units, "units")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, …, D)`` -> ``(None, …, U)``."""
        if len(input_shape) < 2:
            raise ValueError(
                f"a dense layer needs rows of numbers (N, D), but its input has the shape "
                f"{input_shape}: if a sample is one number, use x.reshape(-1, 1)."
            )
        return (*input_shape[:-1], self.units)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(D, U)`` and bias ``(U,)``."""
        self.compute_output_shape(input_shape)  # is there a D?
        self.make_kernel((input_shape[-1], self.units))

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Multiply by the kernel, and add the bias: x ``(N, D)`` -> z ``(N, U)``."""
        z, cache = active_engine().dense_forward(self.checked(x), *self.weights_now)
        self.remember(cache, training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Multiply by the kernel's transpose: dz ``(N, U)`` -> dx ``(N, D)``."""
        cache = self.recall()
        dx, dkernel, dbias = cache.engine.dense_backward(dz, cache, self.input_gradient)
        self.set_gradients(dkernel, dbias)
        return dx
