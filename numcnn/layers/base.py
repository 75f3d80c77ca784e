"""Layer, the base class: a function of a batch, its parameters, and its gradient.

A layer computes ``y = f(x)`` in `forward`.  `backward` receives dy, the gradient of the loss with
respect to y.  By the chain rule it computes two things: the gradient with respect to each
parameter, which it stores in ``parameter.grad``, and dx, the gradient with respect to x, which it
returns.  dx is the dy of the layer before it.

``active_engine()`` does the arithmetic: `numcnn.engine.reference`, or a faster module with the same
functions.  Its forward functions also return a cache, the values for their backward functions.
"""

from typing import Any

import numpy as np

from numcnn.activations import Activation
from numcnn.checks import Shape
from numcnn.engine import active_engine
from numcnn.layers.component import Component
from numcnn.missing import no_method


class Layer(Component):
    """One step of a network.

    A layer of your own is a subclass with `forward` and `backward`, and with `build` if it has
    parameters.  `numcnn.gradcheck.check_layer` tests whether the two passes agree.
    `numcnn.layers.component.Component` describes the options and attributes of all layers.
    """

    def build(self, input_shape: Shape) -> None:
        """Make the parameters by `add_parameter`, for inputs of `input_shape`, ``(None, …)``."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape; by default, compute one sample of zeros to find it."""
        axes: Any = input_shape[1:]
        sample = np.zeros((1, *axes), self.dtype)
        return (None, *self.checked_output(sample, self.forward(sample)).shape[1:])

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y for the batch x; in training, remember the values that `backward` needs."""
        raise NotImplementedError(no_method(self, "forward(x, training=False)"))

    def backward(self, dy: np.ndarray) -> Any:
        """Set the ``grad`` of each parameter, and return dx."""
        raise NotImplementedError(no_method(self, "backward(dy)"))

    def remember(self, cache: Any, training: bool, part: str = "forward") -> None:
        """In training, keep the cache for the backward pass of this part of the layer."""
        if training:
            self._memory[part] = cache

    def recall(self, part: str = "forward") -> Any:
        """Return the remembered cache, and forget it.

        Raises
        ------
        ValueError
            If there has been no ``forward(x, training=True)`` since the last `backward`.
        """
        if part not in self._memory:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": call forward(x, training=True) before each '
                "backward(dy)."
            )
        return self._memory.pop(part)


class ActivatedLayer(Layer):
    """A layer in two parts: ``z = linear(x)``, then ``y = activation(z)``.

    A subclass sets `activation`, and defines `linear` and `linear_backward` instead of `forward`
    and `backward`: a loss that includes the final softmax is computed from z, the logits.
    """

    takes_engine_layout = True  # it only hands x on, so x may be in the engine's own layout
    activation: Activation

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return z for the batch x."""
        raise NotImplementedError

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Set the ``grad`` of each parameter, and return dx."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return ``y = activation(linear(x))``."""
        y, cache = active_engine().activation_forward(self.linear(x, training), self.activation)
        self.remember(cache, training, part="activation")
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """Go back through the activation, then through the linear part."""
        cache = self.recall(part="activation")
        dz = cache.engine.activation_backward(dy, cache)
        return self.linear_backward(dz)
