"""Files that are whole or not there: written beside their place, then moved to it in one step."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

STALE = 3600.0
"""Seconds after which a temporary file is what a killed process has left behind."""

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What writing to a full or broken disk is answered with, without the name of the file."""


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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with _opened(temporary, path) as file:
            with contextlib.suppress(FileNotFoundError):
                temporary.chmod(path.stat().st_mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno in DISK_ERRORS and str(path) not in str(error):
            raise _cannot_write(path, error) from error
        raise
    finally:  # also where Ctrl-C comes between the making of the file and the first line within
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            temporary.unlink()
    _sync_folder(path.parent)


def _opened(temporary: Path, path: Path) -> BinaryIO:
    """Open the temporary file, if `path` can become a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")
        return temporary.open("x+b")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> OSError:
    """Return the error of the same kind that names the file which was wanted."""
    where = f": {error.filename}" if error.filename else ""
    return OSError(error.errno, f"{path} can't be written: {error.strerror}{where}")


def _remove_leftovers(path: Path) -> None:
    """Remove old temporary files of `path`."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > STALE:
                leftover.unlink()


def _sync_folder(folder: Path) -> None:
    """Put the folder's list of names on the disk, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
