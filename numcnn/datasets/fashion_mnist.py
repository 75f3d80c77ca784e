"""Fashion-MNIST: 28 x 28 pictures of clothing, of the ten kinds in `CLASS_NAMES`.

The sources, in this order: a folder given by the user; the cache folder, or whatever folder
``NUMCNN_HOME`` names; Keras's addresses; and without internet, generated silhouettes
(`numcnn.datasets.generated.silhouettes`).
"""

from __future__ import annotations

from os import PathLike

from numcnn.checks import path_of
from numcnn.datasets.files import idx
from numcnn.datasets.files.four_files import load_four
from numcnn.datasets.files.small_images import Arrays
from numcnn.datasets.generated import silhouettes
from numcnn.datasets.generated.garments import CLASS_NAMES
from numcnn.home import cache_folder
from numcnn.missing import missing

__all__ = ["CLASS_NAMES", "load_data"]
__getattr__ = missing(__name__)

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}


def load_data(folder: str | PathLike[str] | None = None) -> tuple[Arrays, Arrays]:
    """Return Fashion-MNIST as Keras's function does.

    Parameters
    ----------
    folder : path, optional
        A folder that holds the four files, gzipped or plain, with any number of images.  By default
        they are looked for in the cache folder, in ``NUMCNN_HOME/fashion`` or ``NUMCNN_HOME``, and
        fetched if they are not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
        x ``(60000, 28, 28)`` and ``(10000, 28, 28)`` uint8, 0 (background) to 255 (white);
        y ``(60000,)`` and ``(10000,)`` uint8, the place of its name in `CLASS_NAMES`.  Without
        internet, generated silhouettes, as many and of the same kinds.

    Raises
    ------
    OSError
        If a folder is given, and a file is not there.
    ValueError
        If a folder is given, and a file in it is damaged.

    Examples
    --------
    ::

        (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
        fashion_mnist.CLASS_NAMES[y_train[0]]    # 'Ankle boot'
    """
    if folder is not None:
        return idx.read_folder(path_of(folder, "folder"))
    return load_four(
        "Fashion-MNIST",
        (cache_folder() / "fashion", cache_folder()),
        KERAS,
        MD5,
        ("generated silhouettes", silhouettes.generate),
    )
