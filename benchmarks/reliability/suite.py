"""The whole suite with every index of the loops checked, and once more with nothing compiled.

    python -m benchmarks.reliability suite [--way off] [--part 1/5] [--only WORDS]

With ``NUMBA_BOUNDSCHECK=1`` a loop that reads or writes beside its array raises; with
``NUMBA_DISABLE_JIT=1`` the loops run as Python, so that every line of them can be followed.  Each
file of tests, the examples in the modules and those on the pages run in a process of their own.
Loops with checked bounds are kept in a folder of their own.  A file with a failed test is run once
more, since a busy machine can break a limit of time; how many needed that is said.  Tests that take
more than 15 seconds uncompiled, most of them trainings, are left out and named: compiled, they are
part of the suite.

The control is a test of a loop that reads one number too far: it must fail both ways.
"""

import argparse
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from benchmarks.reliability.processes import PROJECT, python
from numcnn.home import user_cache_folder

WAYS = {"bounds": "NUMBA_BOUNDSCHECK", "off": "NUMBA_DISABLE_JIT"}
LOOPS = ("engine", "fast", "layers", "losses", "predictor")
"""The tests that run the most loops, for ``--quick``."""

LIMIT = 1200.0
"""Seconds that all tests of a file may take."""

BAD = {"failed", "error", "without end"}

TOO_FAR = """
import numpy as np
from numcnn.engine.fast.runtime.compiling import loop

@loop
def last_loop(x):
    return x[len(x)]

def test_the_last_number():
    last_loop(np.zeros(8, np.float32))
"""


class Outcome(NamedTuple):
    """What became of the tests of a file."""

    what: str
    counts: Counter[str]
    seconds: float
    said: str


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--way", choices=WAYS, help="one of the two ways only")
    parser.add_argument("--only", default="", help="files with these words in their names")
    parser.add_argument("--part", default="1/1", help="the first of five parts: 1/5")
    parser.add_argument("--quick", action="store_true", help="the tests that run the most loops")
    parser.add_argument("--seconds", type=float, default=15, help="that a test may take uncompiled")
    given = parser.parse_args(arguments)
    part, parts = map(int, given.part.split("/"))
    good = True
    for way in [given.way] if given.way else WAYS:
        files = [what for what in everything(given.quick) if given.only in what]
        files = files[part - 1 :: parts]
        good &= whole(way, files, given.seconds)
        good &= control(way)
    if not good:
        raise SystemExit("not as it should be")


def everything(quick: bool) -> list[str]:
    """Return what pytest is given, one after the other."""
    files = sorted((PROJECT / "tests").glob("test_*.py"))
    if quick:
        return [f"tests/test_{word}.py" for word in ("engine", "fast_engine", "fast_loops")]
    pages = sorted((PROJECT / "docs").glob("*.md"))
    return [*(str(file.relative_to(PROJECT)) for file in (*files, *pages)), "numcnn"]


def whole(way: str, files: list[str], seconds: float) -> bool:
    """Run files of tests in one way and say what became of them."""
    sum_of: Counter[str] = Counter()
    bad: list[str] = []
    begun, twice = time.perf_counter(), 0
    for what in files:
        outcome = tests(what, way, seconds)
        if outcome.counts.keys() & BAD:
            print(outcome.said, f"{what} once more", sep="\n", flush=True)
            outcome, twice = tests(what, way, seconds), twice + 1
        sum_of += outcome.counts
        told = ", ".join(f"{number} {kind}" for kind, number in outcome.counts.items())
        print(f"  {outcome.seconds:6.1f} s  {what}: {told}", flush=True)
        if outcome.counts.keys() & BAD:
            print(outcome.said)
            bad += re.findall(r"(?m)^(?:FAILED|ERROR) (\S+)", outcome.said) or [what]
        for sentence in re.findall(r"tests/\S+ takes more than .*", outcome.said):
            print(f"            left out: {sentence}")
    took = time.perf_counter() - begun
    tried = sum_of["passed"] + sum(sum_of[kind] for kind in BAD)
    print(f"tests with {WAYS[way]}=1: {sum_of['passed']} of {tried} pass", end="")
    print(f" ({sum_of['skipped']} left out, {twice} files run twice, {took:.0f} s)", flush=True)
    if bad:
        print("not passed:", *bad, sep="\n  ", flush=True)
    return sum_of["passed"] == tried


def tests(what: str | Path, way: str, seconds: float) -> Outcome:
    """Run the tests of a file in a process of its own."""
    environment = {**os.environ, WAYS[way]: "1", "SECONDS_A_TEST": str(seconds)}
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "--tb=short", "-rfEs"]
    if way == "off":
        options += ["-p", "benchmarks.reliability.limit"]
    if way == "bounds":
        environment["NUMBA_CACHE_DIR"] = str(user_cache_folder() / "loops with checked bounds")
    begun = time.perf_counter()
    said, status = python(["-m", "pytest", *options, str(what)], LIMIT, environment)
    seconds = time.perf_counter() - begun
    if status is None:
        return Outcome(str(what), Counter({"without end": 1}), seconds, said[-500:])
    counts = Counter(
        {kind: int(n) for n, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", said)}
    )
    if status not in (0, 5) and not (counts["failed"] or counts["error"]):
        counts["error"] = 1
    return Outcome(str(what), counts, seconds, said[-8_000:])


def control(way: str) -> bool:
    """Say whether a loop that reads too far is noticed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_control.py"
        path.write_text(TOO_FAR, "utf-8")
        outcome = tests(path, way, 60)
    noticed = "IndexError" in outcome.said
    print(f"control, a loop that reads too far: {'IndexError' if noticed else 'NOT noticed'}")
    return noticed


if __name__ == "__main__":
    main()
