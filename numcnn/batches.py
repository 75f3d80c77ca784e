"""A data set in batches.  (`numcnn.data_checks` has already checked that it fits the model.)"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import counted, positive_int, warn
from numcnn.several import count, rows


class Samples(NamedTuple):
    """The samples of a data set or of a batch, with their labels and weights.

    x ``(N, …)``; y ``(N, …)``, or None where no labels are needed; weight ``(N,)``, or None where
    all samples have the same weight.  For a model with several inputs or outputs x or y is a list.
    """

    x: Any
    y: Any = None
    weight: np.ndarray | None = None

    @property
    def count(self) -> int:  # type: ignore[override]
        """The number of samples."""
        return count(self.x)

    def rows(self, which: Any) -> Samples:
        """Return some of the samples, selected by a slice or an array of indices."""
        y = None if self.y is None else rows(self.y, which)
        weight = None if self.weight is None else self.weight[which]
        return Samples(rows(self.x, which), y, weight)


class Batches:
    """A data set in batches, in epochs of a fixed number of steps.

    An epoch continues where the last one ended.  An epoch that reaches the end of the data is
    short, and the next one starts from the beginning.

    Parameters
    ----------
    data : Samples
    batch_size : int
        The last batch may be smaller.
    steps : int, optional
        Number of batches per epoch; by default all of them.
    shuffle : numpy.random.Generator, optional
        If given, each pass over the data has a new random order.

    Attributes
    ----------
    goes_on_at : int
        The index of the first batch of the next epoch; 0 at the beginning of a new pass.
    """

    exhausted = False  # arrays can be read any number of times

    def __init__(
        self,
        data: Samples,
        batch_size: int,
        steps: int | None = None,
        shuffle: np.random.Generator | None = None,
    ) -> None:
        self.data = data
        self.batch_size = batch_size
        self.in_all = math.ceil(data.count / batch_size)
        self.steps = self.in_all if steps is None else positive_int(steps, "steps")
        self.shuffle = shuffle
        self.goes_on_at = 0
        self._order: np.ndarray | None = None

    def __len__(self) -> int:
        return min(self.steps, self.in_all)

    @property
    def samples(self) -> int:
        """The number of samples in an epoch that does not reach the end of the data."""
        return min(self.steps * self.batch_size, self.data.count)

    def __iter__(self) -> Iterator[Samples]:
        return self.epoch()

    def epoch(self, start: int = 0) -> Iterator[Samples]:
        """Yield the batches of an epoch that starts at batch number `start` of the pass."""
        if self.shuffle is not None and (start == 0 or self._order is None):
            self._order = self.shuffle.permutation(self.data.count)
        end = min(start + self.steps, self.in_all)
        self.goes_on_at = end % self.in_all
        for number in range(start, end):
            which: Any = slice(number * self.batch_size, (number + 1) * self.batch_size)
            yield self.data.rows(which if self._order is None else self._order[which])
        if end - start < self.steps:
            warn_of_the_end(end - start, self.steps)


def warn_of_the_end(given: int, steps: int) -> None:
    """Warn that the data ended in the middle of an epoch."""
    warn(
        f"the data ended after {given} of the {steps} steps, so this pass is short; the next one "
        "begins with the first batch."
    )


def split_off(data: Samples, fraction: float) -> tuple[Samples, Samples]:
    """Return the first ``⌊n·(1 − fraction)⌋`` samples, and the others.

    Raises
    ------
    ValueError
        If one of the parts is empty.
    """
    n = data.count
    cut = math.floor(n * (1 - fraction))
    if cut in (0, n):
        raise ValueError(
            f"validation_split={fraction:g} of {counted(n, 'sample')} leaves {cut} for "
            f"training and {n - cut} "
            "for validation; both need at least one."
        )
    return data.rows(slice(cut)), data.rows(slice(cut, n))
