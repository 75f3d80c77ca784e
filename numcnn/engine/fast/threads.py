"""Several cores for one loop: plain Python threads, since compiled loops release the GIL.

A thread that sleeps needs 10 to 40 µs to wake up, as long as a small layer takes.  So a helper
first watches a number in memory for a moment, and goes to sleep only when no work comes.

Numba's own threads are not used: with one of its layers two threads in a loop abort the process,
with another a forked child hangs or is killed, and ``parallel=True`` compiles for seconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.core import config

from numcnn.engine.fast.compiled import watching_loop

PATIENCE = 300e-6
"""Seconds that a helper watches before it sleeps."""
GRACE = 1.5e-6
"""Seconds that it then leaves to the thread that gave it work: if both wanted the GIL in the same
moment, one would have to sleep."""
WORTHWHILE = 400_000
"""Fewer multiplications, or numbers moved, than this are done sooner by one thread alone."""

yield_core = types.ExternalFunction(
    "sched_yield" if os.name == "posix" else "SwitchToThread", types.int32()
)


@watching_loop
def meet(mine, value, theirs, expected, looks, grace):
    """Set mine[0]; then wait, without the GIL, until theirs[0] is as expected."""
    mine[0] = value
    for _ in range(looks):
        if theirs[0] == expected:
            for _ in range(grace):
                yield_core()
            return True
        yield_core()  # another process may have the core; and the compiler must look again
    return False


def _looks_a_second() -> float:
    """Measure how often `meet` looks in a second."""
    mine, theirs = np.zeros(1, np.int64), np.zeros(1, np.int64)
    meet(mine, 0, theirs, 1, 1, 0)
    start = time.perf_counter()
    meet(mine, 0, theirs, 1, 1000, 0)
    return 1000 / (time.perf_counter() - start)


class Helper(threading.Thread):
    """A thread that does one part of each loop."""

    def __init__(self, looks_a_second: float) -> None:
        super().__init__(daemon=True, name="numcnn-helper")
        self.patience = int(PATIENCE * looks_a_second)
        self.grace = int(GRACE * looks_a_second)
        self.given, self.done, self.note = (np.zeros(8, np.int64) for _ in range(3))
        self.asleep, self.alarm, self.retired = False, threading.Event(), False
        self.job: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do what is given, until there is nothing more and it is retired."""
        jobs = 0
        while True:
            if not meet(self.done, jobs, self.given, jobs + 1, self.patience, self.grace):
                self.asleep = True
                while self.given[0] == jobs and not self.retired:
                    self.alarm.wait()
                    self.alarm.clear()
                self.asleep = False
            if self.given[0] == jobs:
                return
            jobs += 1
            compiled_loop, arguments = self.job
            try:
                compiled_loop(*arguments)
            except BaseException as error:  # raised again in the thread that gave the work
                self.error = error
            self.job = compiled_loop = arguments = None  # the arrays are free to go

    def give(self, compiled_loop: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Give it work."""
        self.job = compiled_loop, arguments
        self.given[0] += 1
        if self.asleep:
            self.alarm.set()

    def wait(self) -> None:
        """Wait until the work is done; Ctrl-C is heard meanwhile."""
        while not meet(self.note, 0, self.done, self.given[0], 1_000_000, 0):
            pass

    def retire(self) -> None:
        """End the thread when it has done what it was given."""
        self.retired = True
        self.alarm.set()


class Team:
    """The thread that calls, and its helpers."""

    def __init__(self, threads: int) -> None:
        looks_a_second = _looks_a_second() if threads > 1 else 0.0
        self.helpers = [Helper(looks_a_second) for _ in range(threads - 1)]
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
            if helper.error is not None:
                raise helper.error

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


def parallel(compiled_loop: Callable[..., Any], count: int, work: int, *arguments: Any) -> None:
    """Run ``compiled_loop(*arguments, start, stop)`` over ``range(count)``.

    All threads share it if `work`, its multiplications or numbers moved, makes that worthwhile.
    Results never depend on how the range was shared.
    """
    if count == 0:
        return
    global _team
    team = _team or _first_team()
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
