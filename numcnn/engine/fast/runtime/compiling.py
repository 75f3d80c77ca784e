"""How every loop of this engine is declared and compiled.

Five habits make the loops fast, and none of them changes what they compute:

* Sums stay in registers.  A loop adds into a small flat array, ``sums``, at constant indices.
  `NoOverlap` promises the compiler that no other array shares its memory, so the compiler holds it
  in registers until the loop ends.
* Short sums begin at zero, and the bias comes last.  Zeros are written a register at a time; the
  biases of a block would be written number by number, and the processor would wait: it can't load
  a register from numbers that are still on their way to memory.
* Sums are copied in one loop of ``len(sums)``.  Of a short loop whose length it knows the compiler
  makes one copy for each number, and not a few of whole registers.
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
from llvmlite import binding as llvm
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


class OptimizedOnce(Compiler):
    """Compiles into a `Library`."""

    def define_pipelines(self) -> Any:
        """Compile as Numba does otherwise."""
        self.state.library = self._library(self.state.targetctx.codegen())
        return super().define_pipelines()

    def _library(self, codegen: Any) -> Any:
        library = Library(codegen, self.state.func_id.func_qualname)
        library.enable_object_caching()
        return library


class NoOverlap(OptimizedOnce):
    """Promises the compiler that the arguments of a loop do not overlap (C's ``restrict``).

    Without the promise ``sums`` would be written to memory after every addition.
    """

    def define_pipelines(self) -> Any:
        """Compile as above, with the promise."""
        self.state.flags.noalias = True
        return super().define_pipelines()


class PartOfAnother(NoOverlap):
    """Compiles what only runs as a part of another function: into a `Part`."""

    optimize = True

    def _library(self, codegen: Any) -> Any:
        return Part(codegen, self.state.func_id.func_qualname, self.optimize)


class WholePart(PartOfAnother):
    """Leaves even its optimization to the other function, which is little more than this part."""

    optimize = False


class Library(JITCodeLibrary):
    """Code that LLVM optimizes once, with all of its parts in it.

    Numba also optimizes each function alone before that.  Then short loops are unrolled before the
    loops around them are known, some loops take several times as long, and compiling takes a fifth
    more.
    """

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        made = self._codegen._module_pass_manager()
        passes, *builder = made if isinstance(made, tuple) else (made,)  # a pair since Numba 0.62
        passes.run(self._final_module, *builder)


class Part(Library):
    """Code that the compiler takes into other functions; machine code is made of those alone."""

    def __init__(self, codegen: Any, name: str, optimize: bool) -> None:
        super().__init__(codegen, name)
        self._final_module: Any
        self._optimize = optimize

    def _optimize_final_module(self) -> None:
        if self._optimize:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        """Make machine code of nothing but the variable of `ENVIRONMENT`.

        Numba writes to its address when it makes an object of the function.
        """
        code = self._final_module
        names = [v.name for v in code.global_variables if v.name.startswith(ENVIRONMENT)]
        alone = "\n".join(f'@"{name}" = common global i8* null' for name in names)
        self._final_module = llvm.parse_assembly(alone)
        super()._finalize_final_module()
        self._final_module = code


ENVIRONMENT = "_ZN08NumbaEnv"
"""How the name begins of the variable in which Numba leaves a function its constants."""

OPTIONS = {
    "no_cfunc_wrapper": True,  # nothing calls the loops from C
    "nogil": True,  # other Python threads run meanwhile
    "error_model": "numpy",
    "fastmath": FASTMATH,
    "pipeline_class": NoOverlap,
}

INSIDE = {
    **OPTIONS,
    "forceinline": True,
    "no_cpython_wrapper": True,
    "pipeline_class": PartOfAnother,
}
"""Options of what becomes a part of the compiled function that calls it.

A call would go through a symbol of the process, and end in the copy of whichever function was
loaded first, also after that function is gone.  Copies of one loop can round differently.
"""


def loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop for `numcnn.engine.fast.runtime.thread_pool.parallel_for`."""
    return _whole_part(function, FASTMATH)


def ordered_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop whose sums are computed in the order in which they are written.

    ``a - b - c`` is not the same as ``a - (b + c)`` where a and b are large and nearly equal.
    """
    return _whole_part(function, FASTMATH - {"reassoc"})


def _whole_part(function: Callable[..., Any], fastmath: set[str]) -> Callable[..., Any]:
    options = {**INSIDE, "pipeline_class": WholePart, "fastmath": fastmath}
    return numba.njit(**options)(with_symbol_of_its_own(function))


def polling_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop that waits until another thread changes its arrays.

    `NoOverlap` would promise that no other thread does, so it is left out.
    """
    disk_cache = DiskCache(function)
    options = {"nogil": True, "no_cfunc_wrapper": True, "pipeline_class": OptimizedOnce}
    dispatcher = numba.njit(**options)(with_symbol_of_its_own(function))
    if not config.DISABLE_JIT:
        dispatcher._cache = disk_cache
    return dispatcher


def polling_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a part of polling loops."""
    return register_jitable(forceinline=True)(with_symbol_of_its_own(function))


def inner_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a loop that other loops call; it becomes a part of each of them."""
    return register_jitable(**INSIDE)(with_symbol_of_its_own(function))


def run_alone(loop: Any, *arguments: Any) -> None:
    """Run a loop that is not a part of another function, compiled for this once."""
    numba.njit(**OPTIONS)(loop.py_func)(*arguments)


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
