"""A layer of TensorFlow.js, and what activations and penalties are there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from numcnn import activations
from numcnn.regularizers import L1, L1L2, L2
from numcnn.travel.steps import Step

Said = dict[str, Any]
NAMED = ("elu", "gelu", "linear", "relu", "selu", "sigmoid", "softmax", "softplus", "tanh")
"""The activations that both have by the same name and formula; not hard_sigmoid, whose slope
differs."""


class Row(NamedTuple):
    """A layer there: its class, its configuration, its weights, and what it reads.

    `reads` are numbers: of the inputs of numcnn's layer, then of the rows before this one.  None
    means the row before, or all inputs for the first.
    """

    kind: str
    said: Said
    weights: Mapping[str, np.ndarray] = MappingProxyType({})
    reads: tuple[int, ...] | None = None


def lacking(step: Step, reason: str) -> ValueError:
    """Return the error for what TensorFlow.js does not have."""
    return ValueError(f'TensorFlow.js has no form of the layer "{step.name}": {reason}.')


def activation_rows(activation: Any, step: Step) -> list[Row]:
    """Return an activation as a row of layers of TensorFlow.js.

    Raises
    ------
    ValueError
        If there is none.
    """
    kind = type(activation)
    if kind is activations.LeakyReLU:
        return [Row("LeakyReLU", {"alpha": activation.negative_slope})]
    if kind is activations.BoundedReLU:
        top, slope, edge = (
            *(activation.max_value, activation.negative_slope),
            activation.threshold,
        )
        if not slope:
            above = [Row("ThresholdedReLU", {"theta": edge})] if edge else []
            return [*above, Row("ReLU", {"max_value": top})]
        if not edge:
            below = [Row("LeakyReLU", {"alpha": slope})]
            turned = Row("Rescaling", {"scale": -1.0, "offset": top})
            return below if top is None else [*below, turned, Row("ReLU", {}), turned]
    shared = kind in activations.KINDS and activation.name in NAMED
    if shared and getattr(activation, "alpha", 1) in (1, activations.SELU.alpha):
        return [Row("Activation", {"activation": activation.name})]
    raise ValueError(
        f'TensorFlow.js has no form of the activation of the layer "{step.name}", '
        f"{activation.name} with {activation.get_config()}."
    )


def penalty(regularizer: Any) -> Said | None:
    """Return a regularizer as TensorFlow.js has it: there is one class for L1 and L2."""
    if isinstance(regularizer, L1 | L2 | L1L2):
        both = {name: float(getattr(regularizer, name, 0.0)) for name in ("l1", "l2")}
        return {"class_name": "L1L2", "config": both}
    return None
