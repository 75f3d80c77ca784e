"""The process that runs a page's steps on this computer: JSON lines in, JSON lines out.

``{"kind": "run", "code": ..., "place": ...}`` or ``{"kind": "check", ...}`` comes in; events
``{"event": ...}`` and at the end ``{"value": ...}`` go out.  An interrupt stops a step, and the
names stay.
"""

from __future__ import annotations

import json
import os
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

    while True:
        try:
            line = sys.stdin.readline()
            if not line:
                return
            send({"value": _answer(session, json.loads(line), send)})
        except KeyboardInterrupt:  # that came a moment too late
            send({"value": None})


def _answer(session: Session, asked: dict[str, Any], send: Any) -> Any:
    if asked["kind"] == "run":
        return session.run(asked["code"], asked["place"], lambda event: send({"event": event}))
    return examine(asked["chapter"], asked["code"], asked["language"]).to_dict()


if __name__ == "__main__":
    main()
