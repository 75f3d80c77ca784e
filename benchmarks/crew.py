"""The contestants' processes: one awake at a time, the others stopped."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable
from typing import Any

from benchmarks.worker import work

CAN_STOP = hasattr(signal, "SIGSTOP")


class Absent(Exception):  # noqa: N818 - not an error: a contestant that cannot take part
    """Why a contestant does not take part."""


class Member:
    """One contestant's process, asleep until it is asked something."""

    def __init__(self, name: str, threads: int, cores: list[int]) -> None:
        self.name = name
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(name, threads, cores, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.version = str(self._answer())
        self._signal("SIGSTOP")

    def ask(self, *request: Any) -> Any:
        """Wake the process, let it work, and stop it: while idle it cannot spin on a core."""
        self._signal("SIGCONT")
        self._pipe.send(request)
        try:
            return self._answer()
        finally:
            self._signal("SIGSTOP")

    def dismiss(self) -> None:
        self._signal("SIGCONT")
        self._pipe.send(None)
        self._process.join(10)
        self._process.kill()

    def _answer(self) -> Any:
        try:
            kind, answer = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(
                f"the process of {self.name} ended with code {self._process.exitcode}; "
                "what it printed stands above."
            ) from None
        if kind == "absent":
            raise Absent(answer)
        return answer

    def _signal(self, name: str) -> None:
        if CAN_STOP and self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, getattr(signal, name))


def set_threads(threads: int) -> list[int]:
    """Give all processes started from now on so many threads; return the cores they are bound to.

    Each library reads one of these variables when it is imported.  Where idle processes cannot be
    stopped (Windows), OpenMP is told not to let them spin.
    """
    for variable in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB"):
        suffix = "MAXIMUM_THREADS" if variable == "VECLIB" else "NUM_THREADS"
        os.environ[f"{variable}_{suffix}"] = str(threads)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    if not CAN_STOP:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    if not hasattr(os, "sched_setaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))[:threads]


def gather(
    names: Iterable[str], threads: int, cores: list[int]
) -> tuple[list[Member], dict[str, str]]:
    """Start a process for each contestant; return them, and why the others do not take part."""
    members, absent = [], {}
    for name in names:
        try:
            members.append(Member(name, threads, cores))
        except Absent as reason:
            absent[name] = str(reason)
    return members, absent


def peaks(
    names: Iterable[str], task: Any, threads: int, cores: list[int], repeats: int
) -> dict[str, list[tuple[float, float]]]:
    """Return what a fresh process of each contestant holds at most, in MB.

    Before it does a task, with its libraries imported, and while it does it.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for name in [name for _ in range(repeats) for name in names]:
        members, _ = gather([name], threads, cores)
        for member in members:
            before, peak = member.ask("peak", task)
            found.setdefault(name, []).append((before / 1e6, peak / 1e6))
            member.dismiss()
    return found
