"""The command ``python -m numcnn.gradcheck``: a layer in a file, or all layers of numcnn.

``python -m numcnn.gradcheck FILE.py:LAYER --shape 5,5,3`` checks one layer, and says by its exit
code what it found: 0 right, 1 wrong, 2 could not be checked.  LAYER is a class, or a call of one
such as ``"Conv(2, 3)"``.  Without a file, it checks every layer and loss of numcnn.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from numcnn import layers
from numcnn.console import write
from numcnn.gradcheck.everything import table
from numcnn.gradcheck.layer import check_layer
from numcnn.gradcheck.report import GradientReport

RIGHT, WRONG, NOT_CHECKED = 0, 1, 2


def main(arguments: Sequence[str] = ()) -> int:
    """Check what the arguments say, print the result, and return the exit code."""
    parser = argparse.ArgumentParser(
        "python -m numcnn.gradcheck",
        description="Check the gradients of a layer. Exit code: 0 right, 1 wrong, 2 not checked. "
        "Without a layer, check all of numcnn's.",
    )
    add = parser.add_argument
    add("layer", nargs="?", metavar="FILE.py:LAYER", help='a class, or a call: "my.py:Conv(2, 3)"')
    add("--shape", type=_shape, help="the shape of one sample, such as 5,5,3")
    add("--like", metavar="LAYER", help='a layer of numcnn to compare with, "Conv2D(2, 3)"')
    add("--batch-size", type=int, default=2)
    add("--seed", type=int, default=0)
    add("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    if options.layer is None:
        return table()
    if options.shape is None:
        parser.error("say the shape of one sample, --shape 5,5,3")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # a file may print, too
            report = _checked(options)
    except (Exception, SystemExit) as error:
        return _not_checked(error, options)
    write(f"{json.dumps(report.to_dict(), indent=2) if options.json else report}\n")
    return RIGHT if report else WRONG


def _shape(text: str) -> tuple[int, ...]:
    """Return "5,5,3" as a shape."""
    return tuple(int(axis) for axis in text.strip("(), ").replace("x", ",").split(","))


def _checked(options: argparse.Namespace) -> GradientReport:
    """Check the layer that the options name."""
    file, colon, expression = options.layer.partition(".py:")
    if not colon:
        raise ValueError(f"the layer must be given as FILE.py:LAYER, got {options.layer!r}.")
    like = options.like and _made(options.like, vars(layers))
    layer = _made(expression, vars(_loaded(Path(f"{file}.py"))))
    return check_layer(
        layer, options.shape, like=like, batch_size=options.batch_size, seed=options.seed
    )


def _loaded(file: Path) -> ModuleType:
    """Run a file as a module, which may import its neighbours."""
    sys.path.insert(0, str(file.resolve().parent))
    spec: Any = importlib.util.spec_from_file_location(f"checked_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _made(expression: str, names: dict[str, Any]) -> Any:
    """Return the layer that an expression makes; a class is called without arguments."""
    found = eval(expression, dict(names))
    return found() if isinstance(found, type) else found


def _not_checked(error: BaseException, options: argparse.Namespace) -> int:
    """Say why there is no report."""
    traceback.print_exception(type(error), error, error.__traceback__)
    if options.json:
        problem = "".join(traceback.format_exception_only(type(error), error)).strip()
        answer = {"ok": False, "title": options.layer, "problem": problem}
        write(f"{json.dumps(answer, indent=2)}\n")
    return NOT_CHECKED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
