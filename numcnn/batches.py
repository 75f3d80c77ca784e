"""A data set in batches.  (`numcnn.data_checks` has already checked that it fits the model.)"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import positive_int


class Samples(NamedTuple):
    """The samples of a data set or of a batch, with their labels and weights.

    x ``(N, …)``; y ``(N, …)``, or None where no labels are needed; weight ``(N,)``, or None where
    all samples have the same weight.
    """

    x: np.ndarray
    y: Any = None
    weight: np.ndarray | None = None

    def rows(self, rows: Any) -> Samples:
        """Return some of the samples, selected by a slice or an array of indices."""
        y = None if self.y is None else self.y[rows]
        weight = None if self.weight is None else self.weight[rows]
        return Samples(self.x[rows], y, weight)


class Batches:
    """A data set in batches; every iteration is one pass over the data.

    Parameters
    ----------
    data : Samples
    batch_size : int
        The last batch may be smaller.
    steps : int, optional
        Maximum number of batches per pass.
    shuffle : numpy.random.Generator, optional
        If given, each pass has a new random order.
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
        self.steps = math.ceil(len(data.x) / batch_size)
        if steps is not None:
            self.steps = min(self.steps, positive_int(steps, "steps"))
        self.shuffle = shuffle

    def __len__(self) -> int:
        return self.steps

    @property
    def samples(self) -> int:
        """The number of samples in a pass."""
        return min(self.steps * self.batch_size, len(self.data.x))

    def __iter__(self) -> Iterator[Samples]:
        order = None if self.shuffle is None else self.shuffle.permutation(len(self.data.x))
        for step in range(self.steps):
            rows: Any = slice(step * self.batch_size, (step + 1) * self.batch_size)
            yield self.data.rows(rows if order is None else order[rows])


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
            f"validation_split={fraction:g} of {n} samples leaves {cut} for training and {n - cut} "
            "for validation; both need at least one."
        )
    return data.rows(slice(cut)), data.rows(slice(cut, n))
