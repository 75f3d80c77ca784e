"""Losses: how wrong an output is, as one number a sample.

The loss of a batch is the mean over its samples; `Loss.forward` gives the samples' losses, and
`Loss.backward` turns the gradient with respect to them into the one with respect to the outputs.
"""

from numcnn.configuration import Family
from numcnn.losses.base import Loss
from numcnn.losses.cross_entropy import CategoricalCrossentropy, SparseCategoricalCrossentropy
from numcnn.losses.elementwise import BinaryCrossentropy, MeanAbsoluteError, MeanSquaredError

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
get, serialize, deserialize = LOSSES.get, LOSSES.serialize, LOSSES.deserialize
__getattr__ = LOSSES.missing(__name__)

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "deserialize",
    "get",
    "serialize",
]
