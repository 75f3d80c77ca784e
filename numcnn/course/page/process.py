"""The server's side of a kernel: one process for each chapter that is open."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

SOURCE = str(Path(__file__).resolve().parents[3])
"""The folder that holds numcnn, for processes that begin in another one."""
PATIENCE = 2.0
"""Seconds for which a stop waits for a step to begin."""


class Kernel:
    """A process with the names of one chapter.

    It starts when it is first asked, and again after it has ended.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files are that steps write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.lock = threading.Lock()  # one step at a time
        self.begun = threading.Event()  # while one runs

    def start(self) -> subprocess.Popen[str]:
        """Return the process; start one if there is none."""
        if self.process is None or self.process.poll() is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            paths = [SOURCE, *filter(None, [os.environ.get("PYTHONPATH")])]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "numcnn.course.page.kernel"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env=os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(paths)},
                cwd=self.folder,
            )
        return self.process

    def ask(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what the process answers; the last answer has a ``"value"``."""
        with self.lock:
            process = self.start()
            questions, answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
            questions.write(f"{json.dumps(message)}\n")
            questions.flush()
            try:
                for line in answers:
                    answer = json.loads(line)
                    if "begun" in answer:
                        self.begun.set()
                        continue
                    yield answer
                    if "value" in answer:
                        return
            finally:
                self.begun.clear()
        yield {"event": {"type": "error", "text": "Python has ended. Run the steps again."}}
        yield {"value": None}

    def stop(self) -> None:
        """Interrupt the step that runs; where that can't be done, end the process.

        A click on "stop" can overtake the click on "run" before it, so this waits a moment for a
        step to begin.
        """
        if not self.begun.wait(PATIENCE) or self.process is None:
            return
        if os.name == "posix":
            self.process.send_signal(signal.SIGINT)
        else:
            self.process.terminate()

    def end(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    pipe.close()
            self.process = None
