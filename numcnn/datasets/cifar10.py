"""CIFAR-10: 32 x 32 colour pictures of the ten things in `CLASS_NAMES` (Krizhevsky 2009)."""

from __future__ import annotations

from os import PathLike

from numcnn.datasets.cifar_sources import load
from numcnn.datasets.files.cifar import CIFAR10
from numcnn.datasets.files.small_images import Arrays
from numcnn.missing import missing

__all__ = ["CLASS_NAMES", "load_data"]
__getattr__ = missing(__name__)

ARCHIVE, MD5 = "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"
CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


def load_data(folder: str | PathLike[str] | None = None) -> tuple[Arrays, Arrays]:
    """Return CIFAR-10 as Keras's function does.

    Parameters
    ----------
    folder : path, optional
        A folder that holds the authors' binary archive or its files.  By default they are looked
        for in the cache folder, in ``NUMCNN_HOME/cifar10``, and fetched if they are not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        x ``(50000, 32, 32, 3)`` and ``(10000, 32, 32, 3)`` uint8, red, green and blue; y
        ``(50000, 1)`` and ``(10000, 1)`` uint8, the place of its name in `CLASS_NAMES`.  Without
        internet, generated pictures of ten shapes, as many
        (`numcnn.datasets.shapes.CLASS_NAMES`).

    Raises
    ------
    OSError
        If a folder is given, and a file is not there.
    ValueError
        If a folder is given, and a file in it is damaged.
    """
    return load(folder, CIFAR10, "CIFAR-10", ARCHIVE, MD5)
