"""Penalties: what regularizers add to a model's loss, and to its gradients.

A regularizer (`numcnn.regularizers`) makes large numbers cost something: a parameter's values, or
the outputs of a layer (its activity).  A layer's `backward` is the gradient of the layer's own
function; the penalties belong to the model, and are added here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from numcnn.activations import Activation
from numcnn.regularizers import Regularizer


class Activity(NamedTuple):
    """A layer's output whose large numbers cost something; logits with the activation to come."""

    regularizer: Regularizer
    output: np.ndarray
    activation: Activation | None = None

    def penalty(self) -> float:
        """Return the cost, as a mean over the batch."""
        y = self.activation.value(self.output) if self.activation else self.output
        return self.regularizer(y) / max(1, len(y))

    def gradient(self) -> np.ndarray:
        """Return its gradient with respect to the output, of the output's shape."""
        if not self.activation:
            return self.regularizer.gradient(self.output) / max(1, len(self.output))
        y = self.activation.value(self.output)
        dy = self.regularizer.gradient(y) / max(1, len(y))
        return self.activation.gradient(dy, self.output, y)


def penalty(model: Any) -> float:
    """Return what regularizers add to the loss, for the weights and the last outputs."""
    weights = sum(
        parameter.regularizer(parameter.value) for parameter in penalized_parameters(model)
    )
    return weights + sum(layer.activity.penalty() for layer in model.layers if layer.activity)


def backward(model: Any, dy: np.ndarray, **options: Any) -> Any:
    """Go backward through a model, and add the penalties' part to every gradient.

    The arguments and the result are those of `Network.backward`.
    """
    activities = {layer: layer.activity.gradient() for layer in model.layers if layer.activity}
    dx = model.backward(dy, inner=activities, **options)
    for parameter in penalized_parameters(model):
        if parameter.grad is not None:
            parameter.grad = parameter.grad + parameter.regularizer.gradient(parameter.value)
    return dx


def penalized_parameters(model: Any) -> list[Any]:
    """Return the parameters that have a regularizer and are trained."""
    return [p for p in model.parameters if p.trainable and p.regularizer]
