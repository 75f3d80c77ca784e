"""Losses as functions: the loss of each sample, without the mean over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.losses.base import Loss
from numcnn.losses.categorical import CategoricalCrossentropy, SparseCategoricalCrossentropy
from numcnn.losses.elementwise import BinaryCrossentropy, MeanAbsoluteError, MeanSquaredError
from numcnn.results import Result


class LossFunction:
    """A loss as a function of labels and outputs; `Sequential.compile` takes it for the loss.

    Examples
    --------
    >>> mean_squared_error([[0.0, 1.0], [1.0, 1.0]], [[0.5, 1.0], [1.0, 1.0]])
    array([0.125, 0.   ])
    """

    def __init__(self, kind: type[Loss]) -> None:
        self.kind = kind
        self.__name__ = kind().name

    def __call__(self, y_true: Any, y_pred: Any, **arguments: Any) -> np.ndarray:
        """Return the losses ``(N,)``; the arguments are those of the class, such as from_logits."""
        loss = self.kind(**arguments)
        return loss.forward(*loss.checked_pair(y_true, y_pred))[0].view(Result)

    @property
    def as_loss(self) -> Loss:
        """The loss that is meant where a loss is asked for."""
        return self.kind()


categorical_crossentropy = LossFunction(CategoricalCrossentropy)
sparse_categorical_crossentropy = LossFunction(SparseCategoricalCrossentropy)
binary_crossentropy = LossFunction(BinaryCrossentropy)
mean_squared_error = LossFunction(MeanSquaredError)
mean_absolute_error = LossFunction(MeanAbsoluteError)
