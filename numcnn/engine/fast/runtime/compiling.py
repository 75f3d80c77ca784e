"""How every loop of this engine is declared and compiled.

Three habits make the loops fast, and none of them changes what they compute:

* Sums stay in registers.  A loop adds into a small flat array, ``sums``, at constant indices.
  `NoOverlap` promises the compiler that no other array shares its memory, so the compiler holds it
  in registers until the loop ends.
* Block sizes are constants.  A function of the block sizes makes the loop, the loop closes over
  them, and the compiler unrolls the block.
* An index goes through `u`, which says that it is never negative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core import config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.extending import register_jitable

from numcnn.engine.fast.runtime.disk_cache import DiskCache, describe

LANES = 16
"""Images that travel side by side: one 512-bit register of float32, two of 256 bits."""

FASTMATH = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may change in a sum.  ``nnan`` and ``ninf`` are left out on purpose: NaN and
infinity come through."""

u = np.uintp
"""Casts an index that is never negative.  Numba then leaves out the code for Python's negative
indices, which would turn loads of neighbours into gathers, ten times slower."""


class NoOverlap(Compiler):
    """Promises the compiler that the arguments of a loop do not overlap (C's ``restrict``).

    Without the promise ``sums`` would be written to memory after every addition.
    """

    def define_pipelines(self) -> Any:
        """Compile as Numba does, with the promise."""
        self.state.flags.noalias = True
        return super().define_pipelines()


class PartOfAnother(NoOverlap):
    """Leaves a loop as it is: it is optimized where it becomes a part of another.

    What LLVM makes of the loop alone runs only to raise an error once more
    (`numcnn.engine.fast.runtime.thread_pool.parallel_for`): it need not be fast.
    """

    def define_pipelines(self) -> Any:
        """Compile as above, into a library that is not optimized."""
        name = self.state.func_id.func_qualname
        self.state.library = NotOptimized(self.state.targetctx.codegen(), name)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


class NotOptimized(JITCodeLibrary):
    """Machine code as it comes."""

    def _optimize_final_module(self) -> None:
        """Do nothing."""


OPTIONS = {
    "no_cfunc_wrapper": True,  # nothing calls the loops from C
    "nogil": True,  # other Python threads run meanwhile
    "error_model": "numpy",
    "fastmath": FASTMATH,
    "pipeline_class": NoOverlap,
}


INSIDE = {**OPTIONS, "forceinline": True}
"""Options of what becomes a part of the compiled function that calls it.

A call would go through a symbol of the process, and end in the copy of whichever function was
loaded first, also after that function is gone.  Copies of one loop can round differently.
"""


def loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop for `numcnn.engine.fast.runtime.thread_pool.parallel_for`."""
    return _declare(function, {**INSIDE, "pipeline_class": PartOfAnother})


def ordered_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop whose sums are computed in the order in which they are written.

    ``a - b - c`` is not the same as ``a - (b + c)`` where a and b are large and nearly equal.
    """
    fastmath = FASTMATH - {"reassoc"}
    return _declare(function, {**INSIDE, "fastmath": fastmath, "pipeline_class": PartOfAnother})


def polling_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop that waits until another thread changes its arrays.

    `NoOverlap` would promise that no other thread does, so it is left out.
    """
    return _declare(function, {"nogil": True, "no_cfunc_wrapper": True})


def polling_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a part of polling loops."""
    return register_jitable(forceinline=True)(with_symbol_of_its_own(function))


def _declare(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    disk_cache = DiskCache(function)
    dispatcher = numba.njit(**options)(with_symbol_of_its_own(function))
    if not config.DISABLE_JIT:
        dispatcher._cache = disk_cache
    return dispatcher


def inner_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop that other loops call; it becomes a part of each of them."""
    return register_jitable(**INSIDE)(with_symbol_of_its_own(function))


def with_symbol_of_its_own(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function under a name that says what it closes over.

    Numba names machine code by the function's name and a number that each process counts for
    itself.  Two loops of one factory, compiled in two processes and loaded from the disk by a
    third, could share both, and one would run in the place of the other.
    """
    digest = hashlib.sha256(repr(describe(function)).encode()).hexdigest()[:12]
    function.__qualname__ = f"{function.__qualname__}_{digest}"
    return function


@inner_loop
def scratch(shape, like):
    """Return an array that starts on a cache line, for one thread to work in."""
    size = shape[0] * shape[1] * shape[2]
    raw = np.empty(size + 64, like.dtype)
    start = (-raw.ctypes.data % 64) // raw.itemsize
    return raw[start : start + size].reshape(shape)
