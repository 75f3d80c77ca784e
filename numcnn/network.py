"""Network: layers in a row, as one function of a batch, and the gradient of that function."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine import leave
from numcnn.layers import ActivatedLayer, Layer
from numcnn.stack import Stack


class Step(NamedTuple):
    """One layer of a walk, ``y = layer(x)``; ``np.asarray`` makes plain arrays of x and y."""

    layer: Layer
    x: Any
    y: Any


class Network(Stack):
    """Layers in a row: the output of each is the input of the next.

    ``y = f_L(… f_2(f_1(x)) …)``.  By the chain rule the gradient goes the same way back: each layer
    turns the gradient with respect to its output into the one with respect to its input.

    How layers are added, named, built and refused, and the constructor's arguments, are described
    in `numcnn.stack.Stack`.
    """

    def forward(
        self, x: np.ndarray, training: bool = False, final_activation: bool = True
    ) -> np.ndarray:
        """Return the output for a batch.

        Parameters
        ----------
        x : numpy.ndarray
            ``(N, …)``.
        training : bool
            Whether dropout acts, and layers remember what `backward` needs.
        final_activation : bool
            If False, stop before the activation of the last layer: at the logits of a softmax.
        """
        y = x = np.asarray(x, self.dtype)
        for step in self.walk(x, training, final_activation):
            y = step.y
            del step  # its input is free while the next layer computes
        return leave(y)

    def walk(
        self, x: np.ndarray, training: bool = False, final_activation: bool = True
    ) -> Iterator[Step]:
        """Go forward one layer at a time; the arguments are those of `forward`."""
        for layer in self.layers:
            y = layer.run_forward(x, training, self._to_logits(layer, final_activation))
            yield Step(layer, x, y)
            x = y

    def backward(
        self,
        dy: np.ndarray,
        final_activation: bool = True,
        input_gradient: bool = True,
        inner: Mapping[Layer, np.ndarray] | None = None,
    ) -> Any:
        """Go back through the layers, last to first, and set every parameter's ``grad``.

        Parameters
        ----------
        dy : numpy.ndarray
            Gradient of the loss with respect to the output, of the output's shape.
        final_activation : bool
            As in the call of `forward` before.
        input_gradient : bool
            Whether dx is wanted; without it, the layers before the first parameter are left out.
        inner : dict of Layer to numpy.ndarray, optional
            Where the loss also depends on the output of an inner layer: its gradient with respect
            to that output, which is added to what comes from the layers behind.

        Returns
        -------
        numpy.ndarray or None
            dx, the gradient with respect to x.
        """
        first = 0 if input_gradient else self.first_with_parameters()
        dy = np.asarray(dy, self.dtype)
        for layer in reversed(self.layers[first:]):
            if inner and layer in inner:
                dy = np.asarray(dy) + inner[layer]
            layer.input_gradient = input_gradient or layer is not self.layers[first]
            dy = layer.run_backward(dy, self._to_logits(layer, final_activation))
        return leave(dy) if input_gradient else None

    def _to_logits(self, layer: Layer, final_activation: bool) -> bool:
        """Say whether a layer takes part without its activation: the last one, if it has one."""
        is_last = layer is self.layers[-1]
        return is_last and not final_activation and isinstance(layer, ActivatedLayer)
