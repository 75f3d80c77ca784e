"""What every layer is: a function of a batch, its parameters, and its gradient.

A layer computes ``y = f(x)`` in `forward`.  In `backward` it is given dy, the gradient of the loss
with respect to y, and has to do two things by the chain rule: put the gradient with respect to each
of its parameters into ``parameter.grad``, and return dx, the gradient with respect to x, which is
the dy of the layer before it.
"""

from typing import Any

import numpy as np

from numcnn.activations import Activation
from numcnn.checks import Shape
from numcnn.engine import active_engine
from numcnn.layers.component import Component


class Layer(Component):
    """One step of a network.

    A layer of your own is a subclass with `forward` and `backward`; with `build` if it has
    parameters; and with `compute_output_shape` if a sample's shape can be had without computing
    one.  `numcnn.gradcheck.check_layer` tells whether the two passes agree.  Names, options and
    attributes that all layers have are described in `numcnn.layers.component.Component`.
    """

    def build(self, input_shape: Shape) -> None:
        """Make the parameters for inputs of `input_shape`, ``(None, …)``, with `add_parameter`."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the output's shape; by default found by computing one sample of zeros."""
        axes: Any = input_shape[1:]
        sample = np.zeros((1, *axes), self.dtype)
        return (None, *np.shape(self.forward(sample))[1:])

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y for the batch x; with `training`, remember what `backward` will need."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(x, training=False)")

    def backward(self, dy: np.ndarray) -> Any:
        """Set the ``grad`` of each parameter, and return dx."""
        raise NotImplementedError(f"{type(self).__name__} has no backward(dy)")

    def remember(self, cache: Any, training: bool, part: str = "forward") -> None:
        """Keep what the backward pass of this part of the layer needs, if this is training."""
        if training:
            self._memory[part] = cache

    def recall(self, part: str = "forward") -> Any:
        """Return what was remembered, once: it is free to go after that.

        Raises
        ------
        ValueError
            If there has been no ``forward(x, training=True)`` since the last `backward`.
        """
        if part not in self._memory:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": each backward(dy) needs a '
                "forward(x, training=True) of its own before it."
            )
        return self._memory.pop(part)


class ActivatedLayer(Layer):
    """A layer in two parts: ``z = linear(x)``, then ``y = activation(z)``.

    A subclass sets `activation`, and writes `linear` and `linear_backward`, which take the place of
    `forward` and `backward`.  The seam between the parts is open so that a loss can take over a
    final softmax and be computed from z, the logits.
    """

    takes_engine_layout = True
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
