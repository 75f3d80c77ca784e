#!/usr/bin/env bash
# NumPy 2.4.1 on glibc: three arrays of 1.2 MB, made and dropped again and again, are fetched anew from
# the system page by page each time.  One larger array, dropped once and never written to, ends it.
#
# glibc keeps a freed block if it is smaller than the largest block from the system that was freed so
# far, and as long as no more than twice that size lies free at the end of its heap.  Three blocks of one
# size are more.  A loop that allocates its scratch arrays itself, as Numba's loops do, pays for this
# each time it is called: 5,000 page faults in a training step of a small residual network.  A program
# that has dropped an array of 30 MB before does not show it, so the same loop is faster there.
#
# numcnn drops such an array when the fast engine is loaded (numcnn/engine/fast/runtime/memory.py).
#
# It printed:
#   numpy 2.4.1
#   before: thousands of pages
#   after one array of 32 MB was dropped: hardly any
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "numpy==2.4.1"
cat > "$folder/program.py" <<'PROGRAM'
import resource

import numpy as np


def work():
    blocks = [np.empty(1_200_000, np.uint8) for _ in range(3)]
    for block in blocks:
        block[::1024] = 1


def pages():
    for _ in range(3):
        work()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


print(f"numpy {np.__version__}")
print("before:", "thousands of pages" if pages() > 5_000 else "few")
np.empty((1 << 25) - (1 << 16), np.uint8)
print("after one array of 32 MB was dropped:", "hardly any" if pages() < 500 else "many")
PROGRAM
"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/said"
diff "$folder/said" - <<'SEEN'
numpy 2.4.1
before: thousands of pages
after one array of 32 MB was dropped: hardly any
SEEN
