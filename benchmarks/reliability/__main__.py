"""What numcnn promises of its reliability, tried: one table of 21 rows.

python -m benchmarks.reliability              everything; some hours
python -m benchmarks.reliability --quick      a little of each row, to see that it works
python -m benchmarks.reliability --rows 8 12  these rows only
python -m benchmarks.reliability --go-on      what has not been tried since the last change
python -m benchmarks.reliability --write      the table, into docs/reliability.md
python -m benchmarks.reliability suite        the suite with bounds checked, and with the JIT off

Each row runs scripts of this package, which can be run alone too; what they find is kept in
build/reliability.json.  Each has a control that must fail: a planted bug, an unguarded write.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import sys
from pathlib import Path

from benchmarks.reliability import suite
from benchmarks.reliability.processes import PROJECT, python
from benchmarks.reliability.rows import ROWS
from benchmarks.reliability.table import Tried, page, read_outcome, table

LIMIT = 4 * 3600.0
"""Seconds that a script may take."""

KEPT = PROJECT / "build" / "reliability.json"
PAGE = PROJECT / "docs" / "reliability.md"


def main() -> None:
    if sys.argv[1:2] == ["suite"]:
        suite.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a little of each row")
    parser.add_argument("--rows", type=int, nargs="+", choices=ROWS, metavar="ROW", default=[*ROWS])
    parser.add_argument("--go-on", action="store_true", help="leave out what has been tried")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(PROJECT)}")
    given = parser.parse_args()
    kept = read_kept(KEPT)
    found: dict[int, list[Tried]] = {}
    for number in given.rows:
        commands = ROWS[number].quick if given.quick else ROWS[number].full
        for command in commands:
            if not (given.go_on and command in kept):
                kept = keep(KEPT, command, tried(command))
        found[number] = [kept[command] for command in commands]
        print(*table({number: found[number]}), sep="\n", flush=True)
    print("", *table(found), sep="\n")
    if given.write:
        PAGE.write_text(page(found), "utf-8")
        print(f"written: {PAGE.relative_to(PROJECT)}")
    if not all(one.good for several in found.values() for one in several):
        raise SystemExit("not every row is met")


def tried(command: str) -> Tried:
    """Run a script of this package in a process of its own; return what it says it has found."""
    name, *options = shlex.split(command)
    begun = datetime.datetime.now()
    said, status = python(["-m", f"benchmarks.reliability.{name}", *options], LIMIT)
    seconds = (datetime.datetime.now() - begun).total_seconds()
    outcome = read_outcome(said, status, seconds)
    if not outcome.good:
        print(f"--- {command} ended with {status}\n{said[-4_000:]}\n---", flush=True)
    return outcome


def read_kept(path: Path) -> dict[str, Tried]:
    """Return what earlier runs have found, command by command."""
    if not path.exists():
        return {}
    return {name: Tried(**told) for name, told in json.loads(path.read_text("utf-8")).items()}


def keep(path: Path, command: str, outcome: Tried) -> dict[str, Tried]:
    """Add what a script has found to what others have found meanwhile; return all."""
    kept = read_kept(path) | {command: outcome}
    path.parent.mkdir(exist_ok=True)
    told = {name: found._asdict() for name, found in kept.items()}
    path.write_text(json.dumps(told, indent=1), "utf-8")
    return kept


if __name__ == "__main__":
    main()
