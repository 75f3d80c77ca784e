"""CIFAR-100: 32 x 32 colour pictures of a hundred things, in twenty groups (Krizhevsky 2009)."""

from __future__ import annotations

from os import PathLike

from numcnn.checks import one_of
from numcnn.datasets.cifar_sources import load
from numcnn.datasets.files.cifar import CIFAR100
from numcnn.datasets.files.small_images import Arrays
from numcnn.missing import missing

__all__ = ["load_data"]
__getattr__ = missing(__name__)

ARCHIVE, MD5 = "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"


def load_data(
    label_mode: str = "fine", folder: str | PathLike[str] | None = None
) -> tuple[Arrays, Arrays]:
    """Return CIFAR-100 as Keras's function does.

    Parameters
    ----------
    label_mode : {"fine", "coarse"}, default "fine"
        Whether the labels are the hundred classes or the twenty groups.
    folder : path, optional
        As in `numcnn.datasets.cifar10.load_data`; the cache folder is ``NUMCNN_HOME/cifar100``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        As of `numcnn.datasets.cifar10.load_data`, with labels 0 to 99 or 0 to 19.  Without
        internet, generated pictures of ten shapes in ten colours.
    """
    column = ("coarse", "fine").index(one_of(label_mode, ("fine", "coarse"), "label_mode"))
    train, test = load(folder, CIFAR100, "CIFAR-100", ARCHIVE, MD5)
    return (train[0], train[1][:, [column]]), (test[0], test[1][:, [column]])
