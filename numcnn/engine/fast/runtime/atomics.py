"""Atomic integers: several threads read and change them at once, inside compiled loops.

Plain reads and writes would be safe on x86 but not elsewhere: other processors, and compilers, may
carry out a write before the lines above it.  *Acquire* and *release* forbid that: a thread that has
loaded a value sees everything that the storing thread had written before.  Numba has no such
operations for the CPU.  LLVM has them; here they work on elements of an int64 array
``(rows, columns)``.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _address(context: Any, builder: ir.IRBuilder, array_type: Any, arguments: Any) -> ir.Value:
    """Return the address of ``array[row, column]``."""
    array, row, column = arguments
    view = context.make_array(array_type)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, array_type, view, [row, column])


@intrinsic
def load(typing_context, array, row, column):
    """Return ``array[row, column]``."""

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, signature.args[0], arguments)
        return builder.load_atomic(address, "acquire", align=8)

    return types.int64(array, types.intp, types.intp), generate


@intrinsic
def store(typing_context, array, row, column, value):
    """``array[row, column] = value``."""

    def generate(context, builder, signature, arguments):
        *element, value = arguments
        address = _address(context, builder, signature.args[0], element)
        builder.store_atomic(value, address, "release", align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.int64), generate


@intrinsic
def add(typing_context, array, row, column, value):
    """``array[row, column] += value`` in one atomic step; return the value before."""

    def generate(context, builder, signature, arguments):
        *element, value = arguments
        address = _address(context, builder, signature.args[0], element)
        return builder.atomic_rmw("add", address, value, "acq_rel")

    return types.int64(array, types.intp, types.intp, types.int64), generate


@intrinsic
def exchange(typing_context, array, row, column, expected, value):
    """``array[row, column] = value`` if it is still `expected`; return whether it was."""

    def generate(context, builder, signature, arguments):
        *element, expected, value = arguments
        address = _address(context, builder, signature.args[0], element)
        result = builder.cmpxchg(address, expected, value, "acq_rel", "acquire")
        return builder.extract_value(result, 1)

    return types.boolean(array, types.intp, types.intp, types.int64, types.int64), generate
