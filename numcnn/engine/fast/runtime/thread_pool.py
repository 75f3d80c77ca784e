"""Several cores for one loop: plain Python threads, since compiled loops release the GIL.

Numba's own threads are not used: with one of its layers two threads in a loop abort the process,
with another a forked child hangs or is killed, and ``parallel=True`` compiles for seconds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from numba import typeof
from numba.core import config

from numcnn.engine.fast.runtime.companions import with_companions
from numcnn.engine.fast.runtime.compiling import run_alone
from numcnn.engine.fast.runtime.helper import Helper
from numcnn.engine.fast.runtime.stopwatch import stopwatch
from numcnn.engine.fast.runtime.work_sharing import new_board, shared

WORTHWHILE = 400_000
"""With fewer multiplications, or numbers moved, than this, one thread alone is faster."""
PIECES = 4
"""Pieces of a loop for each thread."""


class ThreadPool:
    """The calling thread and its helpers."""

    def __init__(self, threads: int) -> None:
        self.board = new_board()
        self.helpers = [Helper(self.board) for _ in range(threads - 1)]
        self.lock = threading.Lock()

    def pieces(self, count: int) -> int:
        """Call the helpers to a job; return the number of its pieces."""
        for helper in self.helpers:
            helper.look()
        return min(count, PIECES * (len(self.helpers) + 1))

    def serve(self, workspace: Any, maximum: int) -> list[Helper]:
        """Return helpers, at most `maximum`, that serve a workspace on their own.

        They call ``workspace.serve`` again and again until other work comes.  The list is empty
        while they work for another thread.
        """
        helpers = self.helpers[:maximum]
        for helper in helpers:
            if helper.workspace is not workspace:
                break
        else:
            return helpers
        if not self.lock.acquire(blocking=False):
            return []
        try:
            helpers = self.helpers[:maximum]  # none, if they have been retired meanwhile
            for helper in helpers:
                helper.look(workspace)
        finally:
            self.lock.release()
        return helpers

    def retire(self) -> None:
        """Let the helpers go; a thread that still holds this pool works alone."""
        helpers, self.helpers = self.helpers, []
        for helper in helpers:
            helper.retire()


_pool: ThreadPool | None = None
_choosing = threading.RLock()


def use_threads(threads: int | None = None) -> ThreadPool:
    """Return a new pool of `threads` threads; by default one for each core this process may use.

    ``NUMBA_NUM_THREADS`` sets another default.
    """
    global _pool
    threads = 1 if config.DISABLE_JIT else threads or config.NUMBA_NUM_THREADS
    with _choosing:
        if _pool is not None:
            with _pool.lock:  # when it has done its current loop
                _pool.retire()
        _pool = ThreadPool(threads)
        return _pool


def _first_pool() -> ThreadPool:
    with _choosing:  # two threads may want it at once
        return _pool or use_threads()


def _forget_pool() -> None:
    global _pool, _choosing
    _pool, _choosing = None, threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)  # a forked child has no helpers


def current_pool() -> ThreadPool:
    """Return the pool of this process."""
    return _pool or _first_pool()


class Planning(threading.local):
    """Where a thread notes its loops instead of running them, if it does.

    Attributes
    ----------
    jobs : list of tuple, or None
        The loop, its range's length and its arguments.
    """

    jobs: list[tuple[Any, int, tuple[Any, ...]]] | None = None


planning = Planning()


def planned(step: Callable[[], Any]) -> list[Callable[[], Any]]:
    """Return functions that compile the loops of a step, in its order; none of them runs."""
    jobs = planning.jobs = []
    try:
        step()
    finally:
        planning.jobs = None
    given = [(loop, (new_board(), count, 1, arguments)) for loop, count, arguments in jobs]
    return [partial(shared(loop).compile, tuple(map(typeof, values))) for loop, values in given]


def run_step(step: Callable[..., Any], *arguments: Any) -> Any:
    """Return ``step(*arguments)``; what has to be compiled for it is compiled by all cores."""
    step = partial(step, *arguments)
    return with_companions(step, partial(planned, step), len(current_pool().helpers))


def parallel_for(loop: Callable[..., Any], count: int, work: int, *arguments: Any) -> None:
    """Run ``loop(*arguments, start, stop)`` over ``range(count)``.

    All threads share it if `work`, its multiplications or numbers moved, makes that worthwhile.
    The result never depends on how the range was shared.
    """
    if count == 0:
        return
    if planning.jobs is not None:
        planning.jobs.append((loop, count, arguments))
        return
    if stopwatch.on:
        stopwatch.time(parallel_for, loop, count, work, *arguments)
        return
    pool, pieces = _pool or _first_pool(), 1
    alone = work < WORTHWHILE or count < 2 or not pool.helpers
    if alone or not pool.lock.acquire(blocking=False):  # small, or another thread has the pool
        failed = shared(loop)(pool.board, count, pieces, *arguments)
    else:
        try:
            pieces = pool.pieces(count)
            failed = shared(loop)(pool.board, count, pieces, *arguments)
        finally:
            pool.lock.release()
    if failed:
        for k in range(pieces):  # raise here what was raised in a piece
            run_alone(loop, *arguments, count * k // pieces, count * (k + 1) // pieces)
        raise MemoryError("a piece of a loop failed")
