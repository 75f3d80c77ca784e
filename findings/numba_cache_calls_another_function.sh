#!/usr/bin/env bash
# Numba's disk cache returns wrong numbers: a function loaded from it may call the inner function
# of another one.
#
# `make(2)` and `make(3)` return two functions, each with an inner function of its own that closes
# over the factor.  Process 1 uses the first, process 2 the second: both are right, and both are
# cached (cache=True).  Process 3 uses both, from the cache: the second gives the first's result.
#
# Why: compiled functions are found by name in a process.  The names of inner functions hold a
# number that each process counts for itself, so two processes give one name to two functions; and
# a caller in the cache refers to its inner function by that name.  One would expect the cache key
# (it covers the closed-over factor, so each file is found by the right function) to be enough.
#
# Right: 2 -> [20. 20. 20.], 3 -> [30. 30. 30.] in each process.
#
# Output with numba 0.68.1, llvmlite 0.50.0, NumPy 2.4.6, Python 3.11, Linux x86-64:
#   numba 0.68.1
#   process 1: 2 [20. 20. 20.] compiled
#   process 2: 3 [30. 30. 30.] compiled
#   process 3: 2 [20. 20. 20.] from the disk 3 [20. 20. 20.] from the disk
#   process 4: 3 [30. 30. 30.] from the disk 2 [30. 30. 30.] from the disk
#   the cache still confuses the two functions
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6
export NUMBA_CACHE_DIR="$folder/cache"

cat > "$folder/scaled.py" <<'PYTHON'
import sys

import numpy as np
from numba import njit
from numba.extending import register_jitable


def make(factor):
    @register_jitable
    def power(x, n):
        y = np.empty_like(x)
        for k in range(len(x)):
            y[k] = np.sin(x[k]) ** n + np.cos(x[k]) ** n + np.exp(x[k]) ** n + np.tan(x[k]) ** n
        return y * factor

    @njit(cache=True)
    def sum_of_powers(x):
        return power(x, 1) + power(x, 2) + power(x, 3) + power(x, 4) + power(x, 5)

    return sum_of_powers


for factor in map(int, sys.argv[1:]):
    function = make(factor)
    result = function(np.zeros(3))
    print(factor, result, "from the disk" if function.stats.cache_hits else "compiled", end=" ")
print()
PYTHON

run() { "$folder/venv/bin/python" "$folder/scaled.py" "$@"; }
"$folder/venv/bin/python" -c 'import numba; print("numba", numba.__version__)'
echo "process 1: $(run 2)"
echo "process 2: $(run 3)"
third=$(run 2 3)
echo "process 3: $third"
echo "process 4: $(run 3 2)"
if [[ $third == *"3 [20. 20. 20.] from the disk"* ]]; then
  echo "the cache still confuses the two functions"
else
  echo "the behaviour has changed: the functions are no longer confused" && exit 1
fi
