"""A helper thread: it does a part of the work that another thread gives it.

A thread that sleeps needs 10 to 40 µs to wake up, as long as a small layer takes.  So a helper
first polls a number in memory for a moment, and goes to sleep only when no work comes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from numcnn.engine.fast.runtime.compiling import polling_loop

PATIENCE = 300e-6
"""Seconds that a helper polls before it sleeps."""
GRACE = 1.5e-6
"""Seconds that it then leaves to the thread that gave the work: if both asked for the GIL in the
same moment, one of them would have to sleep."""

yield_core = types.ExternalFunction(
    "sched_yield" if os.name == "posix" else "SwitchToThread", types.int32()
)


@polling_loop
def meet(mine, value, theirs, expected, polls, grace):
    """Set mine[0]; then wait, without the GIL, until theirs[0] is as expected."""
    mine[0] = value
    for _ in range(polls):
        if theirs[0] == expected:
            for _ in range(grace):
                yield_core()
            return True
        yield_core()  # another process may have the core; and the compiler must look again
    return False


def polls_per_second() -> float:
    """Measure how often `meet` polls in a second."""
    mine, theirs = np.zeros(1, np.int64), np.zeros(1, np.int64)
    meet(mine, 0, theirs, 1, 1, 0)
    start = time.perf_counter()
    meet(mine, 0, theirs, 1, 1000, 0)
    return 1000 / (time.perf_counter() - start)


class Helper(threading.Thread):
    """A thread that does one part of each loop, or serves a workspace as long as calls come.

    Attributes
    ----------
    workspace : object or None
        Whose ``serve`` the thread is in (`numcnn.engine.fast.predictor.program`).
    called_back : numpy.ndarray
        1 in its first element asks the thread to return from ``serve``.
    """

    def __init__(self, polls_per_second: float) -> None:
        super().__init__(daemon=True, name="numcnn-helper")
        self.patience = int(PATIENCE * polls_per_second)
        self.grace = int(GRACE * polls_per_second)
        # how many jobs were given and done, on cache lines of their own; `scratch` is for `meet`
        self.given, self.done, self.scratch = (np.zeros(8, np.int64) for _ in range(3))
        self.called_back = np.zeros(8, np.int64)
        self.workspace: Any = None
        self.asleep, self.alarm, self.retired = False, threading.Event(), False
        self.job: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do the jobs that are given, until there are no more and the helper is retired."""
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
            function, arguments = self.job
            try:
                function(*arguments)
            except BaseException as error:  # raised again in the thread that gave the work
                self.error = error
            function = arguments = None  # the arrays are free to go
            self.job = self.workspace = None

    def give(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Give it work."""
        self._hand_over(function, arguments, None)

    def serve(self, workspace: Any) -> None:
        """Let it serve a workspace until other work comes, or no call for a while."""
        if self.workspace is not workspace:
            self._hand_over(workspace.serve, (self.called_back, self.patience), workspace)

    def _hand_over(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], workspace: Any
    ) -> None:
        if self.workspace is not None:
            self.called_back[0] = 1
            self.wait()
            self.called_back[0] = 0
        self.job, self.workspace = (function, arguments), workspace
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
        while not meet(self.scratch, 0, self.done, self.given[0], 1_000_000, 0):
            pass

    def retire(self) -> None:
        """End the thread when it has done its work."""
        self.retired = True
        self.alarm.set()
