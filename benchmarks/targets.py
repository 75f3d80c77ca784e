"""The table *To reach*: each figure of a run beside what it should be at least, and the aim."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.contestants import BOOKS, OURS, PEERS, RUNTIMES, TUTORIALS
from benchmarks.networks import NETWORKS
from benchmarks.race import Rates, fastest, quartiles, ratio


class Target(NamedTuple):
    """One row: a figure, what it should reach, and how it is read.

    higher : whether more is better
    """

    figure: str
    at_least: float
    aim: float
    unit: str = "x"
    higher: bool = True


LEAST, AIM = 1.3, 2.0
"""Of a network of the panel, against the fastest peer."""
TRAIN, PREDICT = "train {}, batch 64", "predict {}, batch 512"
RATIOS = {  # the title of a task -> the row it fills
    **{(name := TRAIN.format(one)): Target(name, LEAST, AIM) for one in NETWORKS},
    **{
        (name := f"train {one}, batch {batch}"): Target(name, 1.6, 3.0)
        for one in TUTORIALS
        for batch in (32, 512)
    },
    **{(name := PREDICT.format(one)): Target(name, LEAST, AIM) for one in NETWORKS},
    **{(name := f"predict {one}, one image"): Target(name, LEAST, AIM) for one in TUTORIALS},
}
PANEL = Target("train the panel, batches 32, 64 and 512, geometric mean", 2.0, 2.5)
REFERENCE = Target("reference engine against the books, train A, batch 512", 4.0, 6.0)
SHARE = Target("convolution loops against the FMA limit", 60, 90, "%")
TUTORIAL = Target("the tutorial, whole process, loops compiled", 3.0, 2.0, "s", False)
FIRST = Target("the tutorial in the first process ever", 7.0, 4.0, "s", False)
IMPORT = Target("import numcnn", 0.6, 0.2, "s", False)
MEMORY = Target("peak memory, train {}, against PyTorch's", 0.6, 0.4, "x", False)

Reached = tuple[Target, float, float, float, str]
"""A target, lower quartile, median, upper quartile, and against whom."""


def against_peers(raced: dict[str, Rates]) -> list[Reached]:
    """Return the rows that are ratios to the fastest peer of the same run."""
    found: list[Reached] = []
    trained: list[float] = []
    for title, rates in raced.items():
        peers = (*PEERS, *RUNTIMES) if "one image" in title else PEERS
        peer = fastest(rates, peers)
        times = ratio(rates, OURS["fast"], peer)
        if times and peer:
            if title in RATIOS:
                found.append((RATIOS[title], *times, peer))
            if title.startswith("train"):
                trained.append(times[1])
        books = ratio(rates, OURS["reference"], BOOKS)
        if books and title == "train A, batch 512":
            found.append((REFERENCE, *books, BOOKS))
    if len(trained) > 1:
        mean = statistics.geometric_mean(trained)
        beside = f"of {len(trained)}, from {min(trained):.2f} to {max(trained):.2f}"
        found.append((PANEL, mean, mean, mean, beside))
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
