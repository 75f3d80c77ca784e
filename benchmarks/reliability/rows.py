"""What is promised: each row with its target, and the commands that try it, in full and quickly."""

from typing import NamedTuple


class Row(NamedTuple):
    """A promise, and the modules of this package that try it, with their options."""

    measure: str
    target: str
    full: tuple[str, ...]
    quick: tuple[str, ...]


PARTS = 6
"""Of what takes longest, so that it can go on where it was interrupted."""
THE_SIX = (
    "A training image is in the test part",
    "Binary cross-entropy from logits overflows",
    "A tie counts among the top",
    "A zip bomb is unpacked",
    "The seal is not compared",
    "A download has no limit",
)
"""Planted bugs that the suite did not see once."""


def one(
    command: str, options: str = "", quick: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the commands of a row that has one script."""
    return (f"{command} {options}".strip(),), (f"{command} {quick}".strip(),)


ROWS: dict[int, Row] = {
    1: Row(
        "gradients in float64: every layer x stride x padding x window",
        "linear < 1e-10, the rest < 1e-7",
        *one("gradients", quick="--engine reference"),
    ),
    2: Row(
        "adjoint identity at real size, both engines, strides and pooling too",
        "float64 < 1e-13, float32 < 1e-5",
        *one("adjoint", quick="--trials 10"),
    ),
    3: Row(
        "planted bugs",
        "every one caught, none hangs",
        tuple(f"planted --part {part}/{PARTS}" for part in range(1, PARTS + 1)),
        tuple(f'planted --only "{note}"' for note in THE_SIX[:3]),
    ),
    4: Row("ONNX's own node cases", "error < 1e-5", *one("onnx_cases")),
    5: Row(
        "engines agree on random stacks and networks, and on losses of logits up to 1e4",
        "1e-5 in float32, 1e-12 in float64, same NaN, same errors",
        ("engines_agree", "networks_agree"),
        ("engines_agree --stacks 50", "networks_agree --networks 40"),
    ),
    6: Row(
        "same seed, several processes, any number of threads",
        "byte for byte",
        *one("same_seed", quick="--processes 2"),
    ),
    7: Row(
        "resume after a stop at any epoch, and within it",
        "byte for byte",
        *one("stopped", quick="--epochs 2"),
    ),
    8: Row(
        "kill -9 at random moments, half inside a save",
        "all load, all resume to the byte",
        *one("killed", "--kills 300 --resumes 10", "--kills 5 --resumes 1"),
    ),
    9: Row(
        "Ctrl-C at random moments",
        "stopped within a second, usable",
        *one("interrupted", "--times 50", "--times 3"),
    ),
    10: Row(
        "disk full, read-only, folder in the way, name too long, link",
        "old file whole, no leftovers, path named",
        *one("disks"),
    ),
    11: Row(
        "damaged model files, half with the checksum made right; other libraries' files",
        "one exception type, no changed model",
        ("damaged_files --files 5000", "damaged_travellers --files 5000"),
        ("damaged_files --files 50", "damaged_travellers --files 30"),
    ),
    12: Row(
        "crafted files, and what large files cost",
        "refused, in time linear in the file",
        ("damaged_files --crafted", "refusals"),
        ("damaged_files --crafted", "refusals --only JSON"),
    ),
    13: Row(
        "damaged sprites, labels and IDX files",
        "no crash, no wrong data",
        *one("damaged_data", "--files 5000", "--files 300"),
    ),
    14: Row(
        "downloads from a faulty local server",
        "refused or right, in time",
        *one(
            "by_tests tests/test_download.py",
            '--bug "A download has no limit" --bug "A download has no deadline"',
            '--bug "A download has no limit"',
        ),
    ),
    15: Row(
        "bad calls: everything public x every kind of wrong value",
        "a clear error before anything changes",
        *one("bad_calls", quick="--quick"),
    ),
    16: Row(
        "the suite with bounds checked, and with the JIT off",
        "no failure",
        tuple(
            f"suite --way {way} --part {part}/{PARTS}"
            for way in ("bounds", "off")
            for part in range(1, PARTS + 1)
        ),
        ("suite --way off --quick",),
    ),
    17: Row(
        "layouts and dtypes",
        "right or a clear error, inputs unchanged",
        *one("layouts", quick="--engine reference"),
    ),
    18: Row(
        "logits to 1e4 and Adam with zero, huge and denormal gradients",
        "within 1e-6 of long double",
        *one("extremes", quick="--rows 2000"),
    ),
    19: Row(
        "threads and forks",
        "no hang, every byte right",
        *one("threads", quick="--answers 100 --rounds 1"),
    ),
    20: Row(
        "memory: epochs, predictions, trainings, predictors",
        "< 5 MB",
        *one("memory", quick="--quick"),
    ),
    21: Row(
        "live pages: strangers, traversal, oversize, malformed, 50 at once",
        "refused, or served without growth",
        *one("live_pages", quick="--quick"),
    ),
}
