"""Data to learn from: each module is one data set."""

from numcnn.datasets import digits, mnist
from numcnn.datasets.mnist import MnistData

__all__ = ["MnistData", "digits", "mnist"]
