#!/usr/bin/env bash
# Numba: a short inner loop whose length the compiler knows is written number by number; of unknown
# length, it is written a register at a time.
#
# A loop over the 16 lanes of a SIMD layout seems easier to vectorize if 16 is a constant.  LLVM then
# unrolls it completely before its loop vectorizer comes, and what is left are 64 scalar stores.
# NUMBA_SLP_VECTORIZE=1, for the pass that gathers straight-line code, changes nothing.  Filled with
# zeros, the same block becomes a memset, and that eight stores of 32 bytes.  The target is fixed, so
# any x86-64 machine shows the same.
#
# Output with numba 0.68.1, llvmlite 0.50.0, NumPy 2.4.6, Python 3.11, Linux x86-64:
#   numba 0.68.1 llvmlite 0.50.0
#   known: numbers one by one
#   unknown: registers
#   zeros: registers
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6

cat > "$folder/fill.py" <<'PROGRAM'
import re

import numba

LANES, BLOCK = 16, 4


def known(bias, sums, lanes):
    for k in range(BLOCK):
        for lane in range(LANES):
            sums[k * LANES + lane] = bias[k]


def unknown(bias, sums, lanes):
    for k in range(BLOCK):
        for lane in range(lanes):
            sums[k * LANES + lane] = bias[k]


def zeros(bias, sums, lanes):
    for k in range(BLOCK):
        for lane in range(LANES):
            sums[k * LANES + lane] = 0


for fill in (known, unknown, zeros):
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled = numba.njit("void(float32[::1], float32[::1], uintp)", **options)(fill)
    (code,) = compiled.inspect_asm().values()
    vectors = re.findall(r"vmovu?a?ps\s+%[xy]mm\d+, [^%]*\(", code)
    kind = "registers" if vectors else "numbers one by one"
    print(f"{fill.__name__}: {kind}")
PROGRAM

export NUMBA_CPU_NAME=haswell
for slp in 0 1; do
    NUMBA_SLP_VECTORIZE=$slp "$folder/venv/bin/python" "$folder/fill.py" > "$folder/$slp"
done
"$folder/venv/bin/python" -c 'import numba, llvmlite; print("numba", numba.__version__, "llvmlite", llvmlite.__version__)'
cat "$folder/0"

cmp "$folder/0" "$folder/1"
printf 'known: numbers one by one\nunknown: registers\nzeros: registers\n' | cmp - "$folder/0"
