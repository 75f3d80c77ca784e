"""A data set, cut into batches.  (Whether it fits the model, `numcnn.data_checks` has seen.)"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import positive_int, warn


class Samples(NamedTuple):
    """Samples, a whole data set or one batch of it, with their labels and how much each counts.

    x ``(N, …)``; y ``(N, …)``, or None where no labels are needed; weight ``(N,)``, or None where
    all samples count the same.
    """

    x: np.ndarray
    y: Any = None
    weight: np.ndarray | None = None

    def rows(self, rows: Any) -> Samples:
        """Return some of the samples, by a slice or an array of their numbers."""
        y = None if self.y is None else self.y[rows]
        weight = None if self.weight is None else self.weight[rows]
        return Samples(self.x[rows], y, weight)


class Batches:
    """A data set cut into batches, and dealt out in epochs of so many steps.

    An epoch goes on where the last one ended.  The epoch that meets the end of the data is short,
    and the next one begins anew.

    Parameters
    ----------
    data : Samples
    batch_size : int
        The last batch may be smaller.
    steps : int, optional
        The batches of an epoch; by default all that there are.
    shuffle : numpy.random.Generator, optional
        If given, each pass over the data goes in a new random order.

    Attributes
    ----------
    goes_on_at : int
        The batch with which the next epoch begins; 0 for the beginning of a new pass.
    """

    exhausted = False  # arrays can be gone through again and again

    def __init__(
        self,
        data: Samples,
        batch_size: int,
        steps: int | None = None,
        shuffle: np.random.Generator | None = None,
    ) -> None:
        self.data = data
        self.batch_size = batch_size
        self.in_all = math.ceil(len(data.x) / batch_size)
        self.steps = self.in_all if steps is None else positive_int(steps, "steps")
        self.shuffle = shuffle
        self.goes_on_at = 0
        self._order: np.ndarray | None = None

    def __len__(self) -> int:
        return min(self.steps, self.in_all)

    @property
    def samples(self) -> int:
        """How many samples an epoch takes, if it does not meet the end of the data."""
        return min(self.steps * self.batch_size, len(self.data.x))

    def __iter__(self) -> Iterator[Samples]:
        return self.epoch()

    def epoch(self, start: int = 0) -> Iterator[Samples]:
        """Give the batches of an epoch, the first of which is number `start` of its pass."""
        if self.shuffle is not None and (start == 0 or self._order is None):
            self._order = self.shuffle.permutation(len(self.data.x))
        end = min(start + self.steps, self.in_all)
        self.goes_on_at = end % self.in_all
        for number in range(start, end):
            rows: Any = slice(number * self.batch_size, (number + 1) * self.batch_size)
            yield self.data.rows(rows if self._order is None else self._order[rows])
        if end - start < self.steps:
            warn_of_the_end(end - start, self.steps)


def warn_of_the_end(given: int, steps: int) -> None:
    """Warn that the data ended in the midst of an epoch."""
    warn(
        f"the data ended after {given} of the {steps} steps that were asked for, so this pass is "
        "short; the next one begins with the first batch."
    )


def split_off(data: Samples, fraction: float) -> tuple[Samples, Samples]:
    """Return the first ``⌊n·(1 − fraction)⌋`` samples, and the others.

    Raises
    ------
    ValueError
        If one of the parts is empty.
    """
    n = len(data.x)
    cut = math.floor(n * (1 - fraction))
    if cut in (0, n):
        raise ValueError(
            f"validation_split={fraction:g} of {n} samples leaves {cut} to train on and {n - cut} "
            "to validate with; both need at least one."
        )
    return data.rows(slice(cut)), data.rows(slice(cut, n))
