"""Data to learn from: each module is one data set."""

from numcnn.datasets import digits, fashion_mnist, mnist, silhouettes
from numcnn.datasets.mnist import MnistData
from numcnn.missing import missing

__all__ = ["MnistData", "digits", "fashion_mnist", "mnist", "silhouettes"]

__getattr__ = missing(__name__)
