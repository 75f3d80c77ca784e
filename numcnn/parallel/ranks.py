"""Ranks: the mathematics of a training step in several processes.

The loss of a batch is the mean over its n samples.  With nᵣ of them in rank r, and Lᵣ their mean
loss there,

    L = 1/n Σᵢ ℓᵢ = Σᵣ nᵣ/n · Lᵣ,    and so    ∂L/∂w = Σᵣ nᵣ/n · ∂Lᵣ/∂w.

The gradient of the whole batch is a weighted sum of the ranks' gradients, and so is each metric.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import evaluation, training
from numcnn.batches import Samples
from numcnn.callbacks import Logs
from numcnn.checks import counted
from numcnn.parallel.library import mpi


class ApartError(ValueError):
    """The ranks cannot train together; raised in all of them."""


class Ranks:
    """The processes that train together, seen from one of them.

    Parameters
    ----------
    ordered : bool, default False
        Whether `sum` adds in the order of the ranks.

    Attributes
    ----------
    rank, size : int
        The number of this process, from 0, and of all of them.
    samples : int
        The number of samples in the current batch of all ranks.
    rows : slice
        Those of this rank.
    """

    def __init__(self, ordered: bool = False) -> None:
        self.MPI = mpi()
        self.comm = self.MPI.COMM_WORLD
        self.rank, self.size = self.comm.Get_rank(), self.comm.Get_size()
        self.ordered = ordered
        self.samples, self.rows = 0, slice(0, 0)

    def train_step(self, model: Any, batch: Samples) -> Logs:
        """Update the model by a batch of all ranks; return the batch's loss and metrics."""
        part, share = self.part(batch)
        logs = training.gradients(model, part)
        self.average(exchanged(model), share)
        model.optimizer.update(model.parameters)
        return self.mean(logs, share)

    def test_step(self, model: Any, batch: Samples) -> Logs:
        """Return loss and metrics of a batch, without training."""
        part, share = self.part(batch)
        return self.mean(evaluation.test_step(model, part), share)

    def part(self, batch: Samples) -> tuple[Samples, float]:
        """Return this rank's samples of a batch, and their share nᵣ/n.

        The numbers of samples differ by at most one.  If there are fewer samples than ranks, some
        ranks compute the first sample with a share of 0.
        """
        n = batch.count
        if n < self.size and not self.samples:
            raise ApartError(
                f"the first batch has {counted(n, 'sample')}, too few for {self.size} "
                "ranks: give a larger "
                "batch_size, or start fewer ranks."
            )
        start, stop = n * self.rank // self.size, n * (self.rank + 1) // self.size
        self.samples, self.rows = n, slice(start, stop) if stop > start else slice(0, 1)
        return batch.rows(self.rows), (stop - start) / n

    def average(self, arrays: list[np.ndarray], share: float) -> None:
        """Replace arrays by their means over all ranks, weighted by the ranks' shares.

        They are sent as one flat array: one message of 100 KB takes less time than ten of 10 KB.
        """
        flat = np.concatenate([array.reshape(-1) for array in arrays])  # each in C order
        flat *= flat.dtype.type(share)
        self.sum(flat)
        start = 0
        for array in arrays:
            array[...] = flat[start : start + array.size].reshape(array.shape)
            start += array.size

    def sum(self, flat: np.ndarray) -> None:
        """Replace an array by its sum over all ranks: the same bytes in each of them."""
        if not self.ordered:
            self.comm.Allreduce(self.MPI.IN_PLACE, flat)
            return
        parts = np.empty((self.size, flat.size), flat.dtype)
        self.comm.Allgather(flat, parts)
        flat[:] = parts[0]
        for part in parts[1:]:
            flat += part

    def mean(self, logs: Logs, share: float) -> Logs:
        """Return the means of loss and metrics over the samples of all ranks."""
        flat = np.array(list(logs.values())) * share
        self.sum(flat)
        return dict(zip(logs, flat.tolist(), strict=True))


def exchanged(model: Any) -> list[np.ndarray]:
    """Return what the ranks average in a step, before the update.

    These are the gradients, and the numbers that layers update themselves: the running statistics
    of `BatchNormalization`.
    """
    gradients = [p.grad for p in model.parameters if p.trainable and p.grad is not None]
    statistics = [p.value for p in model.parameters if not p.learned and not p.frozen]
    return gradients + statistics
