"""A helper thread: it helps with the loops of its pool, or serves a predictor's workspace.

A thread that sleeps needs 10 to 40 µs to wake up, as long as a small layer takes.  So a helper
first polls for a moment, without Python's lock, and goes to sleep only when no work comes.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.work_sharing import help_with_jobs

PATIENCE = 1000
"""Polls before it sleeps: some 300 µs, or longer where other processes want the core."""


class Helper(threading.Thread):
    """A thread that helps with the jobs on a board, or serves a workspace as long as calls come.

    Attributes
    ----------
    workspace : object or None
        Whose ``serve`` the thread is in (`numcnn.engine.fast.predictor.program`).
    called_back : numpy.ndarray
        1 in its first element asks the thread to look for other work.
    asleep : bool
    """

    def __init__(self, board: np.ndarray) -> None:
        super().__init__(daemon=True, name="numcnn-helper")
        self.board, self.called_back = board, np.zeros((1, 8), np.int64)
        self.workspace: Any = None
        self.asleep, self.alarm, self.retired = False, threading.Event(), False
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Work until the helper is retired."""
        job = 0
        while True:
            self.alarm.clear()
            self.called_back[0, 0] = 0
            workspace = self.workspace  # read last: whoever sets it calls back after that
            if self.retired:
                return
            if workspace is None:
                job = help_with_jobs(self.board, self.called_back, job, PATIENCE)
            else:
                self._serve(workspace)
            if self.called_back[0, 0] == 0:
                self.asleep = True
                self.alarm.wait()
                self.asleep = False

    def _serve(self, workspace: Any) -> None:
        try:
            workspace.serve(self.called_back[0], PATIENCE)
        except BaseException as error:  # raised again in the thread that called
            self.error = error
        if self.workspace is workspace:
            self.workspace = None

    def look(self, workspace: Any = None) -> None:
        """Let it serve a workspace, or look at the board."""
        if self.workspace is not workspace:
            self.workspace = workspace
            self.called_back[0, 0] = 1
            self.alarm.set()
        elif self.asleep:
            self.alarm.set()

    def raise_error(self) -> None:
        """Raise what was raised in its work, once."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def retire(self) -> None:
        """End the thread when it has done its work."""
        self.retired = True
        self.called_back[0, 0] = 1
        self.alarm.set()
