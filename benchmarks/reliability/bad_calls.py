"""Bad calls: every public constructor, function and method with every kind of wrong value.

    python -m benchmarks.reliability.bad_calls [--quick]

The calls are those of tests/test_bad_calls.py: one argument at a time is wrong.  A call may be
taken, or refused by a sentence of numcnn's own; it may not fail in the insides of NumPy or Python,
or change a model before it is refused.

The control is a layer whose kernel has been taken away: its raw error must be noticed.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numcnn import layers
from tests import test_bad_calls as calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="every tenth of them")
    step = 10 if parser.parse_args().quick else 1
    kinds: dict[Any, list[str]] = {
        calls.of_constructor: list(calls.CLASSES),
        calls.of_function: list(calls.FUNCTIONS),
        calls.of_method: list(calls.METHODS),
    }
    outcomes: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
        calls.in_folder(Path(folder), monkeypatch),
    ):
        for of, names in kinds.items():
            for name in names[::step]:
                outcomes |= {f"{name}, {case}": what for case, what in of(name).items()}
        monkeypatch.chdir("/")
    bad = {case: what for case, what in outcomes.items() if isinstance(what, str)}
    for case, what in bad.items():
        print(f"{case}: {what}")
    refused = list(outcomes.values()).count(False)
    print(f"bad calls: {len(outcomes) - len(bad)} of {len(outcomes)} good ({refused} refused)")
    broken = layers.Dense(2)
    broken.build_for((None, 3))
    broken.kernel = None
    raw = calls.tried(lambda: broken.forward(np.ones((1, 3), np.float32)))
    noticed = isinstance(raw, str)
    print(f"control, a layer without its kernel: {'noticed' if noticed else 'NOT noticed'}")
    if bad or not noticed:
        raise SystemExit("not as it should be")


if __name__ == "__main__":
    main()
