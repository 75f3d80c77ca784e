"""The reference engine against im2col as NumPy books write it: the tutorial's model, batch 512.

python -m benchmarks.reference_engine

One race of ``python -m benchmarks``, that needs no other library.
"""

from benchmarks import crew, race
from benchmarks.contestants import BOOKS, OURS
from numcnn import machine

PACE = race.Pace(rounds=9, seconds=0.3, patience=0)


def main() -> None:
    threads = machine.usable_cores()
    members, _ = crew.gather([OURS["reference"], BOOKS], threads, crew.set_threads(threads))
    try:
        result = race.run(race.task("train", "A", 512, 2), members, PACE)
    finally:
        for member in members:
            member.dismiss()
    print(*race.report_verification(result), "", sep="\n")
    print(*race.report_rates(result, OURS["reference"]), sep="\n")


if __name__ == "__main__":
    main()
