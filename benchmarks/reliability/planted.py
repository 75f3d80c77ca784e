"""Planted bugs: each is put into a copy of the project, and its tests must notice.

    python -m benchmarks.reliability.planted [--part 1/5] [--some 12] [--only WORDS] [--seed 0]

The bugs stand in ``bugs/*.txt``: a file, the tests that should notice, and then for each bug a
sentence, the old lines (``-``) and the new ones (``+``).  A bug is caught if a test fails; a test
that does not end in time has not caught it.  The control is the copy without a bug: the same tests
must pass there.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from benchmarks.reliability.processes import PROJECT, python

PARTS = ("numcnn", "tests", "benchmarks", "examples", "setup.cfg", "pyproject.toml")
AT_ONCE = 2
ALONE = 30.0
"""Seconds that any test may take, beside five times what it takes without a bug."""


class Bug(NamedTuple):
    """A change that makes the project wrong, and the tests that should notice."""

    note: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    settings: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--some", type=int, help="so many, chosen by the seed")
    parser.add_argument("--only", default="", help="those with these words in file or sentence")
    parser.add_argument("--part", default="1/1", help="the first of five parts: 1/5")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bugs = [bug for bug in all_bugs() if given.only in f"{bug.file} {bug.note}"]
    if given.some:
        bugs = random.Random(given.seed).sample(bugs, min(given.some, len(bugs)))
    part, parts = map(int, given.part.split("/"))
    bugs = bugs[len(bugs) * (part - 1) // parts : len(bugs) * part // parts]
    passed, outcomes = tried(bugs)
    caught = sum(outcome == "caught" for outcome in outcomes)
    print(f"planted bugs: {caught} of {len(bugs)} caught, {outcomes.count('hangs')} hang")
    print(f"control, no bug: the tests {'pass' if passed else 'do NOT pass'}")
    if caught < len(bugs) or not passed:
        raise SystemExit("not as it should be")


# --- the table ------------------------------------------------------------------------------------


def all_bugs() -> list[Bug]:
    """Return all bugs, file by file."""
    folder = Path(__file__).parent / "bugs"
    return [bug for path in sorted(folder.glob("*.txt")) for bug in read(path)]


def read(path: Path) -> Iterator[Bug]:
    """Give the bugs of a file; lines before the first ``file:`` are its description."""
    told: dict[str, tuple[str, ...]] = {}
    for block in path.read_text("utf-8").split("\n\n"):
        lines = block.strip("\n").split("\n")
        if lines[0].startswith("file: "):
            told = {"settings": ()}
            for line in lines:
                name, _, value = line.partition(": ")
                told[name] = tuple(value.split())
        elif told:
            own = [line.removeprefix("tests: ") for line in lines if line.startswith("tests: ")]
            old, new = ("\n".join(l[2:] for l in lines if l[:2] == mark) for mark in ("- ", "+ "))
            tests = tuple(own[0].split()) if own else told["tests"]
            yield Bug(lines[0], told["file"][0], old, new, tests, told["settings"])


def planted(bug: Bug, source: str) -> str:
    """Return a source with a bug in it; comments at the ends of lines may be others by now."""
    lines = (re.escape(line.partition("  # ")[0]) for line in bug.old.split("\n"))
    places = list(re.finditer("(?:  # [^\n]*)?\n".join(lines), source))
    if len(places) != 1:
        raise ValueError(f"{bug.file} has {len(places)} times {bug.old!r}: {bug.note}")
    begin, end = places[0].span()
    return f"{source[:begin]}{bug.new}{source[end:]}"


# --- the trial ------------------------------------------------------------------------------------


def tried(bugs: list[Bug]) -> tuple[bool, list[str]]:
    """Return whether all tests pass without a bug, and what came of each bug."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copies.put(copied(Path(folder) / str(number)))
        kinds = sorted({(bug.tests, bug.settings) for bug in bugs})
        limits: dict[object, float] = {}

        def without(kind: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
            copy = copies.get()
            begun = time.perf_counter()
            said, test = run(copy, *kind, 600)
            if said:  # a machine that is busy can be late once
                begun = time.perf_counter()
                said, test = run(copy, *kind, 600)
            limits[kind] = ALONE + 5 * (time.perf_counter() - begun)
            copies.put(copy)
            if said:
                print(f"without a bug: {' '.join(kind[0])}: {said} [{test}]", flush=True)
            return not said

        def with_(bug: Bug) -> str:
            copy = copies.get()
            begun = time.perf_counter()
            with in_place(copy, bug):
                limit = limits[bug.tests, bug.settings]
                said, test = run(copy, bug.tests, bug.settings, limit)
                if said == "hangs":  # a machine that is busy can be late once
                    said, test = run(copy, bug.tests, bug.settings, limit)
            copies.put(copy)
            outcome = {"": "SURVIVES", "tests fail": "caught"}.get(said, said)
            took = time.perf_counter() - begun
            print(f"{outcome:9} {took:5.1f} s  {bug.file}: {bug.note} [{test}]", flush=True)
            return outcome

        passed = all(list(threads.map(without, kinds)))
        return passed, list(threads.map(with_, bugs))


def copied(folder: Path) -> Path:
    """Return a copy of the project, with its modules compiled."""
    for part in PARTS:
        if (PROJECT / part).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(PROJECT / part, folder / part, ignore=unwanted)
        else:
            shutil.copy(PROJECT / part, folder / part)
    compileall.compile_dir(folder, quiet=2)
    return folder


@contextlib.contextmanager
def in_place(copy: Path, bug: Bug) -> Iterator[None]:
    """Put a bug into a copy, and take it out again."""
    path = copy / bug.file
    source = path.read_text("utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()  # it would be taken for the new one
    path.write_text(planted(bug, source), "utf-8")
    try:
        yield
    finally:
        path.write_text(source, "utf-8")


def run(copy: Path, tests: Iterable[str], settings: Iterable[str], limit: float) -> tuple[str, str]:
    """Run tests in a copy; return what came of it, nothing if they pass, and what failed first."""
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict(setting.split("=") for setting in settings),
    }
    environment.pop("PYTHONPATH", None)
    options = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    said, status = python(["-m", "pytest", *options, *tests], limit, environment, copy)
    if status is None:
        return "hangs", ""
    # 1: a test failed; 2: a module could not even be imported; others: no such tests
    told = {0: "", 1: "tests fail", 2: "tests fail"}
    first = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    outcome = told.get(status, f"pytest ends with {status}: {said[-300:]}")
    return outcome, first[1] if first else ""


if __name__ == "__main__":
    main()
