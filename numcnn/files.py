"""Files that are whole or not there: written beside their place, then moved to it in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

STALE = 3600.0
"""Seconds after which a temporary file is what a killed process has left behind."""


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a temporary file, open to write and read, that becomes `path` when all went well.

    The bytes are on the disk before the name is; a file that was there before keeps its permissions
    and, if anything goes wrong, its contents.  Several processes may write the same file at once.

    Raises
    ------
    OSError
        If the folder can't be written or the disk is full; the message names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} can't be written: a folder of that name is in the way")
    handle, name = tempfile.mkstemp(".part", f".{path.name}.", path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _remove_leftovers(path: Path) -> None:
    """Remove old temporary files of `path`."""
    for leftover in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > STALE:
                leftover.unlink()


def _umask() -> int:
    """Return the permissions that new files of this process don't get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Put the folder's list of names on the disk, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
