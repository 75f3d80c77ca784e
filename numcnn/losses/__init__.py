"""Losses: how wrong an output is, as one number a sample.

The loss of a batch is the mean over its samples; `Loss.forward` gives the samples' losses, and
`Loss.backward` turns the gradient with respect to them into the one with respect to the outputs.

May import: `activations`, `checks`, `configuration`, `engine`, `families`, `own_results`,
`results`.
"""

from typing import Any

from numcnn.families import Family
from numcnn.losses.base import Loss
from numcnn.losses.categorical import CategoricalCrossentropy, SparseCategoricalCrossentropy
from numcnn.losses.elementwise import BinaryCrossentropy, MeanAbsoluteError, MeanSquaredError
from numcnn.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)

LOSSES = Family(
    "loss",
    Loss,
    {
        "categorical_crossentropy": CategoricalCrossentropy,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
        "binary_crossentropy": BinaryCrossentropy,
        "bce": BinaryCrossentropy,
        "mean_squared_error": MeanSquaredError,
        "mse": MeanSquaredError,
        "mean_absolute_error": MeanAbsoluteError,
        "mae": MeanAbsoluteError,
    },
)
serialize, deserialize = LOSSES.serialize, LOSSES.deserialize
__getattr__ = LOSSES.missing(__name__)


def get(identifier: Any) -> Loss:
    """Return the loss that is meant.

    Parameters
    ----------
    identifier : str, Loss, type, dict or function of this module

    Raises
    ------
    TypeError
        If it is another function: only `Loss.backward` knows the gradient.

    Examples
    --------
    >>> get("sparse_categorical_crossentropy").name
    'sparse_categorical_crossentropy'
    """
    identifier = getattr(identifier, "as_loss", identifier)
    if callable(identifier) and not isinstance(identifier, type | Loss):
        raise TypeError(
            f"the function {getattr(identifier, '__name__', identifier)!r} has no gradient here: a "
            "loss of your own is a subclass of losses.Loss, with forward and backward."
        )
    return LOSSES.get(identifier)


__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
]
