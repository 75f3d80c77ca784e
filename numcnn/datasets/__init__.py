"""Data to learn from: each module is one data set.

May import: `checks`, `home`, `missing`, `randomness`.
"""

from numcnn.datasets import cifar10, cifar100, emnist, fashion_mnist, kmnist, mnist
from numcnn.datasets.generated import digits, shapes, silhouettes
from numcnn.datasets.mnist import MnistData
from numcnn.missing import missing

__all__ = [
    "MnistData",
    "cifar10",
    "cifar100",
    "digits",
    "emnist",
    "fashion_mnist",
    "kmnist",
    "mnist",
    "shapes",
    "silhouettes",
]

__getattr__ = missing(__name__)
