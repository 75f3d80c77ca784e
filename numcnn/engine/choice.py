"""The engine in use, and the conversion to and from its layout."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from numcnn.checks import one_of, positive_int
from numcnn.engine import reference

ENGINES = ("fast", "reference")

log = logging.getLogger("numcnn")

_active: ModuleType | None = None


def active_engine() -> ModuleType:
    """Return the module that computes the operations now."""
    global _active
    if _active is None:
        name = os.environ.get("NUMCNN_ENGINE")
        _active = engine_named(name) if name else _default_engine()
    return _active


def engine_named(name: str) -> ModuleType:
    """Return an engine; it is imported only when needed, because importing Numba takes long.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ImportError
        If it cannot be imported.
    """
    return importlib.import_module(f"numcnn.engine.{one_of(name, ENGINES, 'engine')}")


def _default_engine() -> ModuleType:
    """Return the fast engine, or the reference where Numba does not work."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        log.warning(
            "NUMBA_DISABLE_JIT is set, so the loops are not compiled and extremely slow: "
            "NUMCNN_ENGINE=reference chooses the engine in NumPy."
        )
    try:
        return engine_named("fast")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("numba", "llvmlite"):
            raise
        if error.name in ("numba", "llvmlite"):
            log.info(
                "Numba is not installed here, so the reference engine computes, in plain NumPy."
            )
        else:
            log.warning("Numba is damaged here (%s); the reference engine does its work.", error)
        return reference
    except Exception as error:  # Numba fails in many ways where it does not fit the Python or NumPy
        log.warning("the fast engine does not work here (%s); the reference engine does.", error)
        return reference


class use_engine:  # noqa: N801 - it reads as a verb, alone or after `with`
    """Choose the engine, permanently or within a ``with`` block.

    The environment variable ``NUMCNN_ENGINE`` chooses the engine at the start of a process.  The
    choice applies to the whole process, including all of its threads.

    Parameters
    ----------
    name : {"fast", "reference"}

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ImportError
        If it cannot be imported.

    Examples
    --------
    >>> import numcnn
    >>> with numcnn.use_engine("reference"):
    ...     numcnn.engine.active_engine().__name__
    'numcnn.engine.reference'
    """

    def __init__(self, name: str) -> None:
        global _active
        chosen = engine_named(name)
        self._previous = _active
        _active = chosen

    def __enter__(self) -> use_engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        global _active
        _active = self._previous


def enter(x: np.ndarray, training: bool = True) -> Any:
    """Convert a plain array ``(N, …)`` to the layout of the engine in use.

    Without `training`, no backward operation may follow.
    """
    return active_engine().enter(x, training) if isinstance(x, np.ndarray) else x


def leave(y: Any) -> np.ndarray:
    """Convert a batch in any engine's layout to a plain array ``(N, …)``."""
    return y if isinstance(y, np.ndarray) else y.to_plain()


def run_step(step: Callable[..., Any], *arguments: Any) -> Any:
    """Return ``step(*arguments)``, a step of a training.

    What the engine in use has to compile for it, it may compile in all cores.
    """
    engine = active_engine()
    return engine.run_step(step, *arguments) if hasattr(engine, "run_step") else step(*arguments)


def use_threads(threads: int | None = None) -> None:
    """Set the number of threads in which the engine computes; the results do not depend on it.

    The default is one thread for each core that this process may use, or ``NUMBA_NUM_THREADS``.
    Processes that share a machine should share its cores.  The reference engine has no threads of
    its own.

    Parameters
    ----------
    threads : int, optional
        1 or more; None for the default.
    """
    if threads is not None:
        threads = positive_int(threads, "threads")
    if hasattr(active_engine(), "use_threads"):
        active_engine().use_threads(threads)
