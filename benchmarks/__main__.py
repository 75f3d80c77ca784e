"""numcnn against PyTorch, Keras on TensorFlow, JAX and a NumPy book: verified, then timed.

python -m benchmarks              everything; twenty minutes on a machine that does nothing else
python -m benchmarks --quick      the same, a few seconds each: to see that it works
python -m benchmarks --only "train A" --only memory      parts of it

Each contestant works in a process of its own, with the same number of threads on the same cores,
one awake at a time.  All begin with the same weights and get the same batches; each is asked to
prove that it computes the same before it is timed, and is timed in the fastest form that does.
A contestant whose library is not installed is left out: pip install ".[bench]" installs them all.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import os
import platform
import shlex
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numcnn
from benchmarks import crew, drawing, processes, race, roofline, targets
from benchmarks.computer import processor
from benchmarks.contestants import CONTESTANTS, OURS
from benchmarks.drawing import Bar
from benchmarks.race import Pace, Race
from numcnn import machine
from numcnn.profiling import Profile

TASKS = [  # what, model, batch, steps in a pass
    ("train", "A", 512, 8),
    ("train", "A", 32, 32),
    ("train", "B", 512, 4),
    ("train", "B", 32, 32),
    ("predict", "A", 512, 8),
    ("predict", "B", 512, 4),
    ("predict", "A", 1, 64),
    ("predict", "B", 1, 64),
]
PARTS = ("tutorial", "first start", "import", "memory", "profile")
THOROUGH = Pace(rounds=11, seconds=0.4, patience=60)
QUICK = Pace(rounds=2, seconds=0.1, patience=0)
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
RESULTS = Path(__file__).parent / "results.md"


class Report:
    """What is printed, and kept for the file."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reached: list[targets.Reached] = []
        self.races: list[Race] = []

    def say(self, *lines: str) -> None:
        for line in lines:
            print(line, flush=True)
            self.lines.append(line)

    def section(self, title: str, *lines: str) -> None:
        self.say("", f"## {title}", "", *lines)


def main() -> None:
    args = arguments()
    cores = crew.set_threads(args.threads)
    pace = QUICK if args.quick else THOROUGH
    report = Report()
    tasks = [task for task in TASKS if wanted(title(*task), args.only)]
    parts = [part for part in PARTS if wanted(part, args.only)]
    repeats = 1 if args.quick else 5
    profiled: list[dict[str, Profile]] = []

    def profile() -> None:
        if "profile" in parts:
            profiled.append(roofline.profiles(50 if args.quick else 300))

    if tasks:
        races(report, tasks, pace, args.threads, cores, after_each=profile)
    for part, measure in {
        "tutorial": lambda: tutorial(report, repeats),
        "first start": lambda: first_start(report, min(repeats, 3)),
        "import": lambda: imports(report, repeats),
        "memory": lambda: memory(report, min(repeats, 3)),
    }.items():
        if part in parts:
            measure()
            profile()
    while "profile" in parts and len(profiled) < repeats:
        profile()
    if profiled:
        layer_by_layer(report, profiled)

    summary = ["## To reach", "", *targets.table(report.reached)]
    print("", *summary, sep="\n")
    whole = not args.quick and not args.only
    out = args.out or (RESULTS if whole else None)
    if out:
        out.write_text("\n".join([*heading(args, cores), *summary, *report.lines, ""]))
        picture = PICTURES / "benchmarks.png" if out == RESULTS else out.with_suffix(".png")
        shown = [race for race in report.races if race.task.what == "train"]
        if shown:
            draw(shown).quantize(64).save(picture, optimize=True)
        print(f"\nwritten to {out}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds each")
    names = [*(title(*task) for task in TASKS), *PARTS]
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART",
        help=f"a part of one of the names {'; '.join(names)}",
    )
    parser.add_argument("--out", type=Path, help=f"where to write; a whole run: {RESULTS.name}")
    parser.add_argument("--threads", type=int, default=machine.usable_cores())
    args = parser.parse_args()
    for part in args.only:
        if not any(wanted(name, [part]) for name in names):
            parser.error(f"--only {part!r} is in none of the names {'; '.join(names)}")
    if args.threads < 1:
        parser.error("--threads must be at least 1")
    return args


def title(what: str, model: str, batch: int, _: int) -> str:
    return f"{what} {model}, {'one image' if batch == 1 else f'batch {batch}'}"


def wanted(name: str, only: list[str]) -> bool:
    return not only or any(part in name for part in only)


# --- the parts -----------------------------------------------------------------------------------


def races(
    report: Report,
    tasks: Any,
    pace: Pace,
    threads: int,
    cores: list[int],
    after_each: Callable[[], None],
) -> None:
    members, absent = crew.gather(CONTESTANTS, threads, cores)
    report.section("Images a second")
    report.say("Contestants: " + "; ".join(f"{m.name} ({m.version})" for m in members) + ".")
    for name, reason in absent.items():
        report.say(f"{name} is left out: {reason}.")
    try:
        for task in tasks:
            run = race.run(race.task(*task), members, pace)
            report.races.append(run)
            report.section(
                str(run.task)[0].upper() + str(run.task)[1:],
                *race.report_rates(run, OURS["fast"]),
                "",
                "```text",
                *race.report_verification(run),
                "```",
            )
            if run.noisy:
                report.say("", f"Others used the cores during {run.noisy} of the measurements.")
            after_each()
    finally:
        for member in members:
            member.dismiss()
    report.reached += targets.against_peers(report.races)


def tutorial(report: Report, repeats: int) -> None:
    report.section("The tutorial, whole process", "5,500 images, 10 epochs, evaluation.", "")
    results = processes.tutorials(5_500, 10, repeats)
    keras = results.get("Keras on TensorFlow")
    for name, (seconds, _) in results.items():
        report.say(f"* {name}: {processes.seconds_text(seconds)}")
        if name == OURS["fast"]:
            beside = f"Keras: {statistics.median(keras[0]):.2f} s" if keras else ""
            report.reached.append(targets.of(targets.TUTORIAL, seconds, beside))


def first_start(report: Report, repeats: int) -> None:
    seconds = [processes.first_start() for _ in range(repeats)]
    report.section(
        "The first process ever",
        f"The same tutorial with nothing compiled yet: {processes.seconds_text(seconds)}.",
    )
    report.reached.append(targets.of(targets.FIRST, seconds, ""))


def imports(report: Report, repeats: int) -> None:
    report.section("Import", "In a fresh process, with NumPy.", "")
    for module, seconds in processes.import_seconds(repeats).items():
        report.say(f"* `import {module}`: {processes.seconds_text(seconds)}")
        if module == "numcnn":
            report.reached.append(targets.of(targets.IMPORT, seconds, ""))


def memory(report: Report, repeats: int) -> None:
    report.section(
        "Memory",
        "The most that the whole process holds: model A, batch 512, 55,000 images of float32 "
        "(172 MB), one epoch.",
        "",
    )
    results = processes.tutorials(55_000, 1, repeats)
    peaks = {name: [peak / 1e6 for peak in sizes] for name, (_, sizes) in results.items()}
    for name, sizes in peaks.items():
        report.say(f"* {name}: {statistics.median(sizes):,.0f} MB")
    ours, theirs = peaks[OURS["fast"]], peaks.get("PyTorch")
    if theirs:
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        beside = f"{statistics.median(ours):,.0f} MB, PyTorch {statistics.median(theirs):,.0f} MB"
        report.reached.append(targets.of(targets.MEMORY, ratios, beside))


def layer_by_layer(report: Report, profiled: list[dict[str, Profile]]) -> None:
    report.section(
        "Layer by layer",
        "`numcnn.profile`; `python -m benchmarks.roofline`. A round after each of the measurements "
        "above, so that no slow moment of the machine decides; of each model the table of the "
        f"round with the median share, of {len(profiled)}.",
        "",
    )
    for name in profiled[0]:
        by_share = sorted((one[name] for one in profiled), key=roofline.convolution_shares)
        middle = by_share[len(by_share) // 2]
        report.say(f"{name}:", "", "```text", *str(middle).splitlines(), "```", "")
        target = targets.SHARE._replace(figure=f"{targets.SHARE.figure}, {name}")
        loops, layers = zip(*map(roofline.convolution_shares, by_share), strict=True)
        beside = f"pooling included; with Python around them {statistics.median(layers):.0%}"
        report.reached.append(targets.of(target, [100 * share for share in loops], beside))


# --- the file ------------------------------------------------------------------------------------


def heading(args: argparse.Namespace, cores: list[int]) -> list[str]:
    """Return what a reader must know to repeat the run."""
    command = " ".join(["python -m benchmarks", *map(shlex.quote, sys.argv[1:])])
    versions = [f"Python {platform.python_version()}", f"numcnn {numcnn.__version__}"]
    for module in ("numpy", "numba", "llvmlite"):
        if importlib.util.find_spec(module):
            versions.append(f"{module} {importlib.import_module(module).__version__}")
    bound = f", bound to cores {', '.join(map(str, cores))}" if cores else ""
    return [
        "# Measured",
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


def draw(shown: list[Race]) -> Any:
    """Draw images a second of everybody, the fastest first."""
    groups = {}
    for run in shown:
        order = sorted(run.rates, key=run.median, reverse=True)
        what = "the handwriting tutorial" if run.task.model == "A" else "the fashion tutorial"
        name = f"Model {run.task.model}, {what}, batches of {run.task.batch}"
        groups[name] = [Bar(who, run.median(who), who in OURS.values()) for who in order]
    below = "images a second on the same cores; every contestant shown to compute the same losses"
    return drawing.bars("Training on a CPU", below, groups)


if __name__ == "__main__":
    main()
