"""Data to learn from: each module is one data set.

May import: `checks`, `home`, `missing`, `randomness`.
"""

from numcnn.datasets import fashion_mnist, mnist
from numcnn.datasets.generated import digits, silhouettes
from numcnn.datasets.mnist import MnistData
from numcnn.missing import missing

__all__ = ["MnistData", "digits", "fashion_mnist", "mnist", "silhouettes"]

__getattr__ = missing(__name__)
