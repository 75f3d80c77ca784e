"""The table *To reach*: each figure of a run beside what it should be at least, and the aim."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.contestants import BOOKS, OURS, PEERS
from benchmarks.race import Race, quartiles


class Target(NamedTuple):
    """One row: a figure, what it should reach, and how it is read.

    higher : whether more is better
    """

    figure: str
    at_least: float
    aim: float
    unit: str = "x"
    higher: bool = True


RATIOS = {  # (task) -> the row it fills
    "train A, batch 512": Target("train A, batch 512", 2.0, 3.0),
    "train A, batch 32": Target("train A, batch 32", 2.5, 4.0),
    "train B, batch 32": Target("train B, batch 32", 1.5, 2.0),
    "predict A, batch 512": Target("predict A, batch 512", 1.5, 3.0),
    "predict B, batch 512": Target("predict B, batch 512", 1.5, 3.0),
    "predict A, one image": Target("predict A, one image", 3.0, 10.0),
    "predict B, one image": Target("predict B, one image", 3.0, 10.0),
}
REFERENCE = Target("reference engine against the books, train A, batch 512", 1.5, 3.0)
SHARE = Target("convolution loops against the FMA limit", 45, 70, "%")
TUTORIAL = Target("the tutorial, whole process, loops compiled", 3.0, 2.0, "s", False)
FIRST = Target("the tutorial in the first process ever", 15.0, 8.0, "s", False)
IMPORT = Target("import numcnn", 0.6, 0.2, "s", False)
MEMORY = Target("peak memory, train A on 55,000 images, against PyTorch's", 1.0, 0.5, "x", False)

Reached = tuple[Target, float, float, float, str]
"""A target, lower quartile, median, upper quartile, and against whom."""


def against_peers(races: list[Race]) -> list[Reached]:
    """Return the rows that are ratios to the fastest peer of the same run."""
    found: list[Reached] = []
    for race in races:
        target = RATIOS.get(str(race.task))
        peer = race.fastest(PEERS)
        ratio = race.ratio(OURS["fast"], peer)
        if target and ratio and peer:
            found.append((target, *ratio, peer))
        books = race.ratio(OURS["reference"], BOOKS)
        if books and str(race.task) == "train A, batch 512":
            found.append((REFERENCE, *books, BOOKS))
    return found


def of(target: Target, values: list[float], beside: str) -> Reached:
    """Return a row of repeated measurements."""
    return target, *quartiles(values), beside


def verdict(target: Target, value: float) -> str:
    """Return in a word whether a figure is reached."""
    better: Callable[[float], bool] = (
        (lambda limit: value >= limit) if target.higher else (lambda limit: value <= limit)
    )
    return (
        "aim reached" if better(target.aim) else "reached" if better(target.at_least) else "missed"
    )


def table(rows: list[Reached]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [
        "| figure | measured | at least | aim | | beside |",
        "|---|---:|---:|---:|---|---|",
    ]
    for target, low, middle, high, beside in rows:
        digits = 0 if target.unit == "%" else 2
        space = "" if target.unit in ("x", "%") else " "
        unit = "" if target.unit == "x" else space + target.unit
        measured = f"**{middle:.{digits}f}{unit}** ({low:.{digits}f} to {high:.{digits}f})"
        lines.append(
            f"| {target.figure} | {measured} | {target.at_least:g}{unit} | {target.aim:g}{unit} "
            f"| {verdict(target, middle)} | {beside} |"
        )
    return lines
