"""Batches from the user: a generator, a `Sequence`, or another iterable of batches.

`fit`, `evaluate` and `predict` take them in place of arrays.  A batch is a tuple ``(x,)``,
``(x, y)`` or ``(x, y, sample_weight)``.  Each batch is checked when it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from operator import length_hint
from typing import Any

import numpy as np

from numcnn.batches import Samples, warn_of_the_end
from numcnn.checks import positive_int, warn

Check = Callable[..., Samples]
"""Returns the samples of ``(x, y, sample_weight)``, if they fit the model and each other."""


class Sequence:
    """Numbered batches: a subclass defines their number and makes each of them.

    Keras 3 calls this class `PyDataset`; Keras 2 called it `Sequence`.

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
        """The number of batches."""
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def on_epoch_begin(self) -> None:
        """Called before each pass."""

    def on_epoch_end(self) -> None:
        """Called after each pass: a good place to shuffle."""


class Stream:
    """A source of batches, divided into epochs of `steps` batches.

    Each epoch continues where the last one ended.  The batches of a sequence come from first to
    last, or in a new random order in each pass.  After its last batch a sequence, like any other
    iterable, starts again.  A generator cannot start again, so its end is the end of the training.

    Parameters
    ----------
    source : generator, Sequence or iterable
    steps : int, optional
        Number of batches in an epoch.  An endless generator needs it.
    shuffle : numpy.random.Generator, optional
        If given, each pass through a sequence has a new order, drawn from it.

    Attributes
    ----------
    steps : int or None
        Number of batches in an epoch; None if it is unknown.
    samples : None
        Number of samples in an epoch: unknown.
    goes_on_at : int
        The number, within the pass, of the first batch of the next epoch; 0 starts a new pass.
    exhausted : bool
        Whether a generator has ended, so that no batch is left.
    """

    samples: int | None = None

    def __init__(
        self, source: Any, steps: Any = None, shuffle: np.random.Generator | None = None
    ) -> None:
        self.source = source
        self.by_number = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.of_once = hasattr(source, "__next__") and not self.by_number  # a generator
        self.steps = None if steps is None else positive_int(steps, "steps")
        if self.steps is None and not self.of_once:
            self.steps = length_hint(source) or None
        self.shuffle = shuffle
        self.goes_on_at = 0
        self.exhausted = False
        self.check: Check = Samples
        self.needs = ""
        self._order: list[int] = []
        self._rest: Any = None
        rest = self._begun()
        first = next(rest, None)
        if first is None:
            raise ValueError(f"{type(source).__name__} gives no batch.")
        self.first = _unpacked(first)
        if self.of_once:  # the first epoch also gets the batch that was taken here
            self._rest = chain([first], rest)

    def checked(self, check: Check, needs: str = "") -> Stream:
        """Return this stream; from now on `check` checks its batches, the first one at once.

        `needs` is the sentence about how many batches it must give.
        """
        self.check, self.needs = check, needs
        check(*self.first)
        return self

    def __iter__(self) -> Iterator[Samples]:
        return self.epoch()

    def epoch(self, start: int = 0) -> Iterator[Samples]:
        """Yield the batches of an epoch, beginning with number `start` of the pass."""
        if hasattr(self.source, "on_epoch_begin"):
            self.source.on_epoch_begin()
        batches, start = self._from(start)
        given, ended = 0, False
        for batch in batches:
            yield self.check(*_unpacked(batch))
            given += 1
            if given == self.steps:
                ended = self.by_number and start + given == len(self._order)
                break
        else:
            ended = True
        self.goes_on_at = 0 if ended or self.of_once else start + given
        self.exhausted = self.of_once and given < (self.steps or 1)
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
        if self.exhausted:
            warn(
                f"{type(self.source).__name__} ended after {given} more batches, but "
                f"{self.steps or 'some'} were needed, so this stops here. {self.needs}"
            )
        elif self.steps and given < self.steps:
            warn_of_the_end(given, self.steps)

    def _from(self, start: int) -> tuple[Iterator[Any], int]:
        """Return the batches from number `start` of a pass, and that number.

        If there is no such batch, the pass is over, and a new one begins.
        """
        if self.of_once:
            return self._rest, 0
        if start and self._rest is None:  # resumed in a new process
            self._rest = islice(self._begun(self.shuffle), start, None)
        if start and self._rest is not None:
            for batch in self._rest:
                return chain([batch], self._rest), start
        self._rest = self._begun(self.shuffle)
        return self._rest, 0

    def _begun(self, shuffle: np.random.Generator | None = None) -> Iterator[Any]:
        """Return all batches from the first to the last, or those that a generator still has."""
        if not self.by_number:
            return iter(self.source)
        count = len(self.source)
        self._order = list(range(count)) if shuffle is None else shuffle.permutation(count).tolist()
        return (self.source[number] for number in self._order)


def is_stream(x: Any) -> bool:
    """Return whether x is a source of batches, not an array or something like an array."""
    if isinstance(x, Sequence) or hasattr(x, "__next__"):
        return True
    plain = isinstance(x, list | tuple | dict | str | bytes) or hasattr(x, "__array__")
    return hasattr(x, "__iter__") and not plain


def stream_of(
    x: Any, steps: Any, shuffle: np.random.Generator | None = None, **beside: Any
) -> Stream | None:
    """Return x as a stream if it is a source of batches; then `beside` must be empty.

    Raises
    ------
    ValueError
        If x is a source of batches, and something in `beside`, such as y, is given too.
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
    """Return x, y and sample_weight of a batch; None for a missing one."""
    parts = tuple(batch) if isinstance(batch, tuple | list) else (batch,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "a batch must be (x,), (x, y) or (x, y, sample_weight), got "
            f"{type(batch).__name__} of {len(parts)}."
        )
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight
