"""Small helpers, those of ``keras.utils`` that programs for MNIST use."""

from numcnn.missing import missing
from numcnn.randomness import set_random_seed
from numcnn.streams import Sequence
from numcnn.utils.arrays import normalize, split_dataset, to_categorical
from numcnn.utils.model_picture import plot_model

PyDataset = Sequence
"""What Keras calls it since version 3."""

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
