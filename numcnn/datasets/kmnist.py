"""Kuzushiji-MNIST: 28 x 28 pictures of ten characters of old Japanese (Clanuwat et al. 2018)."""

from __future__ import annotations

from os import PathLike

from numcnn.checks import path_of
from numcnn.datasets.files import idx
from numcnn.datasets.files.four_files import load_four
from numcnn.datasets.files.small_images import Arrays
from numcnn.datasets.generated import digits
from numcnn.home import cache_folder
from numcnn.missing import missing

__all__ = ["CLASS_NAMES", "load_data"]
__getattr__ = missing(__name__)

CODH = "https://codh.rois.ac.jp/kmnist/dataset/kmnist/"
MD5 = {
    "train-images-idx3-ubyte.gz": "bdb82020997e1d708af4cf47b453dcf7",
    "train-labels-idx1-ubyte.gz": "e144d726b3acfaa3e44228e80efcd344",
    "t10k-images-idx3-ubyte.gz": "5c965bf0a639b31b8f53240b1b52f4d7",
    "t10k-labels-idx1-ubyte.gz": "7320c461ea6c1c855c0b718fb2a4b134",
}
CLASS_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


def load_data(folder: str | PathLike[str] | None = None) -> tuple[Arrays, Arrays]:
    """Return Kuzushiji-MNIST in the form of MNIST.

    Parameters
    ----------
    folder : path, optional
        A folder that holds the four IDX files, gzipped or plain.  By default they are looked for in
        the cache folder, in ``NUMCNN_HOME/kmnist``, and fetched if they are not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        x ``(60000, 28, 28)`` and ``(10000, 28, 28)`` uint8; y ``(60000,)`` and ``(10000,)`` uint8,
        the place of its name in `CLASS_NAMES`.  Without internet, generated digits.
    """
    if folder is not None:
        return idx.read_folder(path_of(folder, "folder"))
    return load_four(
        "Kuzushiji-MNIST",
        (cache_folder() / "kmnist",),
        CODH,
        MD5,
        ("generated digits, not characters", digits.generate),
    )
