"""The stages of a plan as one compiled function, which threads share without Python between them.

Work is not dealt out: it is taken.  The thread that calls takes pieces from the front, helpers take
them from the back, until they meet; so each thread sees the same weights again in the next call,
and has them in its own cache.  A stage begins when all pieces of the one before are done.  Nobody
waits for a thread that has taken nothing: a helper may be late, or not come.

What threads must know of each other stands on the ``board``, a row for each stage:

========  ============================================================================
CLAIMS    the number of the call, the first piece that is left, and where they end, in
          one integer, so that pieces are taken in one exchange, and only in that call
DONE      how many pieces are done
========  ============================================================================

and one row more, which has the number of the call, and of the threads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numcnn.engine.fast.atomic import add, exchange, load, store
from numcnn.engine.fast.compiled import part, watching_loop
from numcnn.engine.fast.helper import yield_core
from numcnn.engine.fast.plan import Place, Stage

CLAIMS, DONE, COLUMNS = 0, 8, 16
"""On cache lines of their own: 8 integers have 64 bytes."""
MOST_CALLS = (1 << 31) - 1
LOOKS, SPINS = 10_000, 64
"""So often a thread looks whether a stage is done, before it goes back to Python for a moment; and
so often before it lets another thread have the core."""


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
        if load(board, len(board) - 1, CLAIMS) != call:  # this call is over, and another one on
            return False
        if look > SPINS:
            yield_core()
    return False


@part
def take(board, row, call, helps, threads):
    """Take a share of the pieces of a stage that are left; return the first, and where they end."""
    while True:
        claims = load(board, row, CLAIMS)
        front, back = (claims >> 16) & 0xFFFF, claims & 0xFFFF
        if claims >> 32 != call or front == back:
            return 0, 0
        count = max(1, (back - front) // threads)
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
    work = watching_loop(stages_from(0, stages))

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
