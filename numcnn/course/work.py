"""A student's folder: one file for each exercise, which the course never overwrites unasked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from numcnn.course.chapter import named, names
from numcnn.files import new_file

FOLDER = "numcnn-course"
"""The folder's name, below the current one, unless another is given."""


class ChangedElsewhereError(Exception):
    """The file is not the version that was edited, so saving would destroy something."""


def file_of(folder: Path, chapter: str) -> Path:
    """Return the file of an exercise, such as ``02-convolution.py``."""
    return folder / f"{named(chapter).name}.py"


def start(folder: Path, language: str = "en") -> tuple[list[Path], list[Path]]:
    """Write the beginning of each exercise, where there is no file yet.

    Returns
    -------
    written, kept : lists of pathlib.Path
        Files that are new, and files that were there and stay as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written, kept = [], []
    for name in names(language):
        read, file = named(name, language), folder / f"{name}.py"
        if not read.starter:
            continue
        if file.exists():
            kept.append(file)
        else:
            save(file, read.starter, None)
            written.append(file)
    return written, kept


def version(file: Path) -> str | None:
    """Return a checksum of what a file holds now; None if there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None


def save(file: Path, text: str, edited: str | None) -> str:
    """Write a student's text, if the file still is the version that was edited.

    Parameters
    ----------
    file : pathlib.Path
    text : str
    edited : str or None
        The `version` from which the text was made.

    Returns
    -------
    str
        The new version.

    Raises
    ------
    ChangedElsewhereError
        If the file has another version; it stays as it is.
    """
    if version(file) not in (edited, hashlib.sha256(text.encode()).hexdigest()):
        raise ChangedElsewhereError(f"{file} was changed by another program.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with new_file(file) as out:
        out.write(text.encode())
    return version(file) or ""
