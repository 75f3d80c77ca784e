"""Damaged sprites, labels and IDX files: refused in a sentence, or read as what they hold.

    python -m benchmarks.reliability.damaged_data [--files 5000] [--seed 0]

Each file is damaged in one to eight places, as model files are in `damaged_files`.  A reader may
refuse it with a ValueError that names the file, or give the numbers that were written.  A file that
has no checksum of its own, as labels and unpacked IDX files, may hold other numbers after damage;
those must be of the right kind: as many images as the file says, and labels from 0 to 9.

The control reads sprites with Pillow, told to take truncated images too: wrong images must result.
"""

import argparse
import collections
import random
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from benchmarks.reliability.damaged_files import damaged_bytes
from numcnn.datasets.files import idx, sprite
from tests.idx_files import write_idx

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
LABELS = (np.arange(30) % 10).astype(np.uint8)
Read = Callable[[Path], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5_000, help="of each of three kinds")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    fine = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sprite.write_sprite(folder, IMAGES, LABELS)
        for zipped in (False, True):
            write_idx(folder, {f"{a}_{b}": c for a, c in PAIR.items() for b in PARTS}, zipped)
        for kind, (files, read) in KINDS.items():
            outcomes: collections.Counter[str] = collections.Counter()
            for number in range(given.files):
                path, checked = files[number % len(files)]
                damage = random.Random(f"{given.seed} {kind} {number}")
                outcomes[outcome(folder / path, read, damage, checked)] += 1
            bad = sum(count for what, count in outcomes.items() if what.startswith("BAD"))
            listed = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
            print(f"damaged {kind}: {given.files - bad} of {given.files} good ({listed})")
            fine &= not bad
        wrong = control(folder / sprite.IMAGES_FILE, given.seed)
    print(f"control, Pillow alone: {f'{wrong} of 300 read wrongly' if wrong else 'NOT noticed'}")
    if not fine or not wrong:
        raise SystemExit("not as it should be")


PAIR = {"x": IMAGES, "y": LABELS}
PARTS = ("train", "test")
KINDS: dict[str, tuple[list[tuple[str, bool]], Read]] = {
    "sprites": ([(sprite.IMAGES_FILE, True)], sprite.read_images),
    "labels": ([(sprite.LABELS_FILE, False)], sprite.read_labels),
    "IDX files": (
        [
            ("train-images-idx3-ubyte", False),
            ("train-images-idx3-ubyte.gz", True),
            ("train-labels-idx1-ubyte", False),
            ("train-labels-idx1-ubyte.gz", True),
        ],
        lambda path: (idx.read_labels if "labels" in path.name else idx.read_images)(path),
    ),
}
"""The files of a kind, whether they have checksums, and what reads them."""


def outcome(path: Path, read: Read, damage: random.Random, checked: bool) -> str:
    """Read a file after damage and say what came of it; the file is whole again afterwards."""
    whole, expected = path.read_bytes(), read(path)
    damaged = damaged_bytes(whole, damage)
    path.write_bytes(damaged)
    try:
        found = read(path)
    except ValueError as error:
        return "refused" if path.name in str(error) else f"BAD without the name: {error}"
    except BaseException as error:  # any other exception is what is looked for
        return f"BAD {type(error).__name__}: {str(error)[:60]}"
    finally:
        path.write_bytes(whole)
    if np.array_equal(found, expected):
        return "read as it was written"
    if checked:
        return "BAD read with other numbers"
    return "read as what it says" if of_the_kind(found) else "BAD not of its kind"


def of_the_kind(found: np.ndarray) -> bool:
    """Say whether an array can be images ``(n, 28, 28)``, class numbers or one-hot labels."""
    if found.dtype != np.uint8:
        return False
    if found.ndim == 1:
        return bool((found <= 9).all())
    if found.ndim == 2:
        return found.shape[1] == 10 and bool((np.sort(found)[:, -2:] == [0, 1]).all())
    return found.shape[1:] == (28, 28)


def control(path: Path, seed: int) -> int:
    """Return how many damaged sprites a reader without checks of its own reads wrongly."""
    whole, wrong = path.read_bytes(), 0
    expected: Any = sprite.read_images(path)
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    for number in range(300):
        path.write_bytes(damaged_bytes(whole, random.Random(f"{seed} control {number}")))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = np.asarray(Image.open(path, formats=["PNG"]))
        except Exception:  # refused, in one way or another
            continue
        wrong += not np.array_equal(found, expected)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return wrong


if __name__ == "__main__":
    main()
