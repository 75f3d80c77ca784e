"""The four files of a set in the form of MNIST: images and labels, to train and to test with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from numcnn.datasets.files import idx
from numcnn.datasets.files.download import fetch, first_found, has_digest, say_what_stands_in
from numcnn.datasets.files.small_images import TEST, TRAIN, Arrays, both_parts

MOST_BYTES = 30_000_000  # of a file


def load_four(
    title: str,
    folders: tuple[Path, ...],
    address: str,
    digests: Mapping[str, str],
    stand_in: tuple[str, Callable[[int], Arrays]],
) -> tuple[Arrays, Arrays]:
    """Return a set from a folder, or fetched, or what stands in for it without internet.

    Parameters
    ----------
    title : str
    folders : tuple of pathlib.Path
        Where the files may be; they are fetched into the first one.
    address : str
        Of their folder, with a slash at the end.
    digests : dict of str to str
        The MD5 of each file by its name, in the order of `read_pair`, twice.
    stand_in : (str, function)
        What it is, and the function that makes so many images ``(n, 28, 28)`` and labels ``(n,)``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray
    """
    found: tuple[Arrays, Arrays] | None = first_found(idx.read_folder, *folders)
    if found:
        return found
    try:
        files = [
            fetch(address + name, folders[0] / name, has_digest("MD5", digest), MOST_BYTES)
            for name, digest in digests.items()
        ]
    except OSError as error:
        what, generate = stand_in
        say_what_stands_in(title, error, what)
        return both_parts(*generate(TRAIN + TEST))
    return idx.read_pair(*files[:2]), idx.read_pair(*files[2:])
