"""A session runs the steps of a chapter in one namespace, and tells what they show.

The page's worker (in the browser), the process behind the local server, and the tests use it alike.
"""

from __future__ import annotations

import ast
import io
import linecache
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from numcnn.course.display import Emit, event_of, send_to


class Session:
    r"""A namespace, and steps that are run in it.

    Examples
    --------
    >>> session, events = Session(), []
    >>> session.run("a = 2\na + 3", "step 1", events.append)
    True
    >>> events
    [{'type': 'text', 'text': '5\n'}]
    """

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def run(self, code: str, place: str, emit: Emit) -> bool:
        """Run a step; return whether it ended without an error.

        Parameters
        ----------
        code : str
        place : str
            How the step is called in messages, such as ``"step 3"``.
        emit : function of an event
            Gets ``{"type": "text" | "html" | "png" | "update" | "frame" | "file" | "error", ...}``.
        """
        name = f"<{place}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        before = send_to(emit)
        stream = _Stream(emit)
        try:
            with redirect_stdout(stream), redirect_stderr(stream):
                value = self._run(code, name)
                if value is not None:
                    emit(event_of(value))
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            emit(problem(error, name, place))
            return False
        finally:
            send_to(before)
        return True

    def value(self, expression: str) -> str:
        """Return an expression of the text, computed with what the steps have made."""
        return str(eval(expression, self.names))

    def _run(self, code: str, name: str) -> Any:
        """Run all statements; return the value of the last one, if it is an expression."""
        tree = ast.parse(code, name)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr) or code.rstrip().endswith(";"):
            exec(compile(tree, name, "exec"), self.names)
            return None
        exec(compile(ast.Module(tree.body[:-1], []), name, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), name, "eval"), self.names)


def problem(error: BaseException, name: str, place: str) -> dict[str, Any]:
    """Return an error as an event: what went wrong, where, and the line."""
    line = line_of(error, name)
    if isinstance(error, KeyboardInterrupt):
        told = "Stopped."
    else:
        told = "".join(traceback.format_exception_only(type(error), error)).strip()
        told = f"{told.splitlines()[-1] if isinstance(error, SyntaxError) else told}"
    source = linecache.getline(name, line).strip() if line else ""
    where = f"{place}, line {line}: {source}" if line else place
    return {"type": "error", "text": f"{told}\n{where}", "line": line, "kind": type(error).__name__}


def line_of(error: BaseException, name: str) -> int:
    """Return the last line of a file that led to an error; 0 if none did."""
    if isinstance(error, SyntaxError) and error.filename == name:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if f.filename == name), 0)


class _Stream(io.TextIOBase):
    """A text stream whose content goes out as events, at once."""

    encoding = "utf-8"

    def __init__(self, emit: Emit) -> None:
        self.emit = emit

    def write(self, text: str) -> int:
        if text:
            self.emit({"type": "text", "text": text})
        return len(text)

    def writable(self) -> bool:
        return True
