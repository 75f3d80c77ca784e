"""One loop, several threads: they take pieces of its range until none is left.

The thread that wants the loop done takes pieces from the front, its helpers take them from the
back.  So each thread meets the same images again in the next loop, and finds them in its own cache.
Nobody waits for a helper that has taken nothing: it may be asleep, or another process may have its
core.  All of it is compiled, because a thread that needs Python's lock to begin comes too late for
a loop of 50 µs.

The threads see one job at a time, on a board of integers:

=========  =====================================================================================
JOB        the number of the job, from 1
STATE      how many helpers are in the job, plus OPEN as long as more may come
TAKEN      how many pieces have been taken
BACK       how many of them by helpers
FAILED     whether a piece failed
ORDER      in four columns: the address of the loop, that of its arguments, the length of its
           range, the number of pieces
=========  =====================================================================================
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

from numcnn.engine.fast.runtime.atomics import add, load, store
from numcnn.engine.fast.runtime.compiling import inner_loop, polling_loop, polling_part

JOB, STATE, TAKEN, BACK, FAILED, ORDER, ROWS = 0, 1, 2, 3, 4, 5, 6
OPEN = 1 << 32
SPINS = 100
"""After so many polls a thread lets other threads have the core."""

yield_core = types.ExternalFunction(
    "sched_yield" if os.name == "posix" else "SwitchToThread", types.int32()
)

INT64, POINTER = ir.IntType(64), ir.IntType(8).as_pointer()
PART = ir.FunctionType(ir.IntType(32), [POINTER, INT64, INT64])
"""A loop as machine code: the address of its arguments, start, stop -> 0, or else it failed."""


def new_board() -> np.ndarray:
    """Return a board, each row on a cache line of its own."""
    return np.zeros((ROWS + 1, 8), np.int64)[1:]


@intrinsic
def written_down(typing_context, loop, arguments):
    """Return the addresses of the loop, as `PART`, and of its arguments."""
    parts = (*arguments.types, types.int64, types.int64)
    signature_of_loop = loop.get_call_type(typing_context, parts, {})

    def generate(context, builder, signature, values):
        compiled = loop.dispatcher.overloads[signature_of_loop.args]
        context.active_code_library.add_linking_library(compiled.library)
        packed = values[1]
        name = builder.module.get_unique_name("part")
        part = ir.Function(builder.module, PART, name)
        part.linkage = "internal"
        inside = ir.IRBuilder(part.append_basic_block())
        place, start, stop = part.args
        tuple_ = inside.load(inside.bitcast(place, packed.type.as_pointer()))
        every = cgutils.unpack_tuple(inside, tuple_, len(arguments.types))
        status, _ = context.call_internal_no_propagate(
            inside, compiled.fndesc, signature_of_loop, [*every, start, stop]
        )
        inside.ret(status.code)
        addresses = part, cgutils.alloca_once_value(builder, packed)
        integers = [builder.ptrtoint(address, INT64) for address in addresses]
        return context.make_tuple(builder, signature.return_type, integers)

    return types.UniTuple(types.int64, 2)(loop, arguments), generate


@intrinsic
def run_part(typing_context, function, data, start, stop):
    """Run a part of a loop that was written down; return 0, or else it failed."""

    def generate(context, builder, signature, values):
        function, data, start, stop = values
        part = builder.inttoptr(function, PART.as_pointer())
        return builder.call(part, [builder.inttoptr(data, POINTER), start, stop])

    return types.int32(types.int64, types.int64, types.int64, types.int64), generate


@inner_loop
def run_piece(board, piece):
    """Run a piece of the job."""
    function, data = load(board, ORDER, 0), load(board, ORDER, 1)
    count, pieces = load(board, ORDER, 2), load(board, ORDER, 3)
    if run_part(function, data, count * piece // pieces, count * (piece + 1) // pieces) != 0:
        store(board, FAILED, 0, 1)


@polling_part
def share(board, count, pieces, function, data):
    """Do a job together with the helpers; return whether a piece failed.

    With one piece it looks at no board.
    """
    if pieces == 1:
        return run_part(function, data, 0, count) != 0
    store(board, ORDER, 0, function)
    store(board, ORDER, 1, data)
    store(board, ORDER, 2, count)
    store(board, ORDER, 3, pieces)
    store(board, TAKEN, 0, 0)
    store(board, BACK, 0, 0)
    store(board, FAILED, 0, 0)
    add(board, STATE, 0, OPEN)
    add(board, JOB, 0, 1)  # last: a helper that sees the number finds the job open, or done
    front = 0
    while add(board, TAKEN, 0, 1) < pieces:
        run_piece(board, front)
        front += 1
    add(board, STATE, 0, -OPEN)
    polls = 0
    while load(board, STATE, 0) != 0:
        polls += 1
        if polls > SPINS:
            yield_core()
    return load(board, FAILED, 0) != 0


@cache
def shared(loop: Any) -> Any:
    """Return a function that runs ``loop(*arguments, start, stop)`` over all of ``range(count)``.

    It returns whether a piece failed.
    """
    if config.DISABLE_JIT:
        return lambda board, count, pieces, *arguments: loop(*arguments, 0, count)

    def run(board, count, pieces, *arguments):
        function, data = written_down(loop, arguments)
        return share(board, count, pieces, function, data)

    run.__qualname__, _, _ = loop.py_func.__qualname__.rpartition("_")  # without the digest
    return polling_loop(run)


@polling_loop
def help_with_jobs(board, called_back, last, patience):
    """Help with every job after number `last`; return the number of the last one.

    Return when called back, or when no job has come for so many polls.
    """
    idle = 0
    while idle < patience and load(called_back, 0, 0) == 0:
        job = load(board, JOB, 0)
        if job != last:
            if add(board, STATE, 0, 1) >= OPEN:
                pieces = load(board, ORDER, 3)
                while add(board, TAKEN, 0, 1) < pieces:
                    run_piece(board, pieces - 1 - add(board, BACK, 0, 1))
            add(board, STATE, 0, -1)
            last, idle = job, 0
        idle += 1
        yield_core()
    return last
