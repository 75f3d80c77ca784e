"""A process with a time limit, of which nothing is left when it is over."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def python(
    arguments: list[str],
    limit: float,
    environment: Mapping[str, str] | None = None,
    folder: Path = PROJECT,
) -> tuple[str, int | None]:
    """Run Python; return what it says, and its exit status, or None if it takes too long."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    RUNNING.add(process)
    try:
        return process.communicate(timeout=limit)[0], process.returncode
    except subprocess.TimeoutExpired:
        pass
    finally:
        end(process)
    return process.communicate()[0], None


def end(process: "subprocess.Popen[str]") -> None:
    """End a process that still runs, with everything that it has started."""
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    RUNNING.discard(process)


def end_all(*signal_and_frame: object) -> None:
    """End everything, and this process too: it has been told to."""
    for process in list(RUNNING):
        end(process)
    os._exit(1)


RUNNING: "set[subprocess.Popen[str]]" = set()
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, end_all)
