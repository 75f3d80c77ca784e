"""Many steps as one compiled function, which threads share without Python between them.

A step of a single image takes microseconds.  To call a loop from Python costs one; to hand a part
of it to another thread costs four, for the thread has to wait for Python's lock.  Here the steps of
images `ToCome` are compiled into one function, `answer`, over one array, the desk, on which weights, images
and everything between them have fixed places.  A helper is asked once, and stays in a function of
its own, `serve`, as long as calls follow each other.

Work is not dealt out: it is taken.  Every step is cut in pieces.  The thread that calls takes from
the front, helpers take from the back, until they meet; so each thread sees the same weights again
in the next call, and has them in its own cache.  A step begins when all pieces of the one before
are done.  Nobody waits for a thread that has taken nothing: a helper may be late, or not come.

What threads must know of each other stands in ``board``, a row for each step and one more:

============  =======================================================================
CLAIMS        the call's number, the first piece that is left, and the last, in one integer,
              so that a piece can be taken in one exchange, and only in the call it is of
DONE          how many pieces are done
============  =======================================================================

and, in the last row under CLAIMS, the number of the call.
"""

from __future__ import annotations

import math
from collections import deque
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.atomic import add, exchange, load, store
from numcnn.engine.fast.compiled import part, watching_loop
from numcnn.engine.fast.few import Step, ToCome
from numcnn.engine.fast.helper import yield_core
from numcnn.engine.fast.memory import CACHE_LINE
from numcnn.engine.fast.threads import current_team

CLAIMS, DONE, COLUMNS = 0, 8, 16
"""On cache lines of their own: 8 integers have 64 bytes."""
MOST_PIECES = 1 << 10
PIECE = 30_000
"""Multiplications, at least, of one piece."""
A_HELPERS_SHARE = 100_000
"""A helper is asked for each so many multiplications."""
MOST_CALLS = (1 << 31) - 1
LOOKS, SPINS = 10_000, 64
"""So often a thread looks whether a step is done, before it goes back to Python for a moment; and
so often before it lets another thread have the core."""


class Place(NamedTuple):
    """Where on the desk an array is: ``desk[start:stop].reshape(shape)``."""

    start: int
    stop: int
    shape: tuple[int, ...]


class Stage(NamedTuple):
    """A step with its arrays in their places, cut in pieces of so many units."""

    loop: Any
    x: Place
    weights: tuple[Place, ...]
    settings: tuple[Any, ...]
    y: Place
    units: int
    size: int

    @property
    def pieces(self) -> int:
        """How many pieces that makes."""
        return -(-self.units // self.size)


@part
def array_at(desk, start, stop, shape):
    """The array at a place."""
    return desk[start:stop].reshape(shape)


def arrays_at(places: tuple[Place, ...]) -> Any:
    """Return what gives the arrays at some places, as a tuple."""
    if not places:
        return part(lambda desk: ())
    (start, stop, shape), others = places[0], arrays_at(places[1:])
    return part(lambda desk: (array_at(desk, start, stop, shape), *others(desk)))


@part
def is_done(board, row, pieces, call):
    """Wait until so many pieces of a stage are done; return whether they are."""
    for look in range(LOOKS):
        if load(board, row, DONE) == pieces:
            return True
        if load(board, len(board) - 1, CLAIMS) != call:  # and so they were, before the next call
            return False
        if look > SPINS:
            yield_core()
    return False


@part
def take(board, row, call, helps, threads):
    """Take some of the pieces of a stage that are left; return the first, and where they end."""
    while True:
        claims = load(board, row, CLAIMS)
        front, back = (claims >> 16) & 0xFFFF, claims & 0xFFFF
        if claims >> 32 != call or front == back:
            return 0, 0
        count = back - front if threads == 1 else max(1, 3 * (back - front) // (4 * threads))
        left = claims - count if helps else claims + (count << 16)
        if exchange(board, row, CLAIMS, claims, left):
            return (back - count, back) if helps else (front, front + count)


def stages_from(k: int, stages: tuple[Stage, ...]) -> Any:
    """Return what does the stages from number k on, and tells whether all were done."""
    before = stages[k - 1].pieces if k else 0
    if k == len(stages):
        return part(lambda desk, board, call, helps, threads: is_done(board, k - 1, before, call))
    run, x, weights, settings, y, units, size = stages[k]
    arrays, others = arrays_at((x, *weights)), stages_from(k + 1, stages)
    start, stop, shape = y

    @part
    def stage(desk, board, call, helps, threads):
        arguments = (*arrays(desk), *settings, array_at(desk, start, stop, shape))
        if k > 0 and not is_done(board, k - 1, before, call):
            return False
        first, end = take(board, k, call, helps, threads)
        while first < end:
            run(*arguments, first * size, min(end * size, units))
            add(board, k, DONE, end - first)
            first, end = take(board, k, call, helps, threads)
        return others(desk, board, call, helps, threads)

    return stage


@cache
def compiled(stages: tuple[Stage, ...]) -> tuple[Any, Any]:
    """Return the function of the thread that calls, and the one of its helpers."""
    pieces, last = tuple(stage.pieces for stage in stages), len(stages)
    all_stages = stages_from(0, stages)

    @watching_loop
    def work(desk, board, call, helps, threads):
        return all_stages(desk, board, call, helps, threads)

    @watching_loop
    def answer(desk, board, call, threads, again):
        """Do a call; return whether it is done.  If not, call `again`."""
        if not again:
            for k in range(last):
                store(board, k, DONE, 0)
                store(board, k, CLAIMS, (call << 32) + pieces[k])
            store(board, last, DONE, threads)
            store(board, last, CLAIMS, call)
        return work(desk, board, call, False, threads)

    @watching_loop
    def serve(desk, board, wanted, looks):
        """Help with every call, until wanted or none has come for so many looks."""
        before, idle = 0, 0
        while idle < looks and wanted[0] == 0:
            call = before
            for _ in range(SPINS):
                call = load(board, last, CLAIMS)
                if call != before:
                    break
            if call != before and work(desk, board, call, True, load(board, last, DONE)):
                before, idle = call, 0
            idle += 1
            yield_core()

    return answer, serve


class Plan:
    """The stages that lead from images to come to others, and a place on the desk for every array.

    Attributes
    ----------
    stages : list of Stage
    x, y : Place
        Of the first and of the last.
    work : int
        All multiplications.
    """

    def __init__(self, first: ToCome, last: ToCome) -> None:
        self.dtype = first.dtype
        self.stages: list[Stage] = []
        self.work = 0
        self._size = 0
        self._weights: list[tuple[Place, np.ndarray]] = []
        self.x = self._room(first.shape)
        self.y = self._place(last, first)

    def _place(self, y: ToCome, first: ToCome) -> Place:
        """Return where the numbers of y will be, and plan the stages on the way there."""
        if y is first or y.before is None:
            return self.x
        x, step = self._place(y.before, first), y.step
        if not isinstance(step, Step):
            return x._replace(shape=y.shape)
        places = tuple(self._room(weight.shape) for weight in step.weights)
        self._weights += zip(places, step.weights, strict=True)
        out = self._room(step.shape)
        size = max(1, step.units * PIECE // step.work, step.units // MOST_PIECES)
        stage = Stage(step.loop, x, places, step.settings, out, step.units, min(size, step.units))
        self.stages.append(stage)
        self.work += step.work
        return out

    def _room(self, shape: tuple[int, ...]) -> Place:
        start, stop = self._size, self._size + math.prod(shape)
        self._size = -(-stop // CACHE_LINE) * CACHE_LINE
        return Place(start, stop, shape)

    def numbers(self) -> np.ndarray:
        """Return what lies on a desk: the weights as they are now, and zeros."""
        numbers = aligned_zeros(self._size, self.dtype)
        for (start, stop, _), weight in self._weights:
            numbers[start:stop] = weight.reshape(-1)
        return numbers


def aligned_zeros(size: int, dtype: Any) -> np.ndarray:
    """Return zeros that start on a cache line."""
    raw = np.zeros(size + CACHE_LINE, dtype)
    start = -raw.ctypes.data % CACHE_LINE // raw.itemsize
    return raw[start : start + size]


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
        self(np.zeros(plan.x.shape))  # compiles
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
