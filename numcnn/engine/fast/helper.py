"""A thread that does a part of what another thread gives it.

A thread that sleeps needs 10 to 40 µs to wake up, as long as a small layer takes.  So a helper
first watches a number in memory for a moment, and goes to sleep only when no work comes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from numcnn.engine.fast.compiled import watching_loop

PATIENCE = 300e-6
"""Seconds that a helper watches before it sleeps."""
GRACE = 1.5e-6
"""Seconds that it then leaves to the thread that gave it work: if both wanted the GIL in the same
moment, one would have to sleep."""

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


def looks_a_second() -> float:
    """Measure how often `meet` looks in a second."""
    mine, theirs = np.zeros(1, np.int64), np.zeros(1, np.int64)
    meet(mine, 0, theirs, 1, 1, 0)
    start = time.perf_counter()
    meet(mine, 0, theirs, 1, 1000, 0)
    return 1000 / (time.perf_counter() - start)


class Helper(threading.Thread):
    """A thread that does one part of each loop, or works at a desk as long as calls come.

    Attributes
    ----------
    desk : object or None
        Whose ``serve`` it is in.
    wanted : numpy.ndarray
        Its first number says there whether to come back.
    """

    def __init__(self, looks_a_second: float) -> None:
        super().__init__(daemon=True, name="numcnn-helper")
        self.patience = int(PATIENCE * looks_a_second)
        self.grace = int(GRACE * looks_a_second)
        self.given, self.done, self.note, self.wanted = (np.zeros(8, np.int64) for _ in range(4))
        self.desk: Any = None
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
            compiled_loop = arguments = None  # the arrays are free to go
            self.job = self.desk = None

    def give(self, compiled_loop: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Give it work."""
        self._hand_over(compiled_loop, arguments, None)

    def serve(self, desk: Any) -> None:
        """Let it serve at a desk until other work comes, or no call for a while."""
        if self.desk is not desk:
            self._hand_over(desk.serve, (self.wanted, self.patience), desk)

    def _hand_over(self, work: Callable[..., Any], arguments: tuple[Any, ...], desk: Any) -> None:
        if self.desk is not None:
            self.wanted[0] = 1
            self.wait()
            self.wanted[0] = 0
        self.job, self.desk = (work, arguments), desk
        self.given[0] += 1
        if self.asleep:
            self.alarm.set()

    def raise_error(self) -> None:
        """Raise what was raised in its work, once."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def wait(self) -> None:
        """Wait until the work is done; Ctrl-C is heard meanwhile."""
        while not meet(self.note, 0, self.done, self.given[0], 1_000_000, 0):
            pass

    def retire(self) -> None:
        """End the thread when it has done what it was given."""
        self.retired = True
        self.alarm.set()
