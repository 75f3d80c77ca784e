"""Text for a terminal, or for a file in its place: characters that it can't show become ASCII.

Where Python's output goes into a file on Windows, or a terminal knows only ASCII, a table drawn
with box characters would end the program with a UnicodeEncodeError.
"""

from __future__ import annotations

import sys
from typing import Any

ASCII = str.maketrans(
    {
        **dict.fromkeys("┏┳┓┡╇┩├┼┤└┴┘", "+"),
        **dict.fromkeys("┃│", "|"),
        **{"━": "=", "─": "-", "−": "-", "–": "-", "…": ".", "·": ".", "×": "x", "÷": "/"},
        **{"√": "sqrt", "→": "->", "²": "^2", "“": '"', "”": '"', "’": "'"},
    }
)
"""What is written where a character can't be."""


def printable(text: str, stream: Any = None) -> str:
    """Return a text as a stream can show it.

    Parameters
    ----------
    text : str
    stream : text stream, optional
        By default ``sys.stdout``.

    Examples
    --------
    >>> import io
    >>> printable("├─ 2 × 3 ─┤", io.TextIOWrapper(io.BytesIO(), "ascii"))
    '+- 2 x 3 -+'
    """
    encoding = getattr(stream or sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def write(text: str) -> None:
    """Write a text to ``sys.stdout``, if there is one, at once."""
    if sys.stdout is not None:
        sys.stdout.write(printable(text))
        sys.stdout.flush()
