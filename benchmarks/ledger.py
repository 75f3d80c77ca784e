"""The ledger of the fast engine: what each mechanism costs in lines, and what it gains.

    python -m benchmarks.ledger [--rounds N] [--only NAME] [--write docs/ledger.md]

Each mechanism is switched off from outside, by replacing a function of the engine, and the same
step is timed with it and without it, in turn.  A figure is the time without the mechanism divided
by the time with it, the median of the rounds: 1.25 means that it makes the step a quarter faster.
Steps are trainings on 64 images, for memory on 512; the rows of single images are predictions of
one.  The columns are the tutorials' networks A and B and three others of the panel, on this
machine's own registers and, where these are more, in a second process with those of AVX2
(``NUMBA_CPU_NAME=haswell``).
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import operator
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import numcnn
from benchmarks import models, switches
from benchmarks.computer import has_avx512, processor

FAST = Path(numcnn.__file__).parent / "engine" / "fast"
BATCH, LARGE_BATCH = 64, 512
PAYS = 1.05
"""A mechanism that gains less than this everywhere goes."""
SPAN = 0.25
"""Seconds of steps that are one measurement."""


NETWORKS = "A", "B", "vggbn", "wide1x1", "strided"


class Mechanism(NamedTuple):
    """One row: its files (or functions of a file), and how it is switched off."""

    name: str
    files: tuple[str, ...]
    off: Callable[[], Any]
    images: int = BATCH


MECHANISMS = (
    Mechanism(
        "deferred convolution, one loop with relu and pooling",
        ("layouts/deferred.py", "loops/fusion.py"),
        switches.nothing_deferred,
    ),
    Mechanism("columns of a row", ("loops/columns.py",), switches.no_columns),
    Mechanism("Winograd", ("loops/winograd.py", "loops/winograd_tiles.py"), switches.no_winograd),
    Mechanism(
        "Winograd's kernel gradient",
        ("loops/winograd_gradients.py",),
        switches.no_winograd_gradients,
    ),
    Mechanism("windows written out", ("loops/convolution.py:direct",), switches.windows_counted),
    Mechanism("small images turned", ("loops/few_pixels.py",), switches.nothing_turned),
    Mechanism(
        "batch normalization folded",
        ("layouts/deferred.py:Convolution.normalized",),
        switches.nothing_folded,
        1,
    ),
    Mechanism(
        "helper threads",
        ("runtime/thread_pool.py", "runtime/helper.py", "runtime/work_sharing.py"),
        switches.one_thread,
    ),
    Mechanism("memory used again", ("runtime/memory.py",), switches.fresh_memory, LARGE_BATCH),
    Mechanism(
        "loops for a few images",
        ("layouts/few_images.py", "loops/few_images.py"),
        switches.sixteen_lanes,
        1,
    ),
)
PREDICTOR = (
    "compiled predictor",
    (
        *("predictor/pipeline.py", "predictor/plan.py", "predictor/program.py"),
        *("predictor/sharing.py", "predictor/trace.py"),
    ),
)
SECOND_CORE = "the predictor's second core", ("runtime/atomics.py",)
DISK_CACHE = "disk cache (first step of a process)", ("runtime/disk_cache.py",)
COMPANIONS = "companions (first step without loops on disk)", ("runtime/companions.py",)


def lines(places: tuple[str, ...]) -> int:
    """Count the lines of some files of the engine, or of functions of them."""
    return sum(len(source(place).splitlines()) for place in places)


def source(place: str) -> str:
    """Return the text of ``"folder/file.py"``, or of one function, ``"folder/file.py:name"``.

    Examples
    --------
    >>> source("loops/convolution.py:direct").startswith("def direct(")
    True
    """
    file, _, name = place.partition(":")
    if not name:
        return (FAST / file).read_text(encoding="utf-8")
    module = importlib.import_module(f"numcnn.engine.fast.{file[:-3].replace('/', '.')}")
    return inspect.getsource(operator.attrgetter(name)(module))


def step_of(name: str, images: int) -> Callable[[], Any]:
    """Return a training step on a batch, or a prediction of one image."""
    model = models.build(name)
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    x = rng.random((images, *model.input_shape[1:]), np.float32)
    y = rng.integers(0, 10, images)
    if images == 1:
        return lambda: model.predict_on_batch(x)
    return lambda: model.train_on_batch(x, y)


def seconds(step: Callable[[], Any]) -> float:
    """Return the median time of a step, over SPAN seconds."""
    times, end = [], time.perf_counter() + SPAN
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def gain(step: Callable[[], Any], off: Callable[[], Any], rounds: int) -> float:
    """Return how many times as long the step takes without the mechanism."""
    ratios = []
    for number in range(rounds + 1):
        with off():
            without = seconds(step)
        ratio = without / seconds(step)
        if number:  # in the first round the loops were compiled
            ratios.append(ratio)
    return statistics.median(ratios)


def predictor_gains(name: str, rounds: int) -> tuple[float, float]:
    """Return what the compiled predictor gains on the way layer by layer, and its second core."""
    model = models.build(name)
    x = np.random.default_rng(0).random((1, *model.input_shape[1:]), np.float32)
    predictor = numcnn.Predictor(model)
    one, two, plain = [], [], []
    for _ in range(rounds):
        plain.append(seconds(lambda: model.predict_on_batch(x)))
        two.append(seconds(lambda: predictor(x)))
        with switches.one_thread():
            one.append(seconds(lambda: predictor(x)))
    return (
        statistics.median(a / b for a, b in zip(plain, two, strict=True)),
        statistics.median(a / b for a, b in zip(one, two, strict=True)),
    )


FIRST_STEP = """
import time, sys
start = time.perf_counter()
from benchmarks import ledger
from numcnn.engine.fast.runtime import companions
name, companions.MOST = sys.argv[1], int(sys.argv[2])
ledger.step_of(name, ledger.BATCH)()
print(time.perf_counter() - start)
"""


def first_step(name: str, loops: str, most: int = 3) -> float:
    """Return the seconds of a process's first step: its folder of loops, companions at most."""
    command = [sys.executable, "-c", FIRST_STEP, name, str(most)]
    environment = {**os.environ, "NUMBA_CACHE_DIR": loops}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(run.stdout)


def first_step_gains(name: str) -> tuple[float, float]:
    """Return what the disk cache gains in a process's first step, and companions without it."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        compiled = first_step(name, one)
        return compiled / first_step(name, one), first_step(name, other, 0) / compiled


def measured(only: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the gains of this process's registers, by mechanism and network."""
    numcnn.use_engine("fast")
    gains: dict[str, dict[str, float]] = {}
    for network in NETWORKS:
        for mechanism in MECHANISMS:
            if only in mechanism.name:
                step = step_of(network, mechanism.images)
                row = gains.setdefault(mechanism.name, {})
                row[network] = gain(step, mechanism.off, rounds)
        if only in PREDICTOR[0] or only in SECOND_CORE[0]:
            whole, second = predictor_gains(network, rounds)
            gains.setdefault(PREDICTOR[0], {})[network] = whole
            gains.setdefault(SECOND_CORE[0], {})[network] = second
        if only in DISK_CACHE[0] or only in COMPANIONS[0]:
            cache, companions = first_step_gains(network)
            gains.setdefault(DISK_CACHE[0], {})[network] = cache
            gains.setdefault(COMPANIONS[0], {})[network] = companions
        print(f"{network} is done", file=sys.stderr, flush=True)
    return gains


def gains_with_avx2(only: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the gains of a process that has sixteen registers of 256 bits."""
    command = [sys.executable, "-m", "benchmarks.ledger", "--json", "--only", only]
    other = subprocess.run(
        [*command, "--rounds", str(rounds)],
        env={**os.environ, "NUMBA_CPU_NAME": "haswell"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    gains: dict[str, dict[str, float]] = json.loads(other.stdout)
    return gains


def table(columns: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the ledger in Markdown; columns: gains, by what follows the name of a network."""
    rows = [(m.name, m.files) for m in MECHANISMS] + [PREDICTOR, SECOND_CORE]
    rows += [DISK_CACHE, COMPANIONS]
    head = ["mechanism", "lines", *(f"{name}{suffix}" for suffix in columns for name in NETWORKS)]
    text = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    for name, files in rows:
        if all(name in gains for gains in columns.values()):
            cells = [gains[name][network] for gains in columns.values() for network in NETWORKS]
            figures = [f"**{one:.2f}**" if one >= PAYS else f"{one:.2f}" for one in cells]
            text.append(f"| {name} | {lines(files)} | " + " | ".join(figures) + " |")
    return "\n".join(text)


def page(rows: str, rounds: int) -> str:
    """Return the page of the docs."""
    registers = (
        "AVX2 stands for processors with sixteen registers of 256 bits (`NUMBA_CPU_NAME=haswell`)."
        if has_avx512()
        else "The processor has AVX2, sixteen registers of 256 bits."
    )
    return f"""# The ledger of the fast engine

Every mechanism costs lines that somebody has to read. This table says what it costs and what it
gains: the time of a step without it, divided by the time with it. Bold figures gain five per cent
or more; a mechanism without a bold figure goes. Steps are trainings on {BATCH} images, for memory
used again on {LARGE_BATCH}, and for loops for a few images and for the predictor, predictions of
one image.

{rows}

Networks A and B are those of the two tutorials; *vggbn* has six convolutions with batch
normalization, *wide1x1* windows of 3 x 3 and 1 x 1 with many channels, *strided* three convolutions
with strides. {registers}

Measured on {processor()}, two threads, by `python -m benchmarks.ledger --rounds {rounds} --write
docs/ledger.md`, medians of rounds in which both ways take turns.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="mechanisms whose name contains this")
    parser.add_argument("--write", type=Path, help="the page of the docs to write")
    parser.add_argument("--json", action="store_true", help="only the gains of this process")
    args = parser.parse_args()
    own = measured(args.only, args.rounds)
    if args.json:
        print(json.dumps(own))
        return
    columns = {"": own}
    if has_avx512():
        columns[", AVX2"] = gains_with_avx2(args.only, args.rounds)
    rows = table(columns)
    print(rows)
    if args.write:
        args.write.write_text(page(rows, args.rounds), encoding="utf-8")


if __name__ == "__main__":
    main()
