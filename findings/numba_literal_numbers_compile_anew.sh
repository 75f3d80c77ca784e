#!/usr/bin/env bash
# Numba: a compiled function that is called by another with a whole number or a bool written in the
# call is compiled anew for each such value; a float written in the call is not.
#
# From Python, f(x, True) and f(x, False) share one compiled version, and so do f(x, 3) and f(x, 4).
# Called from compiled code, the number's type is Literal[int](3): a version of its own, with seconds
# of compiling if the function is large.  A variable that holds the number does not help; int(3) or
# bool(True) at the call does.
#
# Output with numba 0.68.1, llvmlite 0.50.0, NumPy 2.4.6, Python 3.11, Linux x86-64:
#   numba 0.68.1 llvmlite 0.50.0
#   from Python, whole numbers: 1 version
#   from Python, bools: 1 version
#   compiled, whole numbers: 2 versions
#   compiled, bools: 2 versions
#   compiled, variables: 2 versions
#   compiled, floats: 1 version
#   compiled, int(): 1 version
#   compiled, bool(): 1 version
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6

cat > "$folder/versions.py" <<'PROGRAM'
import llvmlite
import numba
from numba import njit

print("numba", numba.__version__, "llvmlite", llvmlite.__version__)


def work(x, how):
    return x + how


def show(what, calls):
    """How many versions there are of a fresh `work` after these calls."""
    compiled = njit(work)
    for call in calls:
        call(compiled)
    count = len(compiled.signatures)
    print(f"{what}: {count} version{'s' if count > 1 else ''}")


def from_compiled(*bodies):
    """Calls of `work` from functions with these lines."""

    def call_with(body):
        def call(compiled):
            names = {"work": compiled}
            exec(f"def caller(x):\n{body}", names)
            njit(names["caller"])(1)

        return call

    return [call_with(body) for body in bodies]


def returning(*values):
    return from_compiled(*(f"    return work(x, {value})" for value in values))


show("from Python, whole numbers", [lambda f: f(1, 3), lambda f: f(1, 4)])
show("from Python, bools", [lambda f: f(1, False), lambda f: f(1, True)])
show("compiled, whole numbers", returning("3", "4"))
show("compiled, bools", returning("False", "True"))
variable = "    how = {}\n    return work(x, how)"
show("compiled, variables", from_compiled(variable.format(3), variable.format(4)))
show("compiled, floats", returning("3.0", "4.0"))
show("compiled, int()", returning("int(3)", "int(4)"))
show("compiled, bool()", returning("bool(False)", "bool(True)"))
PROGRAM

"$folder/venv/bin/python" "$folder/versions.py" | tee "$folder/out"
sed -n 's/^#   //p' "$0" | cmp - "$folder/out"
