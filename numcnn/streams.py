"""Batches that somebody else makes: a generator, a `Sequence`, or anything else that gives batches.

`fit`, `evaluate` and `predict` take them in place of arrays.  A batch is a tuple ``(x,)``,
``(x, y)`` or ``(x, y, sample_weight)``, and is checked as it comes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from numcnn.batches import Samples
from numcnn.checks import positive_int

Check = Callable[..., Samples]
"""Returns the samples of ``(x, y, sample_weight)``, if they fit the model and each other."""


class Sequence:
    """Batches by number; a subclass says how many there are and makes each of them.

    Keras calls it `PyDataset`, and `Sequence` before.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        As in Keras; here batches are always made when they are needed, in the same thread.

    Examples
    --------
    >>> class Pairs(Sequence):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, index):
    ...         return np.full((2, 4), index), np.array([0, 1])
    >>> [x.mean() for x, y in Pairs()]
    [np.float64(0.0), np.float64(1.0), np.float64(2.0)]
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__(), the number of batches")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(index), a batch")

    @property
    def num_batches(self) -> int:
        """How many batches there are."""
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def on_epoch_begin(self) -> None:
        """Before each pass."""

    def on_epoch_end(self) -> None:
        """After each pass: a good place to shuffle."""


class Stream:
    """What gives batches, as training takes it; every iteration is one pass.

    A sequence is gone through from the first batch to the last, or in a new random order.  A
    generator can't be rewound: each pass goes on where the one before ended.  Anything else that
    can be iterated over is begun anew.

    Parameters
    ----------
    source : generator, Sequence or iterable
    steps : int, optional
        At most so many batches a pass.  A generator without end needs it.
    shuffle : numpy.random.Generator, optional
        If given, each pass goes through a sequence in a new order.

    Attributes
    ----------
    steps : int or None
        The batches of a pass; None if nobody knows.
    samples : None
        Of a pass; nobody knows.
    exhausted : bool
        Whether a pass ended before its time, so that there is nothing more to come.
    """

    samples: int | None = None

    def __init__(
        self, source: Any, steps: Any = None, shuffle: np.random.Generator | None = None
    ) -> None:
        self.source = source
        self.by_number = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.steps = None if steps is None else positive_int(steps, "steps")
        if self.by_number:
            self.steps = min(len(source), self.steps or len(source))
        self.shuffle = shuffle
        self.exhausted = False
        self.check: Check = Samples
        self._peeked: list[Any] = []
        first = next(self._batches(), None)
        if first is None:
            raise ValueError(f"{type(source).__name__} gives no batch at all.")
        self.first_x = _unpacked(first)[0]
        # A generator has given the batch away: it comes back in the first pass.
        if hasattr(source, "__next__"):
            self._peeked = [first]

    def checked(self, check: Check) -> Stream:
        """Return this stream, whose batches go through `check` from now on."""
        self.check = check
        return self

    def __iter__(self) -> Iterator[Samples]:
        if hasattr(self.source, "on_epoch_begin"):
            self.source.on_epoch_begin()
        given = 0
        for batch in self._batches(self.shuffle):
            yield self.check(*_unpacked(batch))
            given += 1
            if given == self.steps:
                break
        else:
            self.exhausted = given < (self.steps or 1)
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
        if self.exhausted:
            warnings.warn(
                f"{type(self.source).__name__} ran out after {given} more batches, where "
                f"{self.steps or 'some'} were wanted, and this ends here. In a training it has to "
                "give steps_per_epoch * epochs batches.",
                stacklevel=2,
            )

    def _batches(self, shuffle: np.random.Generator | None = None) -> Iterator[Any]:
        """Return the batches from the first, or where a generator stands, to the last."""
        if self.by_number:
            count = len(self.source)
            order = range(count) if shuffle is None else shuffle.permutation(count).tolist()
            return (self.source[number] for number in order)
        if hasattr(self.source, "__next__"):
            first, self._peeked = self._peeked, []
            return chain(first, self.source)
        return iter(self.source)


def is_stream(x: Any) -> bool:
    """Say whether x gives batches, and is not an array or what NumPy makes one of."""
    if isinstance(x, Sequence) or hasattr(x, "__next__"):
        return True
    plain = isinstance(x, list | tuple | dict | str | bytes) or hasattr(x, "__array__")
    return hasattr(x, "__iter__") and not plain


def stream_of(
    x: Any, steps: Any, shuffle: np.random.Generator | None = None, **beside: Any
) -> Stream | None:
    """Return x as a stream, if it gives batches; then nothing may stand beside it.

    Raises
    ------
    ValueError
        If x gives batches, and something of `beside`, such as y, is given too.
    """
    if not is_stream(x):
        return None
    for name, value in beside.items():
        if value is not None:
            raise ValueError(
                f"x, of type {type(x).__name__}, gives batches (x, y) or (x, y, sample_weight); so "
                f"leave out {name}."
            )
    return Stream(x, steps, shuffle)


def _unpacked(batch: Any) -> tuple[Any, Any, Any]:
    """Return x, y and sample_weight of a batch, None for what is not there."""
    parts = tuple(batch) if isinstance(batch, tuple | list) else (batch,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "a batch must be (x,), (x, y) or (x, y, sample_weight), got "
            f"{type(batch).__name__} of {len(parts)}."
        )
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight
