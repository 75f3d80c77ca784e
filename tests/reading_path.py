"""How much there is to read, and how much of it is what one came for.

python -m tests.reading_path

The path is the list under "Read it" in README.md.  For every file of it the table says how many
lines it has and what they are:

text    docstrings and comments
code    the mathematics: shapes, forward, backward, loops, updates
frame   what a reader steps over: imports, constructors, naming, configuration, checks, refusals
blank

A line is frame, its docstring included, if it is part of

* an import, a ``raise``, or an ``if`` that ends in a ``raise``;
* a function that is a property, that is called as in `FRAME`, or whose name begins as in
  `CHECKING`.

Text and code together are the story; its share is that of the lines that are not blank.
``examples/one_file.py``, a whole network by itself, opens the list.  The library's path is read
after it, or instead of it, so its lines are not in the sum.  ``numcnn/graph.py``, networks that are
no rows, is read after the path, and is not in the sum either.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
ALONE = "examples/one_file.py"
PATH = (
    ALONE,
    "examples/mnist.py",
    "numcnn/datasets/mnist.py",
    "numcnn/geometry.py",
    "numcnn/activations/classic.py",
    "numcnn/engine/definition.py",
    "numcnn/engine/reference.py",
    "numcnn/layers/base.py",
    "numcnn/layers/convolution.py",
    "numcnn/layers/pooling.py",
    "numcnn/layers/flatten.py",
    "numcnn/layers/dense.py",
    "numcnn/initializers/scaling.py",
    "numcnn/network.py",
    "numcnn/losses/cross_entropy.py",
    "numcnn/optimizers/adam.py",
    "numcnn/training.py",
)
"""Every file in which a formula of the tutorial's network stands, in the order of reading."""

FURTHER = "numcnn/graph.py"
"""Networks that are no rows: a path of its own, after the first one."""

FRAME = {
    *("__init__", "__repr__", "__call__", "add", "build_for", "count_params", "from_config"),
    *("get_config", "pop", "serialized", "set_weights", "unbuild"),
}
CHECKING = ("check", "need_", "_need", "_chain", "_give")


class Count(NamedTuple):
    """The lines of a file."""

    text: int
    code: int
    frame: int
    blank: int

    @property
    def lines(self) -> int:
        return sum(self)

    @property
    def share(self) -> float:
        """Story among the lines that are not blank."""
        return (self.text + self.code) / max(1, self.lines - self.blank)


def count(source: str) -> Count:
    """Count the lines of a program."""
    everything = range(1, len(source.splitlines()) + 1)
    blank = {number for number in everything if not source.splitlines()[number - 1].strip()}
    frame, text = (
        set(),
        {
            token.start[0]
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
        },
    )
    for node in ast.walk(ast.parse(source)):
        if _is_frame(node):
            frame |= _lines(node)
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str):
            text |= _lines(node)
    frame -= blank
    text -= blank | frame
    return Count(len(text), len(everything) - len(text | frame | blank), len(frame), len(blank))


def _is_frame(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Raise):
        return True
    if isinstance(node, ast.If):
        return isinstance(node.body[-1], ast.Raise) and not node.orelse
    if isinstance(node, ast.FunctionDef):
        is_property = any(
            getattr(part, "id", getattr(part, "attr", "")) in ("property", "setter")
            for part in node.decorator_list
        )
        return is_property or node.name in FRAME or node.name.startswith(CHECKING)
    return False


def _lines(node: ast.AST) -> set[int]:
    first = min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))])
    return set(range(first, node.end_lineno + 1))


def listed(readme: str) -> list[str]:
    """Return the files that README's table under "Read it" names, in its order."""
    section = re.search(r"^## Read it$(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    rows = [line for line in (section[1] if section else "").splitlines() if line.startswith("| ")]
    files: list[str] = []
    for row in rows:
        cell = row.split("|")[2]
        target = re.search(r"\]\(([^)]+)\)", cell)
        if target is None:
            continue
        beside = re.findall(r"`([\w.]+\.py(?: [\w.]+\.py)*)`", re.sub(r"\[.*?\]\(.*?\)", "", cell))
        names = beside[0].split() if beside else []
        folder = target[1].rstrip("/")
        files += [folder] if folder.endswith(".py") else []
        folder = folder.rpartition("/")[0] if folder.endswith(".py") else folder
        files += [f"{folder}/{name}" for name in names]
    return files


def table(files: tuple[str, ...] = PATH) -> str:
    """Return the table of the path."""
    width = max(map(len, files))
    counts = {name: count((ROOT / name).read_text(encoding="utf-8")) for name in files}
    rows = [("", "lines", "text", "code", "frame", "blank", "story")]
    rows += [(name, *_cells(counts[name])) for name in files]
    path = [counts[name] for name in files if name != ALONE]
    rows.append((f"all but {ALONE}", *_cells(Count(*map(sum, zip(*path, strict=True))))))
    rows.append((FURTHER, *_cells(count((ROOT / FURTHER).read_text(encoding="utf-8")))))
    return "\n".join(
        f"{name:<{width}}" + "".join(f"{cell:>8}" for cell in cells) for name, *cells in rows
    )


def _cells(counted: Count) -> tuple[str, ...]:
    return (*(f"{number:,}" for number in (counted.lines, *counted)), f"{counted.share:.0%}")


if __name__ == "__main__":
    print(table())
