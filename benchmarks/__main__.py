"""numcnn against PyTorch, Keras on TensorFlow, JAX and a NumPy book: verified, then timed.

python -m benchmarks              everything; two hours on a machine that does nothing else
python -m benchmarks --quick      the same, a few seconds each: to see that it works
python -m benchmarks --only "train A" --only memory      parts of it
python -m benchmarks --only vggbn --keep FILE            and once more, with all that FILE has
python -m benchmarks --keep FILE --page                  nothing: the page of all that FILE has

FILE is written after each task, so a run that ends early can be continued with what it lacks.

The networks are those of `benchmarks.networks`.  Each contestant works in a process of its own,
with the same number of threads on the same cores, one awake at a time.  All begin with the same
weights and get the same batches; each is asked to prove that it computes the same before it is
timed, and is timed in the fastest form that does.  onnxruntime and OpenVINO stand beside them in
prediction.  A contestant whose library is not installed is left out: pip install ".[bench]"
installs them all.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import crew, processes, race, roofline, targets
from benchmarks.contestants import CONTESTANTS, OURS, PEERS, TUTORIALS
from benchmarks.networks import NETWORKS, multiplications
from benchmarks.pages import Report, heading, page_of_this_processor
from benchmarks.race import Pace
from numcnn import machine
from numcnn.profiling import Profile

BATCHES = 32, 64, 512
TASKS = [  # what, network, batch
    *(("train", name, batch) for name in NETWORKS for batch in BATCHES),
    *(("predict", name, batch) for name in NETWORKS for batch in BATCHES),
    *(("predict", name, 1) for name in TUTORIALS),
]
PARTS = ("tutorial", "first start", "import", "memory", "profile")
THOROUGH = Pace(rounds=11, seconds=0.4, patience=60)
QUICK = Pace(rounds=2, seconds=0.1, patience=0)


def main() -> None:
    args = arguments()
    cores = crew.set_threads(args.threads)
    pace = QUICK if args.quick else THOROUGH
    pace = pace._replace(rounds=args.rounds or pace.rounds)
    report = Report(args.keep)
    tasks = [task for task in TASKS if wanted(title(*task), args.only) and not args.page]
    parts = [part for part in PARTS if wanted(part, args.only) and not args.page]
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
        "memory": lambda: memory(report, args.threads, cores, min(repeats, 3)),
    }.items():
        if part in parts:
            measure()
            report.save()
            profile()
    while "profile" in parts and len(profiled) < repeats:
        profile()
    if profiled:
        layer_by_layer(report, profiled)

    print("", *report.summary(), sep="\n")
    report.save()
    whole = args.page or (not args.quick and not args.only)
    out = args.out or (page_of_this_processor() if whole else None)
    if out:
        report.write(out, heading(args, cores))
        print(f"\nwritten to {out}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds each")
    parser.add_argument("--rounds", type=int, help=f"of each task; {THOROUGH.rounds} by default")
    names = [*(title(*task) for task in TASKS), *PARTS]
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART",
        help=f"a part of one of the names {'; '.join(names)}",
    )
    parser.add_argument("--out", type=Path, help="the page to write; a whole run: this processor's")
    parser.add_argument("--keep", type=Path, help="a file of parts measured before, and these")
    parser.add_argument("--page", action="store_true", help="measure nothing: write --keep's page")
    parser.add_argument("--threads", type=int, default=machine.usable_cores())
    args = parser.parse_args()
    for part in args.only:
        if not any(wanted(name, [part]) for name in names):
            parser.error(f"--only {part!r} is in none of the names {'; '.join(names)}")
    if args.page and not (args.keep and args.keep.exists()):
        parser.error("--page needs --keep FILE, with what earlier runs have measured")
    for option in ("threads", "rounds"):
        if getattr(args, option) is not None and getattr(args, option) < 1:
            parser.error(f"--{option} must be at least 1")
    return args


def title(what: str, model: str, batch: int) -> str:
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
    report.section("Contestants", "; ".join(f"{m.name} ({m.version})" for m in members) + ".")
    for name, reason in absent.items():
        report.say(f"{name} is left out: {reason}.")
    try:
        for what, model, batch in tasks:
            run = race.run(race.task(what, model, batch, steps(model, batch)), members, pace)
            report.rates[str(run.task)] = run.rates
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
            report.save()
            after_each()
    finally:
        for member in members:
            member.dismiss()


def steps(model: str, batch: int) -> int:
    """Return how many batches one pass takes: some tenths of a second of them, at most 32."""
    if batch == 1:
        return 64
    network = NETWORKS[model]
    work = multiplications(network.rows, network.image) * batch
    return max(1, min(32, round(2e9 / work)))


def tutorial(report: Report, repeats: int) -> None:
    report.section("The tutorial, whole process", "5,500 images, 10 epochs, evaluation.", "")
    results = processes.tutorials(5_500, 10, repeats)
    keras = results.get("Keras on TensorFlow")
    for name, (seconds, _) in results.items():
        report.say(f"* {name}: {processes.seconds_text(seconds)}")
        if name == OURS["fast"]:
            beside = f"Keras: {statistics.median(keras[0]):.2f} s" if keras else ""
            report.reach(targets.of(targets.TUTORIAL, seconds, beside))


def first_start(report: Report, repeats: int) -> None:
    seconds = [processes.first_start() for _ in range(repeats)]
    report.section(
        "The first process ever",
        f"The same tutorial with nothing compiled yet: {processes.seconds_text(seconds)}.",
    )
    report.reach(targets.of(targets.FIRST, seconds, ""))


def imports(report: Report, repeats: int) -> None:
    report.section("Import", "In a fresh process, with NumPy.", "")
    for module, seconds in processes.import_seconds(repeats).items():
        report.say(f"* `import {module}`: {processes.seconds_text(seconds)}")
        if module == "numcnn":
            report.reach(targets.of(targets.IMPORT, seconds, ""))


def memory(report: Report, threads: int, cores: list[int], repeats: int) -> None:
    report.section(
        "Memory",
        "The most that a whole process holds, which trains on a few batches, and how much of it is "
        "the training: the rest is there when the libraries have been imported.",
        "",
    )
    for model, batch in (("A", 512), ("vggbn", 64)):
        task = race.task("train", model, batch, 8)
        peaks = crew.peaks([OURS["fast"], *PEERS], task, threads, cores, repeats)
        for name, sizes in peaks.items():
            whole = statistics.median(peak for _, peak in sizes)
            training = statistics.median(peak - before for before, peak in sizes)
            report.say(f"* {task}, {name}: {whole:,.0f} MB, {training:,.0f} MB of them to train")
        ours = [peak for _, peak in peaks[OURS["fast"]]]
        theirs = min(
            ([p for _, p in ps] for name, ps in peaks.items() if "PyTorch" in name), default=None
        )
        if theirs:
            ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
            beside = f"{statistics.median(ours):,.0f} MB, {statistics.median(theirs):,.0f} MB"
            target = targets.MEMORY._replace(figure=targets.MEMORY.figure.format(model))
            report.reach(targets.of(target, ratios, beside))


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
        report.reach(targets.of(target, [100 * share for share in loops], beside))


if __name__ == "__main__":
    main()
