"""What a refusal costs: time and memory in proportion to the file, for every kind of large file.

    python -m benchmarks.reliability.refusals [--only WORDS]

Each file is made in one, two and four times a size, and must be refused.  Where cost is in
proportion, four times the size take four times as long; where it grows with the square, sixteen
times.  The limit is in between; what takes less than a few milliseconds is not judged.

The control finds a name that is there twice by counting each name among all: it must be noticed.
"""

import argparse
import json
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.reliability import large_files
from numcnn.datasets.files import idx, npz, sprite
from numcnn.models import load_model
from numcnn.saving import container

LIMIT = 9.0
"""Times that four times the size may cost."""

SECONDS, BYTES = 0.004, 500_000
"""What costs less is noise."""


class Cost(NamedTuple):
    size: int
    seconds: float
    bytes: int

    def __str__(self) -> str:
        """Return a cell of the table."""
        numbers = self.size / 1e3, self.seconds * 1e3, self.bytes / 1e6
        return "{:9,.0f} kB {:7.1f} ms {:6.1f} MB".format(*numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="kinds with these words in their names")
    only = parser.parse_args().only
    kinds = [name for name in large_files.KINDS if only in name]
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in kinds:
            costs, wrong = measured(Path(folder), *large_files.KINDS[name])
            if wrong:  # once more: others may have had the processor
                costs, wrong = measured(Path(folder), *large_files.KINDS[name])
            good += not wrong
            cells = " ".join(map(str, costs))
            print(f"{name:42} {cells}  {wrong}", flush=True)
        print(f"refusals in proportion to the file: {good} of {len(kinds)}")
        noticed = control(Path(folder))
    print(f"control, each name counted among all: {noticed or 'NOT noticed'}")
    if good < len(kinds) or not noticed:
        raise SystemExit("not as it should be")


def measured(
    folder: Path, ending: str, base: int, make: Callable[[Path, int], None], read: Any = None
) -> tuple[list[Cost], str]:
    """Return what refusals of files of three sizes cost, and what is wrong with that."""
    costs = []
    path = folder / ending
    for times in (1, 2, 4):
        make(path, base * times)
        try:
            costs.append(cost(path, read or READERS[path.suffix]))
        except Exception as error:
            return costs, f"{type(error).__name__}: {error}"
    return costs, judged(costs)


def judged(costs: list[Cost]) -> str:
    """Return what is wrong with the growth of the costs, or nothing."""
    first, _, last = costs
    for unit, one, four, least in (
        ("time", first.seconds, last.seconds, SECONDS),
        ("memory", first.bytes, last.bytes, BYTES),
    ):
        if four > LIMIT * max(one, least):
            return f"four times the size take {four / one:.1f} times the {unit}"
    return ""


def cost(path: Path, read: Callable[[Path], Any]) -> Cost:
    """Return what it costs to refuse a file."""
    seconds = min(refused(path, read) for _ in range(3))
    tracemalloc.start()
    try:
        refused(path, read)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Cost(path.stat().st_size, seconds, peak)


def refused(path: Path, read: Callable[[Path], Any]) -> float:
    """Return the processor's seconds until a file is refused; every refusal is a ValueError."""
    begun = time.process_time()
    try:
        read(path)
    except ValueError:
        return time.process_time() - begun
    raise AssertionError("it was not refused")


READERS: dict[str, Callable[[Path], Any]] = {
    **dict.fromkeys((".safetensors", ".keras", ".h5"), load_model),
    ".png": sprite.read_images,
    ".npz": npz.read_npz,
    "": sprite.read_labels,
    ".idx": idx.read_labels,
    ".json": lambda path: container.strict_json(path.read_bytes()),
}


def control(folder: Path) -> str:
    """Return what is found wrong with a reader whose cost grows with the square."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if any(names.count(name) > 1 for name in names):
            raise ValueError("twice")
        return dict(pairs)

    def read(path: Path) -> Any:
        return json.loads(path.read_bytes(), object_pairs_hook=once)

    _, base, make = large_files.KINDS["JSON with a name twice"]
    return measured(folder, "control.json", base // 20, make, read)[1]


if __name__ == "__main__":
    main()
