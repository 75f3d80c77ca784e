"""The stages of a plan as one compiled function, which threads share without Python between them.

Threads take work; it is not assigned to them.  The calling thread takes pieces from the front, the
helpers take pieces from the back, until they meet.  So each thread sees the same weights again in
the next call, and finds them in its own cache.  A stage begins when all pieces of the one before
are done.  No thread waits for one that has taken nothing: a helper may be late, or not come.

The threads coordinate through the integers of ``status``, a row for each stage:

========  ============================================================================
CLAIMS    the number of the call, the first piece that is left, and the end of those
          left, in one integer: one atomic exchange takes pieces, and only in that call
DONE      how many pieces are done
========  ============================================================================

One more row has the number of the call and the number of threads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba.core import config

from numcnn.engine.fast.predictor.plan import Place, Stage
from numcnn.engine.fast.runtime.atomics import add, exchange, load, store
from numcnn.engine.fast.runtime.compiling import inner_loop, loop, polling_loop
from numcnn.engine.fast.runtime.work_sharing import yield_core

CLAIMS, DONE, COLUMNS = 0, 8, 16
"""On cache lines of their own: 8 integers have 64 bytes."""
MAX_CALLS = (1 << 31) - 1
MAX_POLLS, SPINS = 10_000, 64
"""After so many polls of an unfinished stage a thread returns to Python for a moment; after the
second number it lets other threads have the core."""


@inner_loop
def array_at(arena, start, stop, shape):
    """The array at a place in the arena."""
    return arena[start:stop].reshape(shape)


def arrays_at(places: tuple[Place, ...]) -> Any:
    """Return a function of the arena: the arrays at these places, as a tuple."""
    if not places:
        return inner_loop(lambda arena: ())
    (start, stop, shape), others = places[0], arrays_at(places[1:])
    return inner_loop(lambda arena: (array_at(arena, start, stop, shape), *others(arena)))


@inner_loop
def is_done(status, row, pieces, call):
    """Wait until all pieces of a stage are done; return whether they are."""
    for poll in range(MAX_POLLS):
        if load(status, row, DONE) == pieces:
            return True
        if load(status, len(status) - 1, CLAIMS) != call:  # another call has begun
            return False
        if poll > SPINS:
            yield_core()
    return False


@inner_loop
def take(status, row, call, helps, threads):
    """Take a share of the pieces that are left of a stage; return the first, and their end."""
    while True:
        claims = load(status, row, CLAIMS)
        front, back = (claims >> 16) & 0xFFFF, claims & 0xFFFF
        if claims >> 32 != call or front == back:
            return 0, 0
        count = max(1, (back - front) // threads)
        left = claims - count if helps else claims + (count << 16)
        if exchange(status, row, CLAIMS, claims, left):
            return (back - count, back) if helps else (front, front + count)


def stage_loop(k: int, stages: tuple[Stage, ...]) -> Any:
    """Return the loop that takes pieces of stage k; it returns whether the stage before is done."""
    before = stages[k - 1].pieces if k else 0
    run, x, weights, settings, y, units, size = stages[k]
    arrays, (start, stop, shape) = arrays_at((x, *weights)), y

    @inner_loop
    def stage(arena, status, call, helps, threads):
        arguments = (*arrays(arena), *settings, array_at(arena, start, stop, shape))
        if k > 0 and not is_done(status, k - 1, before, call):
            return False
        first, end = take(status, k, call, helps, threads)
        while first < end:
            run(*arguments, first * size, min(end * size, units))
            add(status, k, DONE, end - first)
            first, end = take(status, k, call, helps, threads)
        return True

    return stage


def stages_from(k: int, stages: tuple[Stage, ...]) -> Any:
    """Return the loop that does the stages from number k on, and returns whether all are done.

    Each stage is optimized on its own, but not the chains of them: every chain contains all shorter
    ones, so these would be optimized again and again.
    """
    if k == len(stages):
        last, pieces = k - 1, stages[-1].pieces
        return inner_loop(
            lambda arena, status, call, helps, threads: is_done(status, last, pieces, call)
        )
    stage, others = stage_loop(k, stages), stages_from(k + 1, stages)

    @loop
    def chain(arena, status, call, helps, threads):
        return stage(arena, status, call, helps, threads) and others(
            arena, status, call, helps, threads
        )

    return chain


@cache
def compile_stages(stages: tuple[Stage, ...]) -> Any:
    """Return the function of all threads that do the stages.

    It is one function, for the calling thread and for its helpers, because the stages take seconds
    to compile.
    """
    if config.DISABLE_JIT:
        return interpreted(stages)
    pieces, last = tuple(stage.pieces for stage in stages), len(stages)
    work = stages_from(0, stages)

    @polling_loop
    def run(arena, status, call, threads, again, called_back, polls):
        """Do a call; return whether it is done.  If not, do it `again`.

        With 0 for the call, help with every call, until called back or no call has come for so many
        polls.
        """
        helps, before, idle = call == 0, 0, 0
        if not helps and not again:
            for k in range(last):
                store(status, k, DONE, 0)
                store(status, k, CLAIMS, (call << 32) + pieces[k])
            store(status, last, DONE, threads)
            store(status, last, CLAIMS, call)
        while not helps or (idle < polls and called_back[0] == 0):
            if helps:
                for _ in range(SPINS):
                    call = load(status, last, CLAIMS)
                    if call != before:
                        break
                threads = load(status, last, DONE)
            done = call != before and work(arena, status, call, helps, threads)
            if not helps:
                return done
            if done:
                before, idle = call, 0
            idle += 1
            yield_core()
        return True

    return run


def interpreted(stages: tuple[Stage, ...]) -> Any:
    """Return the same function in Python, for a process in which nothing is compiled."""

    def run(arena, status, call, threads, again, called_back, polls):
        for do, x, weights, settings, y, units, _ in stages if call else ():
            arrays = (array_at(arena, *place) for place in (x, *weights))
            do(*arrays, *settings, array_at(arena, *y), 0, units)
        return True

    return run
