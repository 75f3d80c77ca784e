"""Damaged and crafted model files: each is refused with one exception type, and changes nothing.

    python -m benchmarks.reliability.damaged_files [--files 5000] [--seed 0] [--crafted]

A file is damaged in one to eight places: bytes changed, removed, put in, a stretch of zeros, a
stretch from elsewhere, an end cut off.  Half of the files the checksum can't refuse: in native ones
it is computed anew after the damage, and those in HDF5 lack it, as Keras's do.  Those may load with
numbers that have changed: Keras's formats can't tell.  All is done in a process of its own, which
libhdf5 may bring down.
"""

import argparse
import collections
import multiprocessing
import platform
import random
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.crafted import CRAFTED, small_model
from numcnn.models import ModelFileError, load_model
from numcnn.saving import container
from numcnn.saving.hdf5 import read_unsealed
from numcnn.saving.state import optimizer_state_of, weights_of

ENDINGS = ("model.safetensors", "model.keras", "model.h5", "model.weights.h5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crafted", action="store_true", help="only files made to do harm")
    given = parser.parse_args()
    print(f"numcnn {numcnn.__version__}, Python {platform.python_version()}, seed {given.seed}")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for ending in () if given.crafted else ENDINGS:
            repairs = (False,) if ending.endswith(".keras") else (False, True)
            for repaired in repairs:
                how = "repaired" if ending.endswith(".safetensors") else "left out"
                what = f"{ending}{f', checksum {how}' if repaired else ''}"
                number = given.files // len(repairs)
                outcomes = tried(Path(folder), ending, number, given.seed, repaired)
                good &= report(what, number, outcomes)
        if given.crafted:
            good &= report("crafted files", len(CRAFTED), crafted(Path(folder)))
        control(Path(folder))
    if not good:
        raise SystemExit("not all are good")


def report(what: str, number: int, outcomes: collections.Counter[str]) -> bool:
    fine = sum(count for outcome, count in outcomes.items() if not outcome.startswith("BAD"))
    listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{what}: {fine} of {number} good ({listed})")
    return fine == number


def tried(
    folder: Path, ending: str, number: int, seed: int, repaired: bool
) -> collections.Counter[str]:
    """Load damaged files in a process that is replaced if a library brings it down."""
    outcomes: collections.Counter[str] = collections.Counter()
    done = 0
    while done < number:
        queue: Any = multiprocessing.get_context("spawn").SimpleQueue()
        arguments = (folder, ending, done, number, seed, repaired, queue)
        process = multiprocessing.get_context("spawn").Process(target=worker, args=arguments)
        process.start()
        while True:
            if queue._reader.poll(0.2):
                outcome = queue.get()
                if outcome is None:
                    break
                outcomes[outcome] += 1
                done += 1
            elif not process.is_alive():
                outcomes[f"BAD process ended with {process.exitcode}"] += 1
                done += 1
                break
        process.join()
    return outcomes


def worker(
    folder: Path, ending: str, first: int, number: int, seed: int, repaired: bool, queue: Any
) -> None:
    path = folder / ending
    model = small_model()
    (model.save_weights if ".weights." in ending else model.save)(path)
    native = path.suffix == ".safetensors"
    whole = path.read_bytes() if native or not repaired else read_unsealed(path)
    other = small_model(seed=2)
    before = state(other)
    for index in range(first, number):
        damage = random.Random(f"{seed} {ending} {repaired} {index}")
        damaged = damaged_bytes(whole, damage)
        if repaired and native:
            damaged = with_checksum(damaged)
        path.write_bytes(damaged)
        queue.put("left as it was" if damaged == whole else outcome_of(path, other, before, model))
        if state(other) != before:
            other = small_model(seed=2)
    queue.put(None)


def outcome_of(path: Path, other: Any, before: Any, original: Any) -> str:
    """Load a file, as a model and into a model, and say what came of it."""
    weights_only = ".weights." in path.name
    try:
        if not weights_only:
            load_model(path)
        other.load_weights(path)
    except ModelFileError:
        return "refused" if state(other) == before else "BAD refused, but the model has changed"
    except BaseException as error:  # any other exception is what is looked for
        return f"BAD {type(error).__name__}: {str(error)[:60]}"
    if all(map(np.array_equal, other.get_weights(), original.get_weights())):
        return "loaded, no weight concerned"
    if path.suffix == ".safetensors":
        return "loaded as what it says, checksum and all"
    return "BAD loaded with other weights" if path.suffix == ".keras" else "loaded, other weights"


def state(model: Any) -> Any:
    """Return everything that loading weights could change."""
    numbers, slots = optimizer_state_of(model)
    arrays = {**weights_of(model), **slots}
    return str(numbers), {name: array.tobytes() for name, array in arrays.items()}


def damaged_bytes(whole: bytes, damage: random.Random) -> bytes:
    """Return a file's bytes with one to eight damages."""
    data = bytearray(whole)
    for _ in range(damage.choice((1, 1, 1, 2, 3, 8))):
        # the first kilobytes hold tables, and are hit as often as all the rest
        place = damage.randrange(min(len(data), damage.choice((16, 2_000, len(data)))) or 1)
        length = damage.choice((1, 1, 2, 4, 16, 200))
        kind = damage.randrange(6)
        if kind == 0:
            data[place : place + length] = damage.randbytes(length)
        elif kind == 1:
            data[place : place + 1] = bytes([data[place] ^ 1 << damage.randrange(8)])
        elif kind == 2:
            del data[place : place + length]
        elif kind == 3:
            data[place:place] = damage.randbytes(length)
        elif kind == 4:
            source = damage.randrange(len(data))
            data[place : place + length] = data[source : source + length]
        else:
            del data[damage.randrange(1, len(data) + 1) :]
        if not data:
            break
    return bytes(data)


def with_checksum(data: bytes) -> bytes:
    """Return a damaged native file with the checksum that its content has now, if it has one."""
    from safetensors import deserialize

    try:
        arrays = {name: container._array(entry) for name, entry in deserialize(data)}
        (length,) = struct.unpack("<Q", data[:8])
        table = data[8 : 8 + length]
        note = container.strict_json(table)["__metadata__"]["numcnn"]
        _, stated, text = note.split("\n", 2)
        new = container.checksum(text, arrays)
    except Exception:  # not even that is left: the file stays as it is
        return data
    return data[:8] + table.replace(stated.encode(), new.encode()) + data[8 + length :]


def crafted(folder: Path) -> collections.Counter[str]:
    """Load the crafted files."""
    outcomes: collections.Counter[str] = collections.Counter()
    model = small_model(seed=2)
    before = state(model)
    for name, (ending, make) in CRAFTED.items():
        path = folder / ending
        make(path)
        try:
            load_model(path)
        except ModelFileError as error:
            changed = state(model) != before
            outcomes["BAD changed" if changed else "refused"] += 1
            print(f"  {name}: {str(error).removeprefix(str(folder) + '/')[:150]}")
        except BaseException as error:  # any other exception is what is looked for
            outcomes[f"BAD {name}: {type(error).__name__}"] += 1
        else:
            outcomes[f"BAD {name}: loaded"] += 1
    return outcomes


def control(folder: Path) -> None:
    """A reader that checks nothing must be caught by the same trial."""
    path = folder / "control.safetensors"
    model, other = small_model(), small_model(seed=2)
    model.save(path)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 64
    path.write_bytes(damaged)
    from safetensors.numpy import load_file

    loaded = load_file(path)  # safetensors alone has no checksum
    wrong = any(
        not np.array_equal(loaded[f"weights/{name}"], array)
        for name, array in weights_of(model).items()
    ) or any(
        not np.array_equal(loaded[f"optimizer/{name}"], array)
        for name, array in optimizer_state_of(model)[1].items()
    )
    if not wrong or outcome_of(path, other, state(other), model) != "refused":
        raise SystemExit("control: a damaged number was not noticed")
    print("control, a number that safetensors alone loads damaged: refused")


if __name__ == "__main__":
    main()
