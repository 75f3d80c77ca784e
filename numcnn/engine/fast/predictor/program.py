"""A program: a plan compiled into one function of a plain array.

A step of a single image takes microseconds.  Calling a loop from Python costs one; handing a part
of it to another thread costs four, because that thread has to wait for Python's lock.  So the whole
plan is one compiled call, and a helper is asked once and stays as long as calls follow each other.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from numcnn.engine.fast.predictor.plan import Plan
from numcnn.engine.fast.predictor.sharing import COLUMNS, MAX_CALLS, compile_stages
from numcnn.engine.fast.runtime.memory import aligned_zeros
from numcnn.engine.fast.runtime.thread_pool import current_pool

WORK_PER_HELPER = 100_000
"""One helper is asked for each so many multiplications."""
NOT_CALLED_BACK = np.zeros(1, np.int64)
"""For the calling thread: only helpers are called back."""


class Workspace:
    """The memory in which one thread at a time, with its helpers, runs a program."""

    def __init__(self, plan: Plan, arena: np.ndarray, run: Any) -> None:
        self.arena = aligned_zeros(len(arena), arena.dtype)
        self.arena[:] = arena
        self.x, self.y = (
            self.arena[start:stop].reshape(shape) for start, stop, shape in (plan.x, plan.y)
        )
        rows = len(plan.stages) + 1
        self.status = aligned_zeros(rows * COLUMNS, np.int64).reshape(rows, COLUMNS)
        self.calls, self._run = 0, run

    def serve(self, called_back: np.ndarray, polls: int) -> None:
        """Help until called back, or until no call has come for so many polls."""
        self._run(self.arena, self.status, 0, 0, False, called_back, polls)


class Program:
    """A compiled plan, with the weights as they are when it is made."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._arena = plan, plan.arena()
        pieces = max(stage.pieces for stage in plan.stages)
        self._max_helpers = min(plan.work // WORK_PER_HELPER, pieces - 1)
        self._run = compile_stages(tuple(plan.stages))
        self._free = deque([self._new_workspace()])
        self(np.zeros(plan.x.shape))  # it is compiled now, not when an answer is wanted

    def _new_workspace(self) -> Workspace:
        return Workspace(self._plan, self._arena, self._run)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return y.  Several threads may call at once: each has a workspace."""
        try:
            workspace = self._free.pop()
        except IndexError:
            workspace = self._new_workspace()
        workspace.x[...] = x
        workspace.calls = workspace.calls % MAX_CALLS + 1
        arena, status, call = workspace.arena, workspace.status, workspace.calls
        helpers = []
        if self._max_helpers:
            helpers = current_pool().serve(workspace, self._max_helpers)
        again = False
        while not self._run(arena, status, call, 1 + len(helpers), again, NOT_CALLED_BACK, 0):
            for helper in helpers:  # Ctrl-C is heard here
                helper.raise_error()
            again = True
        y = workspace.y.copy()
        self._free.append(workspace)
        return y
