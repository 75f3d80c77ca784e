"""Penalties: the terms that regularizers add to a model's loss and gradients.

A regularizer (`numcnn.regularizers`) penalises large numbers: the values of a parameter, or the
outputs of a layer (its activity).  A layer's `backward` is the gradient of the layer's own
function.  The penalties belong to the model, and are added here.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from numcnn.activations import Activation
from numcnn.checks import shown
from numcnn.own_results import returned
from numcnn.regularizers import Regularizer


class Activity(NamedTuple):
    """A penalised output of a layer; if it is logits, with the activation still to apply."""

    regularizer: Regularizer
    output: np.ndarray
    activation: Activation | None = None

    def penalty(self) -> float:
        """Return the penalty, as a mean over the batch."""
        y = self.activation.value(self.output) if self.activation else self.output
        return number_of(self.regularizer, y) / max(1, len(y))

    def gradient(self) -> np.ndarray:
        """Return the penalty's gradient with respect to the output, of the output's shape."""
        if not self.activation:
            return gradient(self.regularizer, self.output) / max(1, len(self.output))
        y = self.activation.value(self.output)
        dy = gradient(self.regularizer, y) / max(1, len(y))
        return self.activation.gradient(dy, self.output, y)


def penalty(model: Any) -> float:
    """Return the sum of all penalties, for the weights and the last outputs."""
    weights = sum(
        number_of(parameter.regularizer, parameter.value)
        for parameter in penalized_parameters(model)
    )
    return weights + sum(layer.activity.penalty() for layer in model.acting if layer.activity)


def backward(model: Any, dy: np.ndarray, **options: Any) -> Any:
    """Go backward through a model, and add the penalties' gradients.

    The arguments and the result are those of `Network.backward`.
    """
    activities = {layer: layer.activity.gradient() for layer in model.acting if layer.activity}
    dx = model.backward(dy, inner=activities, **options)
    for parameter in penalized_parameters(model):
        if parameter.grad is not None:
            parameter.grad = parameter.grad + gradient(parameter.regularizer, parameter.value)
    return dx


def number_of(regularizer: Regularizer, values: np.ndarray) -> float:
    """Return the penalty of some values, which must be one number."""
    penalty = regularizer(values)
    if isinstance(penalty, Real) or (isinstance(penalty, np.ndarray) and penalty.size == 1):
        return float(penalty)
    raise ValueError(
        f"{type(regularizer).__name__}: the call must return a number, the penalty, got "
        f"{shown(penalty)}."
    )


def gradient(regularizer: Regularizer, values: np.ndarray) -> np.ndarray:
    """Return the gradient of a penalty, of the shape of the values."""
    given = regularizer.gradient(values)
    return returned(given, values.shape, regularizer, "gradient", "dvalues", "that of the values")


def penalized_parameters(model: Any) -> list[Any]:
    """Return the parameters that are trained and have a regularizer."""
    return [p for p in model.parameters if p.regularizer and p.trainable]
