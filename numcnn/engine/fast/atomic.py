"""Integers that several threads read and change at once, inside compiled loops.

Reading and writing one would be safe on x86, but not elsewhere: other processors, and compilers,
may carry out a write before what stands above it.  *Acquire* and *release* forbid that: whoever has
loaded what another thread stored, sees all that it wrote before.  Numba has no such operations for
the CPU; LLVM has, and here they are, on places of an array ``(rows, columns)`` of int64.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _place(context: Any, builder: ir.IRBuilder, array_type: Any, arguments: Any) -> ir.Value:
    """Return the address of ``array[row, column]``."""
    array, row, column = arguments
    view = context.make_array(array_type)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, array_type, view, [row, column])


@intrinsic
def load(typing_context, array, row, column):
    """Return ``array[row, column]``."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], arguments)
        return builder.load_atomic(place, "acquire", align=8)

    return types.int64(array, types.intp, types.intp), generate


@intrinsic
def store(typing_context, array, row, column, value):
    """``array[row, column] = value``."""

    def generate(context, builder, signature, arguments):
        *place, value = arguments
        place = _place(context, builder, signature.args[0], place)
        builder.store_atomic(value, place, "release", align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.int64), generate


@intrinsic
def add(typing_context, array, row, column, value):
    """``array[row, column] += value``, and no other thread comes between; return what it was."""

    def generate(context, builder, signature, arguments):
        *place, value = arguments
        place = _place(context, builder, signature.args[0], place)
        return builder.atomic_rmw("add", place, value, "acq_rel")

    return types.int64(array, types.intp, types.intp, types.int64), generate


@intrinsic
def exchange(typing_context, array, row, column, expected, value):
    """``array[row, column] = value`` if it is as expected; return whether it was."""

    def generate(context, builder, signature, arguments):
        *place, expected, value = arguments
        place = _place(context, builder, signature.args[0], place)
        result = builder.cmpxchg(place, expected, value, "acq_rel", "acquire")
        return builder.extract_value(result, 1)

    return types.boolean(array, types.intp, types.intp, types.int64, types.int64), generate
