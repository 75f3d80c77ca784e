"""Running means of the weights, which often predict better than the weights of the last update.

After each update, for each number w of a parameter (Polyak and Juditsky 1992, with the exponential
mean of Keras's `use_ema`):

    mean = w                                             after the first update
    mean = ema_momentum · mean + (1 − ema_momentum) · w   after each update that follows
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.parameter import Parameter

AVERAGE = "average"
"""Keras's name of the mean, among the arrays that an optimizer keeps for a parameter."""


def update_averages(optimizer: Any, parameters: list[Parameter]) -> None:
    """Take the weights after an update into their means; overwrite the weights if it is time."""
    momentum = optimizer.ema_momentum if optimizer.iterations > 1 else 0.0
    for parameter in parameters:
        mean = optimizer.kept(parameter)[AVERAGE]
        mean[...] = momentum * mean + (1 - momentum) * parameter.value
    every = optimizer.ema_overwrite_frequency
    if every and optimizer.iterations % every == 0:
        for parameter, value in zip(parameters, averaged(optimizer, parameters), strict=True):
            parameter.value[...] = value


def averaged(optimizer: Any, parameters: list[Parameter]) -> list[np.ndarray]:
    """Return copies of the means of parameters; of their values where there is no mean."""
    return [
        (optimizer.kept(p)[AVERAGE] if optimizer.iterations and p.trainable else p.value).copy()
        for p in parameters
    ]
