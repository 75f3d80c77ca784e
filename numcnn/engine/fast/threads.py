"""Several cores for one loop: plain Python threads, since compiled loops release the GIL.

Numba's own threads are not used: with one of its layers two threads in a loop abort the process,
with another a forked child hangs or is killed, and ``parallel=True`` compiles for seconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from numba.core import config

from numcnn.engine.fast.helper import Helper, looks_a_second

WORTHWHILE = 400_000
"""Fewer multiplications, or numbers moved, than this are done sooner by one thread alone."""


class Stopwatch(threading.local):
    """Adds up how long a thread's loops take, with handing them over, while it wants to know.

    Attributes
    ----------
    on : bool
        Whether the calling thread does.
    seconds : float
        Of its loops.
    """

    on = False
    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self.on = True
        return self

    def __exit__(self, *_: object) -> None:
        self.on = False

    def time(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function that would look at this watch, and add its time."""
        self.on, start = False, time.perf_counter()
        try:
            function(*arguments)
        finally:
            self.on, self.seconds = True, self.seconds + time.perf_counter() - start


stopwatch = Stopwatch()


class Team:
    """The thread that calls, and its helpers."""

    def __init__(self, threads: int) -> None:
        rate = looks_a_second() if threads > 1 else 0.0
        self.helpers = [Helper(rate) for _ in range(threads - 1)]
        self.lock = threading.Lock()

    def run(
        self, compiled_loop: Callable[..., Any], count: int, arguments: tuple[Any, ...]
    ) -> None:
        """Call ``compiled_loop(*arguments, start, stop)``, a part of the range in each thread."""
        parts = min(len(self.helpers) + 1, count)
        hired = self.helpers[: parts - 1]
        for k, helper in enumerate(hired, 1):
            share = count * k // parts, count * (k + 1) // parts
            helper.give(compiled_loop, (*arguments, *share))
        try:
            compiled_loop(*arguments, 0, count // parts)
        finally:
            for helper in hired:
                helper.wait()
        for helper in hired:
            helper.raise_error()

    def serve(self, desk: Any, most: int) -> list[Helper]:
        """Return helpers, at most so many, that work at a desk of their own accord.

        They call ``desk.serve`` again and again until other work comes.  None is returned as long
        as they are at work for another thread.
        """
        hired = self.helpers[:most]
        for helper in hired:
            if helper.desk is not desk:
                break
        else:
            return hired
        if not self.lock.acquire(blocking=False):
            return []
        try:
            hired = self.helpers[:most]  # none, if they have been retired meanwhile
            for helper in hired:
                helper.serve(desk)
        finally:
            self.lock.release()
        return hired

    def retire(self) -> None:
        """Let the helpers go; whoever has this team still, works alone."""
        helpers, self.helpers = self.helpers, []
        for helper in helpers:
            helper.retire()


_team: Team | None = None
_choosing = threading.RLock()


def use_threads(threads: int | None = None) -> Team:
    """Return a new team of so many threads; by default one for each core this process may use.

    ``NUMBA_NUM_THREADS`` sets another number.
    """
    global _team
    if threads is None:
        threads = 1 if config.DISABLE_JIT else config.NUMBA_NUM_THREADS
    with _choosing:
        if _team is not None:
            with _team.lock:  # when it has done the loop that it is at
                _team.retire()
        _team = Team(threads)
        return _team


def _first_team() -> Team:
    with _choosing:  # two threads may want it at once
        return _team or use_threads()


def _forget_team() -> None:
    global _team, _choosing
    _team, _choosing = None, threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_team)  # a forked child has no helpers


def current_team() -> Team:
    """Return the team of this process."""
    return _team or _first_team()


def parallel(compiled_loop: Callable[..., Any], count: int, work: int, *arguments: Any) -> None:
    """Run ``compiled_loop(*arguments, start, stop)`` over ``range(count)``.

    All threads share it if `work`, its multiplications or numbers moved, makes that worthwhile.
    Results never depend on how the range was shared.
    """
    if count == 0:
        return
    if stopwatch.on:
        stopwatch.time(parallel, compiled_loop, count, work, *arguments)
        return
    global _team
    team = current_team()
    alone = work < WORTHWHILE or count < 2 or not team.helpers
    if alone or not team.lock.acquire(blocking=False):  # small, or another thread has the team
        compiled_loop(*arguments, 0, count)
        return
    try:
        team.run(compiled_loop, count, arguments)
    except BaseException:  # Ctrl-C perhaps, and a helper may still be at work:
        threads = len(team.helpers) + 1
        team.retire()
        if _team is team:
            _team = Team(threads)  # a new team takes over
        raise
    finally:
        team.lock.release()
