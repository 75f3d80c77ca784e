"""The process that runs a page's steps on this computer: JSON lines in, JSON lines out.

``{"kind": "run", "code": ..., "place": ...}`` or ``{"kind": "check", ...}`` comes in; events
``{"begun": true}``, ``{"event": ...}`` and at the end ``{"value": ...}`` go out.  An interrupt
stops a step that has begun, and the names stay.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from numcnn.course.exercises import examine
from numcnn.course.session import Session


def main() -> None:
    """Answer one line after the other, until the input ends."""
    # What a step prints with C, or leaves behind in a thread, must not get among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    session = Session()

    def send(message: dict[str, Any]) -> None:
        answers.write(f"{json.dumps(message)}\n")
        answers.flush()

    answering = False

    def interrupt(*_: Any) -> None:
        if answering:  # otherwise it came a moment too late
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    for line in iter(sys.stdin.readline, ""):
        try:
            answering = True
            send({"begun": True})
            value = _answer(session, json.loads(line), send)
            answering = False
        except KeyboardInterrupt:
            answering = False
            send({"event": {"type": "error", "text": "Stopped."}})
            value = None
        send({"value": value})


def _answer(session: Session, asked: dict[str, Any], send: Any) -> Any:
    if asked["kind"] == "run":
        return session.run(asked["code"], asked["place"], lambda event: send({"event": event}))
    return examine(asked["chapter"], asked["code"], asked["language"]).to_dict()


if __name__ == "__main__":
    main()
