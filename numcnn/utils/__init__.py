"""Small helper functions: the part of ``keras.utils`` that programs for MNIST use.

May import: `checks`, `files`, `missing`, `pictures`, `randomness`, `streams`.
"""

from numcnn.missing import missing
from numcnn.randomness import set_random_seed
from numcnn.streams import Sequence
from numcnn.utils.arrays import normalize, split_dataset, to_categorical
from numcnn.utils.model_picture import plot_model

PyDataset = Sequence
"""The name of `Sequence` in Keras 3."""

__all__ = [
    "PyDataset",
    "Sequence",
    "normalize",
    "plot_model",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
]

__getattr__ = missing(__name__)
