"""A plan at work: a compiled function of plain arrays.

A step of a single image takes microseconds.  To call a loop from Python costs one; to hand a part
of it to another thread costs four, for that thread has to wait for Python's lock.  So the whole
plan is one compiled call, and a helper is asked once and stays, as long as calls follow each other.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from numcnn.engine.fast.memory import aligned_zeros
from numcnn.engine.fast.plan import Plan
from numcnn.engine.fast.sharing import COLUMNS, MOST_CALLS, compiled
from numcnn.engine.fast.threads import current_team

A_HELPERS_SHARE = 100_000
"""A helper is asked for each so many multiplications."""


class Desk:
    """Where one thread at a time, with its helpers, makes what a program makes."""

    def __init__(self, plan: Plan, numbers: np.ndarray, serve: Any) -> None:
        self.numbers = aligned_zeros(len(numbers), numbers.dtype)
        self.numbers[:] = numbers
        self.x, self.y = (
            self.numbers[start:stop].reshape(shape) for start, stop, shape in (plan.x, plan.y)
        )
        self.board = aligned_zeros((len(plan.stages) + 1) * COLUMNS, np.int64).reshape(-1, COLUMNS)
        self.calls, self._serve = 0, serve

    def serve(self, wanted: np.ndarray, looks: int) -> None:
        """Help until wanted, or until no call has come for so many looks."""
        self._serve(self.numbers, self.board, wanted, looks)


class Program:
    """What a plan makes of plain arrays, with the weights as they are when it is made."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._numbers = plan, plan.numbers()
        pieces = max(stage.pieces for stage in plan.stages)
        self._most_helpers = min(plan.work // A_HELPERS_SHARE, pieces - 1)
        self._answer, self._serve = compiled(tuple(plan.stages))
        self._free = deque([self._new_desk()])
        self(np.zeros(plan.x.shape))  # both are compiled now, and not when an answer is wanted
        self._free[0].serve(np.ones(1, np.int64), 0)

    def _new_desk(self) -> Desk:
        return Desk(self._plan, self._numbers, self._serve)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return y.  Several threads may call at once: each has a desk."""
        try:
            desk = self._free.pop()
        except IndexError:
            desk = self._new_desk()
        desk.x[...] = x
        desk.calls = desk.calls % MOST_CALLS + 1
        helpers = []
        if self._most_helpers:
            helpers = current_team().serve(desk, self._most_helpers)
        again = False
        while not self._answer(desk.numbers, desk.board, desk.calls, 1 + len(helpers), again):
            for helper in helpers:  # Ctrl-C is heard here
                helper.raise_error()
            again = True
        y = desk.y.copy()
        self._free.append(desk)
        return y
