"""The reading path, counted: how much of it is story, and how much a reader steps over.

    python -m tests.reading_path

The path is the list under README's "Read it", without `examples/one_file.py`, which is a whole
network of its own.  A line counts as

blank
    if nothing stands on it;
frame
    if it imports, or belongs to code that names, checks, builds or keeps things: the signature and
    body of a function in FRAME, and a ``raise`` with its message;
story
    otherwise: docstrings, comments with reasons, and the code of the formulas.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
ONE_FILE = "examples/one_file.py"
MAX_LINES = 1_600
MIN_STORY = 2 / 3
FRAME = {"__init__", "build", "checked_targets", "load", "remember", "recall", "main"}


class Count(NamedTuple):
    """Lines of one file, of a few kinds."""

    file: str
    lines: int
    code: int
    docstrings: int
    blank: int
    story: int


def path() -> list[str]:
    """The files that README's "Read it" names, in its order."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Read it\n")[1].split("\n## ")[0]
    rows = [row for row in section.splitlines() if re.match(r"\| \d", row)]
    return [file for row in rows for file in re.findall(r"\]\(([\w/]+\.py)\)", row)]


def count(file: str) -> Count:
    """Count the lines of a file."""
    text = (ROOT / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    docs, frame = set(), set()
    for node in ast.walk(ast.parse(text)):
        span = set(range(getattr(node, "lineno", 0), (getattr(node, "end_lineno", 0) or 0) + 1))
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text and isinstance(node.value.value, str):
            docs |= span
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.Raise) or (
            isinstance(node, ast.FunctionDef) and node.name in FRAME
        ):
            frame |= span
    blank = {number for number, line in enumerate(lines, 1) if not line.strip()}
    frame -= docs | blank
    story = len(lines) - len(frame) - len(blank - docs)
    code = len(lines) - len(docs | blank)
    return Count(file, len(lines), code, len(docs - blank), len(blank), story)


def counts() -> list[Count]:
    """Count every file of the path."""
    return [count(file) for file in path() if file != ONE_FILE]


def total(rows: list[Count]) -> Count:
    """Add the rows up."""
    return Count("all", *(sum(row[i] for row in rows) for i in range(1, len(Count._fields))))


def table(rows: list[Count]) -> str:
    """Return the rows as a table."""
    head = f"{'file':<34}{'lines':>7}{'code':>7}{'docs':>7}{'blank':>7}{'story':>9}"
    written = (ONE_FILE, count(ONE_FILE))
    line = "{0.file:<34}{0.lines:>7}{0.code:>7}{0.docstrings:>7}{0.blank:>7}{0.story:>7}  {1:>4.0%}"
    body = [line.format(row, row.story / (row.lines - row.blank)) for row in [*rows, total(rows)]]
    return "\n".join([head, *body, "", f"beside it: {written[0]}, {written[1].lines} lines"])


if __name__ == "__main__":
    print(table(counts()))
