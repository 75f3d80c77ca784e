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
    axes = text.strip("(), ").replace("x", ",").split(",")
    if not all(axis.strip().isdecimal() and int(axis) for axis in axes):
        raise argparse.ArgumentTypeError(
            f"a shape is made of whole numbers, 1 or more, such as 5,5,3; got {text!r}"
        )
    return tuple(int(axis) for axis in axes)


def _checked(options: argparse.Namespace) -> GradientReport:
    """Check the layer that the options name."""
    file, colon, expression = options.layer.partition(".py:")
    if not colon or not expression:
        raise ValueError(f"the layer must be given as FILE.py:LAYER, got {options.layer!r}.")
    if not Path(f"{file}.py").is_file():
        raise ValueError(f"there is no file {file}.py.")
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
    try:
        found = eval(expression, dict(names))
    except (NameError, SyntaxError) as error:
        classes = [one for one in names.values() if isinstance(one, type)]
        own = [one.__name__ for one in classes if one.__module__ == names["__name__"]]
        known = f"; its classes are {', '.join(own)}" if own else ""
        raise ValueError(f"{expression!r} is no layer of the file: {error}{known}.") from error
    return found() if isinstance(found, type) else found


def _not_checked(error: BaseException, options: argparse.Namespace) -> int:
    """Say why there is no report; show where, if it went wrong in the file itself."""
    file = Path(f"{options.layer.partition('.py:')[0]}.py").resolve()
    places = traceback.extract_tb(error.__traceback__)
    in_the_file = any(Path(place.filename).resolve() == file for place in places)
    if in_the_file or not isinstance(error, ValueError | TypeError):
        traceback.print_exception(type(error), error, error.__traceback__)
    else:
        sys.stderr.write(f"python -m numcnn.gradcheck: {error}\n")
    if options.json:
        problem = "".join(traceback.format_exception_only(type(error), error)).strip()
        answer = {"ok": False, "title": options.layer, "problem": problem}
        write(f"{json.dumps(answer, indent=2)}\n")
    return NOT_CHECKED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
