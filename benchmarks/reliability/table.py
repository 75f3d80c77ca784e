"""What scripts say they have found, and the table of it."""

from __future__ import annotations

import datetime
import platform
import re
from typing import NamedTuple

import numpy as np

import numcnn
from benchmarks.computer import processor
from benchmarks.reliability.rows import ROWS

SAID = re.compile(r"^(?!control)(\S[^:\n]*): ([\d,]+) of ([\d,]+)(?: (.*))?$", re.MULTILINE)
CONTROL = re.compile(r"^control,? ?([^:]*): (.*)$", re.MULTILINE)


class Tried(NamedTuple):
    """What a script has found."""

    good: bool
    tried: int
    right: int
    said: list[str]
    controls: list[str]
    seconds: float
    date: str


def read_outcome(said: str, status: int | None, seconds: float) -> Tried:
    """Return what a script says: lines "what: 9 of 10 ...", and lines "control, what: ..."."""
    counts = SAID.findall(said)
    controls = [f"{what.strip()}: {how}".lstrip(": ") for what, how in CONTROL.findall(said)]
    right, tried = (sum(int(one[i].replace(",", "")) for one in counts) for i in (1, 2))
    noticed = bool(controls) and "NOT noticed" not in " ".join(controls)
    return Tried(
        good=status == 0 and right == tried > 0 and noticed,
        tried=tried,
        right=right,
        said=[f"{what}: {right} of {of} {more}" for what, right, of, more in counts],
        controls=controls,
        seconds=round(seconds, 1),
        date=str(datetime.date.today()),
    )


def table(found: dict[int, list[Tried]]) -> list[str]:
    """Return the rows that have been tried, for a terminal."""
    lines = []
    for number, several in found.items():
        tried, right = sum(one.tried for one in several), sum(one.right for one in several)
        met = "met" if all(one.good for one in several) else "NOT MET"
        seconds = sum(one.seconds for one in several)
        measure = ROWS[number].measure
        lines.append(f"{number:2}  {right:>9,} of {tried:>9,}  {met:7} {seconds:6.0f} s  {measure}")
        controls = dict.fromkeys(control for one in several for control in one.controls)
        lines += [f"{'':12}control, {control}" for control in controls]
    versions = f"numcnn {numcnn.__version__}, Python {platform.python_version()}"
    return [*lines, f"{versions}, NumPy {np.__version__}, seed 0"] if len(found) > 1 else lines


def page(found: dict[int, list[Tried]]) -> str:
    """Return the page of the documentation."""
    lines = [HEAD.format(versions=versions(), processor=processor())]
    lines += ["| # | measure | target | tried | good | control, which must fail |"]
    lines += ["|--:|---|---|--:|--:|---|"]
    for number, several in found.items():
        row = ROWS[number]
        tried, right = sum(one.tried for one in several), sum(one.right for one in several)
        met = "" if all(one.good for one in several) else " **not met**"
        controls = "; ".join(dict.fromkeys(c for one in several for c in one.controls))
        cells = [row.measure, row.target, f"{tried:,}", f"{right:,}", controls]
        cells = [escaped(cell) for cell in cells]
        cells[1] += met
        lines.append(f"| {number} | {' | '.join(cells)} |")
    lines += ["", "## In the words of the scripts", ""]
    for number, several in found.items():
        for one in several:
            for sentence in one.said:
                lines.append(f"* {number}: {escaped(sentence)} ({one.seconds:.0f} s, {one.date})")
    return "\n".join(lines) + "\n"


def versions() -> str:
    """Return the versions of what takes part, and the date."""
    names = [f"numcnn {numcnn.__version__}", f"Python {platform.python_version()}"]
    for name in ("numpy", "numba", "h5py", "PIL", "bokeh", "tornado", "safetensors"):
        try:
            module = __import__(name)
        except ImportError:
            continue
        names.append(f"{name} {getattr(module, '__version__', None) or module.version}")
    return ", ".join(names)


def escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


HEAD = """# Reliability, tried

numcnn is tried by scripts that anyone can run: `python -m benchmarks.reliability` prints this
table, and `--quick` a little of each row.  Every row says how many were tried and how many were
good.  Each has a control, such as a planted bug or a file written without a guard; a trial that
does not notice its control counts as failed.

{versions}; {processor}; seed 0.
"""
