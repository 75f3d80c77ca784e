"""How long the compiled loops of a thread take: `numcnn.profile` asks for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any


class Stopwatch(threading.local):
    """Adds up the time of the calling thread's loops while it is on, ``with stopwatch:``.

    Handing parts of a loop to other threads counts.

    Attributes
    ----------
    on : bool
        Whether the calling thread measures now.
    seconds : float
        What its loops have taken while it did.
    """

    on = False
    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self.on = True
        return self

    def __exit__(self, *_: object) -> None:
        self.on = False

    def time(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function that would look at this watch, and add its time."""
        self.on, start = False, time.perf_counter()
        try:
            function(*arguments)
        finally:
            self.on, self.seconds = True, self.seconds + time.perf_counter() - start


stopwatch = Stopwatch()
