"""What a run prints, keeps, and writes as the page of a processor."""

from __future__ import annotations

import argparse
import datetime
import importlib
import importlib.util
import json
import os
import platform
import shlex
import statistics
import sys
from pathlib import Path
from typing import Any

import numcnn
from benchmarks import drawing, targets
from benchmarks.computer import processor, registers
from benchmarks.contestants import OURS, PEERS
from benchmarks.drawing import Bar
from benchmarks.race import Rates, between, fastest, ratio
from numcnn import machine

PAGES = Path(__file__).parent.parent / "docs" / "measured"


class Report:
    """The sections of a page; those of earlier runs come from the file that keeps them."""

    def __init__(self, keep: Path | None = None) -> None:
        self.keep = keep
        kept = json.loads(keep.read_text(encoding="utf-8")) if keep and keep.exists() else {}
        self.sections: dict[str, list[str]] = kept.get("sections", {})
        self.rates: dict[str, Rates] = kept.get("rates", {})
        self.reached: dict[str, targets.Reached] = {
            figure: (targets.Target(*target), *numbers)
            for figure, (target, *numbers) in kept.get("reached", {}).items()
        }
        self._lines: list[str] = []

    def section(self, title: str, *lines: str) -> None:
        """Begin a section, in the place of an earlier one of this title."""
        print("", f"## {title}", "", sep="\n")
        self._lines = self.sections[title] = []
        self.say(*lines)

    def say(self, *lines: str) -> None:
        """Print lines, and put them into the section."""
        for line in lines:
            print(line, flush=True)
            self._lines.append(line)

    def reach(self, row: targets.Reached) -> None:
        """Add a row of the table *To reach*, in the place of an earlier one."""
        self.reached[row[0].figure] = row

    def save(self) -> None:
        """Write what the next run will find."""
        if self.keep:
            everything = {
                "sections": self.sections,
                "rates": self.rates,
                "reached": self.reached,
            }
            self.keep.write_text(json.dumps(everything), encoding="utf-8")

    def summary(self) -> list[str]:
        """Return the tables that come first."""
        rows = [*targets.against_peers(self.rates), *self.reached.values()]
        return ["## To reach", "", *targets.table(rows), *panel(self.rates)]

    def write(self, file: Path, head: list[str]) -> None:
        """Write the page, and a picture of training beside it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        text = [*head, *self.summary()]
        for title, lines in self.sections.items():
            text += ["", f"## {title}", "", *lines]
        shown = {name: rates for name, rates in self.rates.items() if name.endswith("batch 64")}
        shown = {name: rates for name, rates in shown.items() if name.startswith("train")}
        if shown:
            picture = file.with_suffix(".png")
            draw(shown).quantize(64).save(picture, optimize=True)
            text[2:2] = [f"![Training, images a second]({picture.name})", ""]
        file.write_text("\n".join([*text, ""]), encoding="utf-8")


def panel(rates: dict[str, Rates]) -> list[str]:
    """Return a table: each network and batch, against the fastest peer."""
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for title, of_task in rates.items():
        what_and_model, _, batch = title.partition(", ")
        peer = fastest(of_task, PEERS)
        times = between(ratio(of_task, OURS["fast"], peer))
        what, model = what_and_model.split()
        if times:
            cells.setdefault((what, model), {})[batch] = f"{times} {peer}"
    batches = ("batch 32", "batch 64", "batch 512")
    lines = ["", "## numcnn against the fastest peer", ""]
    lines += ["| | " + " | ".join(batches) + " |", "|---|" + "---|" * len(batches)]
    for (what, model), row in cells.items():
        found = [row.get(batch, "") for batch in batches]
        lines.append(f"| {what} {model} | {' | '.join(found)} |")
    return lines if cells else []


def page_of_this_processor() -> Path:
    """Return where the figures of this kind of processor are."""
    return PAGES / f"{registers()}.md"


def heading(args: argparse.Namespace, cores: list[int]) -> list[str]:
    """Return what a reader must know to repeat the run."""
    command = " ".join(["python -m benchmarks", *map(shlex.quote, sys.argv[1:])])
    versions = [f"Python {platform.python_version()}", f"numcnn {numcnn.__version__}"]
    for module in ("numpy", "numba", "llvmlite"):
        if importlib.util.find_spec(module):
            versions.append(f"{module} {importlib.import_module(module).__version__}")
    bound = f", bound to cores {', '.join(map(str, cores))}" if cores else ""
    return [
        f"# Measured on {registers()}",
        "",
        f"`{command}`, {datetime.date.today():%d %B %Y}.",
        "",
        f"* {processor()}, {os.cpu_count()} cores; {platform.system()} {platform.machine()}; "
        f"{machine.measure()}.",
        f"* {', '.join(versions)}.",
        f"* Everybody works with {args.threads} threads{bound}; the variables OMP_, OPENBLAS_, "
        "MKL_ and NUMBA_NUM_THREADS say so, and the libraries' own settings. While one works the "
        "others are stopped, so that no idle thread spins on a core.",
        "* Each figure is a median, with quartiles beside it; a ratio is the median of the ratios "
        "of each round. Rounds are interleaved.",
        "",
    ]


def draw(shown: dict[str, Rates]) -> Any:
    """Draw images a second of everybody, the fastest first."""
    groups = {}
    for title, rates in shown.items():
        middle = {who: statistics.median(of_who) for who, of_who in rates.items()}
        order = sorted(middle, key=middle.__getitem__, reverse=True)
        groups[title] = [Bar(who, middle[who], who in OURS.values()) for who in order]
    below = "images a second on the same cores; every contestant shown to compute the same losses"
    return drawing.bars("Training on a CPU", below, groups)
