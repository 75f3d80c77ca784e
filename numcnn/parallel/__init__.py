"""Data-parallel training: several processes, on one machine or on many, train one model.

Each process, in MPI a *rank*, has the whole model and reads the whole data.  In every step

1. each rank takes its own part of the batch, nᵣ of the n samples, and computes the gradient gᵣ of
   the mean loss over its part;
2. the ranks add up ``Σᵣ nᵣ/n · gᵣ``: the gradient of the mean loss over the whole batch;
3. each rank makes the same update with this same gradient, so all weights stay equal.

That is all of "distributed data parallel" (`numcnn.parallel.ranks`).  MPI computes the sum, through
mpi4py, the extra ``mpi``.  One line of a program changes, from ``model.fit(...)`` to
``numcnn.parallel.fit(model, ...)``, and this starts it in four processes::

    mpiexec -n 4 python -m mpi4py program.py

Dropout and shuffling are the same as in one process: each rank draws the random numbers of the
whole batch, and uses those of its part.  `BatchNormalization` is the exception: it normalizes by
the mean and the variance of the rank's own part, as PyTorch does by default.  Its running
statistics are the means of those of all ranks.

May import: `batches`, `callbacks`, `checks`, `engine`, `evaluation`, `metrics`, `profiling`,
`saving`, `training`.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from numcnn import profiling
from numcnn.batches import Samples
from numcnn.checks import flag, model_for
from numcnn.parallel.library import mpi
from numcnn.parallel.ranks import Ranks
from numcnn.parallel.together import run, shared_cores

__all__ = ["evaluate", "fit", "profile", "rank", "size"]


def fit(model: Any, *data: Any, ordered: bool = False, **options: Any) -> Any:
    """Train a model in all ranks together; the arguments are those of `Sequential.fit`.

    Every rank calls it with the same model and the same data; `batch_size` counts the samples of
    all ranks.  All ranks start with the weights of rank 0.  Callbacks and the progress bar run in
    rank 0 only.  The other ranks take over a new learning rate, or the end of the training, before
    the next batch, and new weights before the next epoch.  In a single process, without mpiexec,
    this is `Sequential.fit`.

    Parameters
    ----------
    model : Sequential
        Compiled.
    *data, **options
        The arguments of `Sequential.fit`.
    ordered : bool, default False
        Whether the parts are added in the order of the ranks.  For a given number of ranks, the
        result is then the same, byte for byte, with every MPI library.  It takes more time.

    Returns
    -------
    History
        The same in all ranks: loss and metrics are means over the samples of all of them.

    Raises
    ------
    ImportError
        Without mpi4py, or without an MPI library.
    ValueError
        In all ranks, if one of them has other data or another model, or if a batch has fewer
        samples than there are ranks.
    RuntimeError
        In the other ranks, if the arguments of one rank are refused.

    Examples
    --------
    >>> history = numcnn.parallel.fit(model, x, y, batch_size=64)  # doctest: +SKIP
    """
    model = model_for(model, "parallel.fit")
    return run(Ranks(flag(ordered, "ordered")), model, "fit", data, options)


def evaluate(model: Any, *data: Any, ordered: bool = False, **options: Any) -> Any:
    """Measure a model in all ranks together; the arguments are those of `Sequential.evaluate`."""
    model = model_for(model, "parallel.evaluate")
    return run(Ranks(flag(ordered, "ordered")), model, "evaluate", data, options)


def profile(model: Any, x: Any, repeats: int = 20) -> profiling.Profile:
    """Measure where the time of a rank's step goes; the sum over the ranks is the last row.

    Parameters
    ----------
    model, x, repeats
        As in `numcnn.profile`; x is the batch of all ranks.
    """
    ranks = Ranks()
    part, _ = ranks.part(Samples(np.asarray(x)))
    with shared_cores(ranks):
        result = profiling.profile(model, part.x, repeats)
    if ranks.size == 1:
        return result
    sent = sum(parameter.value.size for parameter in model.parameters if not parameter.frozen)
    numbers = np.zeros(sent, model.dtype)
    seconds = []
    for _ in range(repeats):
        ranks.comm.Barrier()
        start = time.perf_counter()
        ranks.sum(numbers)
        seconds.append(time.perf_counter() - start)
    row = profiling.Row(
        f"sum over {ranks.size} ranks", 0.0, float(np.median(seconds)), None, 2.0 * numbers.nbytes
    )
    return profiling.Profile([*result.rows, row], result.images, result.engine, result.limit)


def rank() -> int:
    """Return the number of this process, from 0; rank 0 prints and saves."""
    return mpi().COMM_WORLD.Get_rank()


def size() -> int:
    """Return the number of ranks, the N of ``mpiexec -n N``."""
    return mpi().COMM_WORLD.Get_size()
