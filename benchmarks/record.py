"""MNIST from the files to 98, 99 and 99.4 %: seconds of a whole process on this processor.

    python -m benchmarks.record FOLDER [--to 98] [--rounds N] [--write FILE]

FOLDER has ``mnist.npz``, or the tutorial's sprite: ``mnist_images.png`` and ``mnist_labels_uint8``.
The contestants follow the same recipe, that of ``examples/mnist_record.py``, which was chosen on
digits that were held out of the training part: the same network, numbers of epochs, learning rates
and shifts.  They run in turn, each in a fresh process, with another seed in each round.  numcnn's
loops are compiled before; ``python -m benchmarks --only 'first start'`` is about that.
"""

import argparse
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.computer import processor
from benchmarks.processes import ROOT, run, seconds_text
from numcnn import machine

EXAMPLE = ROOT / "examples" / "mnist_record.py"
PROGRAMS = {
    "PyTorch": ("torch", "with_pytorch.py"),
    "Keras on TensorFlow": ("keras", "with_keras.py"),
}


class Result(NamedTuple):
    """Of one contestant: seconds of each round, and per cent of the test digits that are right."""

    seconds: list[float]
    percent: list[float]


def recipes() -> dict[str, Any]:
    """Return those of the example."""
    sys.path.insert(0, str(EXAMPLE.parent))
    try:
        return importlib.import_module(EXAMPLE.stem).RECIPES
    finally:
        sys.path.remove(str(EXAMPLE.parent))


def commands(folder: str, goal: str, seed: int) -> dict[str, list[str]]:
    """Return the command line of each contestant whose library is installed."""
    found = {"numcnn": [str(EXAMPLE), "--data", folder, "--to", goal, "--seed", str(seed)]}
    recipe = json.dumps(recipes()[goal]._asdict())
    for name, (library, program) in PROGRAMS.items():
        if importlib.util.find_spec(library):
            found[name] = [
                str(ROOT / "benchmarks" / "records" / program),
                folder,
                recipe,
                str(seed),
            ]
    return found


def measure(folder: str, goal: str, rounds: int) -> dict[str, Result]:
    """Let all contestants train, in turn."""
    run(commands(folder, goal, 0)["numcnn"], {"NUMCNN_ENGINE": "fast"})  # compiles
    results: dict[str, Result] = {}
    for seed in range(rounds):
        for name, command in commands(folder, goal, seed).items():
            seconds, said = run(command, {"NUMCNN_ENGINE": "fast"})
            result = results.setdefault(name, Result([], []))
            result.seconds.append(seconds)
            result.percent.append(float(said.split("%")[0]))
    return results


def table(results: dict[str, dict[str, Result]]) -> str:
    """Return a Markdown table, a row for each goal and contestant."""
    rows = [
        "| to | | seconds of a process | so many times numcnn's | right |",
        "|---|---|---|---|---|",
    ]
    for goal, of_goal in results.items():
        for name, (seconds, percent) in of_goal.items():
            times = median(seconds) / median(of_goal["numcnn"].seconds)
            right = f"{min(percent):.2f} to {max(percent):.2f} %"
            rows.append(f"| {goal} % | {name} | {seconds_text(seconds)} | {times:.1f} | {right} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder")
    parser.add_argument("--to", action="append", choices=recipes(), help="all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    results = {}
    for goal in args.to or recipes():
        results[goal] = measure(args.folder, goal, args.rounds)
        print(table({goal: results[goal]}), flush=True)
    if args.write:
        title = f"# MNIST on {processor()}, {machine.usable_cores()} cores"
        how = f"`python -m benchmarks.record FOLDER`, {args.rounds} rounds, medians and quartiles."
        args.write.write_text(f"{title}\n\n{how}\n\n{table(results)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
