"""Complete files only: each is written under another name, then renamed in one step.

A symbolic link is followed, as `open` and `numpy.save` follow it: the file that it leads to is
replaced, and the link stays.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

STALE = 3600.0
"""After this many seconds a temporary file is taken for the remains of a killed process."""

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Errors of a full or broken disk; they do not contain the name of the file."""

LONGEST_NAME = 255
"""Maximum length of a file name in bytes, on most disks."""


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file to write and read; it becomes `path` if no error occurs.

    The bytes are on the disk before the name changes.  An existing file keeps its permissions and,
    if an error occurs, its contents.  Several processes may write the same file at once.
    If `path` is a symbolic link, all of this applies to the file that it leads to.

    Raises
    ------
    OSError
        If the folder can't be written or the disk is full; the message names the file.
    """
    with naming(path):
        place = _free_place(path)
        temporary = _temporary(place)
    try:
        with _opened(temporary, path) as file:
            with naming(path), contextlib.suppress(FileNotFoundError):
                temporary.chmod(place.stat().st_mode)
            yield file
            with naming(path):
                file.flush()
                os.fsync(file.fileno())
        with naming(path):
            temporary.replace(place)
    except OSError as error:
        if error.errno in DISK_ERRORS and str(path) not in str(error):  # in what was written
            raise _cannot_write(path, error) from error
        raise
    finally:  # also if Ctrl-C comes before the first line of the `with` block
        with contextlib.suppress(OSError):  # the error before this one is reported
            temporary.unlink()
    _sync_folder(place.parent)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the name of the file that can't be written to every error of the disk."""
    try:
        yield
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> OSError:
    """Return an error of the same type with the name of the file."""
    place = error.filename
    if isinstance(place, str) and place.endswith(".part"):  # the temporary file
        place = str(Path(place).parent)
    where = f": {place}" if place not in (None, "", str(path)) else ""
    return OSError(error.errno, f"{path} can't be written: {error.strerror or error}{where}")


def _free_place(path: Path) -> Path:
    """Return the file that `path` leads to; refuse a folder."""
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if stat.S_ISDIR(place.stat().st_mode):  # this also refuses a name that is too long
            raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")
    return place


def _temporary(place: Path) -> Path:
    """Return a hidden name in the same folder: new in each call, and never too long."""
    name = place.name
    ending = f".{secrets.token_hex(4)}.part"
    if len(os.fsencode(f".{name}{ending}")) > LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return place.with_name(f".{name}{ending}")


def _opened(temporary: Path, path: Path) -> BinaryIO:
    """Open the temporary file for `path`; make its folder, and remove old temporary files."""
    with naming(path):
        temporary.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(temporary)
        return temporary.open("x+b")


def _remove_leftovers(temporary: Path) -> None:
    """Remove old temporary files of the same file."""
    beginning, _, _ = temporary.name.removesuffix(".part").rpartition(".")
    for leftover in temporary.parent.glob(f"{glob.escape(beginning)}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > STALE:
                leftover.unlink()


def _sync_folder(folder: Path) -> None:
    """Write the folder's list of names to the disk, where the system supports it."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
