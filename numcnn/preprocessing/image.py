"""``keras.preprocessing.image``: single images, and generators of changed ones."""

from numcnn.missing import missing
from numcnn.preprocessing.generator import ImageDataGenerator
from numcnn.preprocessing.image_files import array_to_img, img_to_array, load_img, save_img
from numcnn.preprocessing.iterators import DirectoryIterator, ImageIterator, NumpyArrayIterator

Iterator = ImageIterator
"""Keras's name of the base class."""

__all__ = [
    "DirectoryIterator",
    "ImageDataGenerator",
    "ImageIterator",
    "Iterator",
    "NumpyArrayIterator",
    "array_to_img",
    "img_to_array",
    "load_img",
    "save_img",
]

__getattr__ = missing(__name__)
