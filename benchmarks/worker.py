"""One contestant in a process of its own, that does what it is asked through a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import contestants
from benchmarks.contestants import Task
from benchmarks.tutorials.peak import peak_memory


def work(name: str, threads: int, cores: list[int], pipe: Connection) -> None:
    """Answer requests, ``(method, *arguments)``, until None comes; then end."""
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        worker = Worker(contestants.make(name, threads))
    except ImportError as error:
        pipe.send(("absent", str(error)))
        return
    pipe.send(("ready", worker.contestant.version))
    while (request := pipe.recv()) is not None:
        method, *arguments = request
        try:
            pipe.send(("done", getattr(worker, method)(*arguments)))
        except contestants.NotMine as reason:
            pipe.send(("absent", str(reason)))


class Worker:
    """What can be asked of a contestant."""

    def __init__(self, contestant: Any) -> None:
        self.contestant = contestant
        self.ready: dict[str, Callable[[], Any]] = {}
        self.one_pass: Callable[[], Any] = lambda: None
        self.images = 0

    def try_all(self, task: Task, seconds: float) -> dict[str, float]:
        """Prepare every form and try it for so long; return images/s of each.

        Those that were at least half as fast as the fastest get a second try.
        """
        self.images = task.labels.size
        self.ready, rates = {}, {}
        for form, prepare in self._forms(task).items():
            self.ready[form] = prepare()
            self.take(form)
            self.one_pass()  # compiles, and finds its way through memory
            rates[form] = self.time(seconds)[0]
        for form in [form for form in rates if rates[form] > max(rates.values()) / 2]:
            self.take(form)
            rates[form] = max(rates[form], self.time(seconds)[0])
        return rates

    def take(self, form: str) -> None:
        """Go on with one of the forms that are ready."""
        self.one_pass = self.ready[form]

    def passes(self, task: Task, form: str, count: int) -> list[Any]:
        """Begin anew and return what each of `count` passes gives: losses, or probabilities."""
        one_pass = self._forms(task)[form]()
        results = [one_pass() for _ in range(count)]
        if task.what == "train":
            return [float(loss) for loss in results]
        return [np.concatenate([np.asarray(probs) for probs in result]) for result in results]

    def peak(self, task: Task) -> tuple[int, int]:
        """Do two passes in the first form.

        Returns the most bytes that this process has held, before them and in all: the libraries
        alone, and the libraries with the training.
        """
        before = peak_memory()
        prepare = next(iter(self._forms(task).values()))
        one_pass = prepare()
        one_pass()
        one_pass()
        return before, peak_memory()

    def time(self, seconds: float) -> tuple[float, float]:
        """Do passes for so long, at least one.

        Returns images/s, and the share of the cores that others used meanwhile.
        """
        others_before = _others_seconds()
        start = time.perf_counter()
        done, elapsed = 0, 0.0
        while done == 0 or elapsed < seconds:
            self.one_pass()
            done += 1
            elapsed = time.perf_counter() - start
        cores = os.cpu_count() or 1
        others = (_others_seconds() - others_before) / (elapsed * cores)
        return self.images * done / elapsed, max(0.0, others)

    def _forms(self, task: Task) -> Any:
        return getattr(self.contestant, task.what)(task)


def _others_seconds() -> float:
    """Return the CPU seconds that everybody but this process has used; 0 where not known."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, steal = map(int, stat.read_text().split()[1:9])
    all_seconds = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    return all_seconds - time.process_time()
