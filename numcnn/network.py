"""Network: a row of layers as one function of a batch, and the gradient of this function."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine import leave
from numcnn.layers import ActivatedLayer, Layer
from numcnn.stack import Stack


class Step(NamedTuple):
    """One step of a walk, ``y = layer(x)``; ``np.asarray`` converts x and y to plain arrays."""

    layer: Layer
    x: Any
    y: Any


class Network(Stack):
    """A row of layers: the output of each is the input of the next.

    ``y = f_L(… f_2(f_1(x)) …)``.  The gradient goes back through the same layers, by the chain
    rule: each layer turns the gradient with respect to its output into that with respect to its
    input.

    `numcnn.stack.Stack` describes the constructor, and how layers are added, named and built.
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
            Whether dropout acts, and layers remember the values that `backward` needs.
        final_activation : bool
            If False, stop at the logits, before the last activation (`losses.cross_entropy`).
        """
        y = np.asarray(x, self.dtype)
        to_logits = self._layer_to_logits(final_activation)
        for layer in self.flat:
            y = layer.run_forward(y, training, layer is to_logits)
        return leave(y)  # a plain array

    def walk(
        self, x: np.ndarray, training: bool = False, final_activation: bool = True
    ) -> Iterator[Step]:
        """Yield the step of each layer: its `forward`, or `linear` if it stops at the logits."""
        to_logits = self._layer_to_logits(final_activation)
        for layer in self.flat:
            y = layer.run_forward(x, training, layer is to_logits)
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
            The same value as in `forward`.
        input_gradient : bool
            Whether to compute dx; if not, the layers before the first parameter are skipped.
        inner : dict of Layer to numpy.ndarray, optional
            If the loss also depends directly on the output of an inner layer: the gradient with
            respect to that output.  It is added to the gradient from the next layer.

        Returns
        -------
        numpy.ndarray or None
            dx, the gradient with respect to x.
        """
        layers = self.flat[0 if input_gradient else self.first_with_parameters() :]
        to_logits = self._layer_to_logits(final_activation)
        dy = self.output_gradient(dy, self.output_shape)
        for layer in reversed(layers):
            if inner and layer in inner:
                dy = np.asarray(dy) + inner[layer]
            layer.input_gradient = input_gradient or layer is not layers[0]
            dy = layer.run_backward(dy, layer is to_logits)
        return leave(dy) if input_gradient else None

    def _layer_to_logits(self, final_activation: bool) -> Layer | None:
        """Return the layer whose activation is to be skipped: the last, if it has one."""
        last = None if final_activation else self.flat[-1]
        return last if isinstance(last, ActivatedLayer) else None
