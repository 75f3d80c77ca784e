"""Small helper functions: the part of ``keras.utils`` that programs for MNIST use.

May import: `checks`, `files`, `missing`, `pictures`, `preprocessing`, `randomness`, `streams`.
"""

from numcnn.missing import missing
from numcnn.preprocessing.downloads import get_file
from numcnn.preprocessing.image_dataset import image_dataset_from_directory
from numcnn.preprocessing.image_files import array_to_img, img_to_array, load_img, save_img
from numcnn.randomness import set_random_seed
from numcnn.streams import Sequence
from numcnn.utils.arrays import normalize, split_dataset, to_categorical
from numcnn.utils.model_picture import plot_model

PyDataset = Sequence
"""The name of `Sequence` in Keras 3."""

__all__ = [
    "PyDataset",
    "Sequence",
    "array_to_img",
    "get_file",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "normalize",
    "plot_model",
    "save_img",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
]

__getattr__ = missing(__name__)
