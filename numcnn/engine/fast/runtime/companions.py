"""The loops of a first step, compiled by all cores.

Numba compiles one function at a time.  So where a loop of a step is missing, this process leaves
copies of itself, its companions.  A companion goes through the step without running a loop, and so
learns which loops there are.  It compiles them from the last to the first, into the disk cache,
while this process does its step from the first on, and takes from the disk what is there already.

A board that all of them see says who compiles what: at a place that the name of the loop's file
determines stands 0, or the number of a process.  (If two read 0 at once, both do the same work.)
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

PLACES = 1 << 16
MOST = 3
"""Companions at most: each needs some 100 MB."""
PATIENCE = 600
"""Seconds after which a companion ends in any case."""
MAIN = 1
"""The number of the process that does the step; those of its companions follow."""

Job = Callable[[], Any]


class TakenError(Exception):
    """Another process compiles this loop."""


class Companions:
    """The companions of one step: they leave when its first loop is missing."""

    def __init__(self, plan: Callable[[], list[Job]], count: int) -> None:
        self._plan, self._count = plan, count
        self._thread = threading.get_ident()
        self._board: mmap.mmap | None = None
        self._number = MAIN
        self._processes: dict[int, int] = {}

    def compiled(self, path: Path) -> bool:
        """Return whether a companion has compiled the loop of this file; if it is at it, wait.

        If not, the loop is left to this process.
        """
        if self._board is None:
            if threading.get_ident() != self._thread:
                return False
            self._board = mmap.mmap(-1, PLACES)
            with contextlib.suppress(OSError):  # no memory, or too many processes
                for k in range(self._count):
                    self._leave(k)
        place = zlib.crc32(path.name.encode()) % PLACES
        if self._board[place] in (0, self._number):
            self._board[place] = self._number
            return False
        if self._number != MAIN:
            raise TakenError
        while self._works(self._board[place]) and not path.exists():
            time.sleep(0.005)
        return True

    def _leave(self, k: int) -> None:
        """Become two processes, of which the new one is companion k."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the other threads, which no companion needs
            process = os.fork()
        if process == 0:
            with contextlib.suppress(BaseException):
                self._number = MAIN + 1 + k
                self._accompany(k)
            os._exit(0)
        self._processes[MAIN + 1 + k] = process

    def _accompany(self, k: int) -> None:
        """Compile the loops of the step: the first companion from the last on, others in between.

        All open files are closed: they belong to the process that goes on.
        """
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, _raise_exit)  # no half-written file is left
        signal.alarm(PATIENCE)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for file in range(3):
            os.dup2(nowhere, file)
        for file in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
            if file > 2:
                with contextlib.suppress(OSError):  # one was the listing itself
                    os.close(file)
        jobs = self._plan()
        middle = len(jobs) * (self._count - k) // self._count
        for job in (*reversed(jobs[:middle]), *reversed(jobs[middle:])):
            with contextlib.suppress(TakenError):
                job()

    def _works(self, number: int) -> bool:
        return number in self._processes and not _ended(self._processes[number])

    def dismiss(self) -> None:
        """Send them away: the step is done, and what they have not compiled is not needed."""
        for process in self._processes.values():
            if not _ended(process):
                os.kill(process, signal.SIGTERM)
                _leaving.append(process)


def _raise_exit(*_: Any) -> None:
    raise SystemExit


def _ended(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG) != (0, 0)
    except ChildProcessError:  # it is known already
        return True


_present: Companions | None = None
_leaving: list[int] = []


def compiled_elsewhere(path: Path) -> bool:
    """As `Companions.compiled`; without companions, False."""
    present = _present
    return present is not None and present.compiled(path)


def with_companions(step: Callable[[], Any], plan: Callable[[], list[Job]], count: int) -> Any:
    """Return ``step()``.

    Parameters
    ----------
    plan : callable
        Returns functions that compile the loops of the step, without running them.
    count : int
        How many companions may call it.
    """
    global _present
    if count == 0 or _present is not None or sys.platform != "linux":  # elsewhere forks are unsafe
        return step()
    if _leaving:
        _leaving[:] = [process for process in _leaving if not _ended(process)]
    _present = companions = Companions(plan, min(count, MOST))
    try:
        return step()
    finally:
        _present = None
        companions.dismiss()
