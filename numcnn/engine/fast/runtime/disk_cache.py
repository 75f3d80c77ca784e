"""The disk cache of compiled loops: the next process need not compile them.

Numba's own disk cache is not used: it does not see changes in functions of other files, raises on
a damaged entry, and fails where nothing can be written.  This one names a file by everything that
its machine code depends on, and trusts the file only if its checksum is right.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from numcnn.engine.fast.runtime.companions import compiled_elsewhere
from numcnn.files import naming, new_file
from numcnn.home import user_cache_folder

log = logging.getLogger("numcnn")


class DiskCache:
    """The machine code of one loop in the user's own cache folder, a file for each signature.

    Numba calls `load_overload` before it compiles, and `save_overload` after it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = function.__qualname__.replace(".<locals>.", "-").replace("_loop", "")
        self._identity = describe(function)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled loop, or None if it is not there."""
        target_context.refresh()
        folder = cache_folder()
        path = folder and folder / self._file_name(signature, target_context.codegen())
        result = path and _read(path, target_context)  # also where it can only be read
        if result is None:
            announce()
            show(f"compiling loop {next(_numbers)}: {self._name}")
            if path and not _disabled and compiled_elsewhere(path):
                show("")
                result = _read(path, target_context)
        return result

    def save_overload(self, signature: Any, result: Any) -> None:
        """Write a loop that has just been compiled."""
        show("")
        folder = cache_folder()
        if folder is None or _disabled:
            return
        path = folder / self._file_name(signature, result.codegen)
        try:
            payload = dumps(result._reduce())
            with new_file(path) as file:
                file.write(sealed(payload))
        except OSError as error:
            disable(error)

    def _file_name(self, signature: Any, codegen: Any) -> str:
        """Return a name that no two different machine codes share."""
        key = (self._identity, str(signature), codegen.magic_tuple(), versions())
        return f"{self._name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.loop"


def _read(path: Path, target_context: Any) -> Any:
    """Return the compiled loop that a file holds, or None if there is none."""
    try:
        return CompileResult._rebuild(target_context, *pickle.loads(unsealed(path.read_bytes())))
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever is wrong with the file, the loop can be compiled
        log.warning("%s is of no use (%s); the loop is compiled again.", path, error)
        return None


def describe(value: Any) -> Any:
    """Return what identifies a loop: its name, and the values that it closes over."""
    if isinstance(value, tuple):
        return tuple(describe(part) for part in value)
    function = getattr(value, "py_func", value)  # of a compiled loop
    if not inspect.isfunction(function):
        return value
    cells = sorted(inspect.getclosurevars(function).nonlocals.items())
    values = [(name, describe(closed_over)) for name, closed_over in cells]
    return (function.__module__, function.__qualname__, *values)


@cache
def versions() -> tuple[str, ...]:
    """Return the versions of Python and the libraries, and a digest of this engine's sources."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    flags = f"{config.OPT} {config.BOUNDSCHECK}"
    return sys.version, np.__version__, numba.__version__, llvmlite.__version__, flags, digest


def sealed(payload: bytes) -> bytes:
    """Return the payload behind its checksum."""
    return hashlib.sha256(payload).digest() + payload


def unsealed(data: bytes) -> bytes:
    """Return the payload of sealed data.

    Raises
    ------
    ValueError
        If it is not what was sealed.
    """
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        raise ValueError("its checksum is wrong")
    return data[32:]


SIZE = 100_000
"""Bytes of a large loop."""

_disabled = False


@cache
def cache_folder() -> Path | None:
    """Return the folder of compiled loops, or None if other users can write to it.

    Its files are pickles: a user who can write them can run code here.
    """
    folder = Path(config.CACHE_DIR or user_cache_folder() / "loops")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & 0o022):
            raise PermissionError("other users can write to it")
    except OSError as error:
        log.warning("compiled loops are not kept: %s (%s).", folder, error)
        return None
    return folder


def can_keep(folder: Path) -> bool:
    """Say whether a loop can be written there, by writing as many bytes."""
    try:
        with naming(folder), tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(SIZE))
    except OSError as error:
        disable(error)
        return False
    return True


def disable(error: OSError) -> None:
    """Say once that loops can't be kept, and stop trying."""
    global _disabled
    if not _disabled:
        _disabled = True
        log.warning("compiled loops can't be kept for the next time: %s.", error)


_numbers = count(1)


def show(text: str) -> None:
    """Show a line on the terminal in place of the line before; without a terminal, do nothing."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


@cache
def announce() -> None:
    """Say once per process that compiling takes a moment."""
    folder = cache_folder()
    kept = folder is not None and can_keep(folder)
    when = f"only once for each loop: they are kept in {folder}" if kept else "in each run"
    log.warning("compiling this network's loops to machine code: some seconds, %s.", when)
