"""What tests of the suite try: how many pass, and whether they would notice a bug.

    python -m benchmarks.reliability.by_tests tests/test_files.py --bug "A file ..."

The control is a bug of ``bugs/*.txt``, planted in a copy: its tests must fail there.
"""

import argparse
import contextlib
import io
import re

from benchmarks.reliability import planted
from benchmarks.reliability.processes import python

LIMIT = 900.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tests", nargs="+", help="as pytest takes them")
    parser.add_argument("--bug", action="append", default=[], help="its sentence")
    given = parser.parse_args()
    options = ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=short"]
    said, status = python(["-m", "pytest", *options, *given.tests], LIMIT)
    counts = {kind: int(n) for n, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", said)}
    good = counts.get("passed", 0)
    tried = good + counts.get("failed", 0) + counts.get("error", 0)
    print(f"tests: {good} of {tried} pass ({counts.get('skipped', 0)} left out)")
    if status:
        print("they do not end" if status is None else said[-3_000:])
    bugs = [bug for bug in planted.all_bugs() if bug.note in given.bug]
    with contextlib.redirect_stdout(io.StringIO()) as trial:
        _, outcomes = planted.tried(bugs)
    noticed = len(outcomes) == len(given.bug) and set(outcomes) == {"caught"}
    for bug, outcome in zip(bugs, outcomes, strict=True):
        print(f"control, {bug.note.lower()}: {'a test fails' if noticed else outcome}")
    if status != 0 or not noticed:
        print(trial.getvalue())
        raise SystemExit("not as it should be: a control was NOT noticed" if not noticed else 1)


if __name__ == "__main__":
    main()
