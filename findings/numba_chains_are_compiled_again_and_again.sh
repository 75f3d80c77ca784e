#!/usr/bin/env bash
# Numba: in a chain of compiled functions, each of which calls the next, every function contains all
# that follow it, optimized and made into machine code once more.  So twice as long a chain is three
# to four times the machine code, and not twice.
#
# One expects that a function that is compiled is called, or inlined where LLVM thinks that it pays.
# But each function is a module of its own, with its callees' code linked in, and the whole module is
# optimized again.  A wide tree of calls costs little; a deep one does.
#
# Output with numba 0.68.1, llvmlite 0.50.0, NumPy 2.4.6, Python 3.11, Linux x86-64:
#   numba 0.68.1 llvmlite 0.50.0
#   10 functions instead of 5: more than 3 times the machine code
#   20 functions instead of 10: more than 3 times the machine code
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6

cat > "$folder/chain.py" <<'PROGRAM'
import llvmlite
import numba
import numpy as np

print("numba", numba.__version__, "llvmlite", llvmlite.__version__)


def one_more(following, factor):
    @numba.njit
    def link(x):
        total = following(x)
        for i in range(len(x)):
            total = total * 1.000001 + x[i] * factor
        return total

    return link


def lines_of_machine_code(length):
    functions = [numba.njit(lambda x: x.sum())]
    for k in range(1, length):
        functions.append(one_more(functions[-1], float(k)))
    functions[-1](np.ones(3))
    return sum(
        len(code.splitlines()) for link in functions for code in link.inspect_asm().values()
    )


lines = {length: lines_of_machine_code(length) for length in (5, 10, 20)}
for length in (5, 10):
    times = lines[2 * length] / lines[length]
    more = "more than 3 times" if 3 < times < 4.5 else f"{times:.1f} times"
    print(f"{2 * length} functions instead of {length}: {more} the machine code")
PROGRAM

export NUMBA_CPU_NAME=haswell  # the same machine code everywhere
"$folder/venv/bin/python" "$folder/chain.py" | tee "$folder/out"
sed -n 's/^#   //p' "$0" | cmp - "$folder/out"
