"""Dataset: elements that are changed, shuffled and joined to batches on their way to `fit`.

Programs for Keras make them with ``tf.data``; the names of the methods are those of TensorFlow.
Every element is made when it is needed.  An element is an array, or a tuple or dict of arrays.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count, islice, repeat
from operator import itemgetter
from typing import Any

import numpy as np

from numcnn.checks import flag, positive_int, shown
from numcnn.randomness import generator
from numcnn.results import Result

AUTOTUNE = -1
"""TensorFlow's number for "as many as are good"; nothing is done in parallel here."""
INFINITE, UNKNOWN = -1, -2
"""Lengths that are no numbers, as `Dataset.cardinality` returns them."""

Element = Any


class Transforming:
    """The methods that make a new dataset of one that can be iterated and knows its length."""

    def __iter__(self) -> Iterator[Element]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def cardinality(self) -> int:
        """Return the number of elements; -1 if they never end, -2 if it is unknown."""
        return len(self)

    def map(self, function: Callable[..., Element], *how: Any, **options: Any) -> Dataset:
        """Return ``function(element)`` of each; a tuple is handed over as several arguments."""
        need_function(function, "map")
        return Dataset(lambda: (given_to(function, one) for one in self), self.cardinality())

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Return the elements for which ``predicate(element)`` is true."""
        need_function(predicate, "filter")
        return Dataset(lambda: (one for one in self if given_to(predicate, one)), UNKNOWN)

    def batch(self, batch_size: int, drop_remainder: bool = False, **options: Any) -> Dataset:
        """Return batches: the elements' arrays ``(…)`` become arrays ``(batch_size, …)``."""
        size, whole = positive_int(batch_size, "batch_size"), flag(drop_remainder, "drop_remainder")

        def batches() -> Iterator[Element]:
            elements = iter(self)
            while some := list(islice(elements, size)):
                if len(some) == size or not whole:
                    yield stacked(some)

        n = self.cardinality()
        return Dataset(batches, n if n < 0 else n // size if whole else -(-n // size))

    def unbatch(self) -> Dataset:
        """Return the rows of the elements, one by one."""
        return Dataset(lambda: (row for one in self for row in rows_of(one)), UNKNOWN)

    def shuffle(
        self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True
    ) -> Dataset:
        """Return the elements in random order: each is drawn from the next `buffer_size`."""
        size, again = positive_int(buffer_size, "buffer_size"), reshuffle_each_iteration
        rng = generator(seed)
        start = rng.bit_generator.state

        def shuffled() -> Iterator[Element]:
            if not again:
                rng.bit_generator.state = start
            elements = iter(self)
            waiting = list(islice(elements, size))
            for one in elements:
                place = int(rng.integers(len(waiting)))
                yield waiting[place]
                waiting[place] = one
            yield from (waiting[place] for place in rng.permutation(len(waiting)))

        return Dataset(shuffled, self.cardinality())

    def repeat(self, count: int | None = None) -> Dataset:
        """Return all elements `count` times, or without end."""
        count = None if count is None else positive_int(count, "count", minimum=-sys.maxsize)
        endless = count is None or count < 0
        passes: Any = (None,) if endless else (None, count)
        n = self.cardinality()
        length = INFINITE if endless else n if n < 0 else n * (count or 0)
        return Dataset(lambda: (one for _ in repeat(*passes) for one in self), length)

    def take(self, count: int) -> Dataset:
        """Return the first elements."""
        n, most = self.cardinality(), positive_int(count, "count", minimum=0)
        length = most if n == INFINITE else n if n < 0 else min(n, most)
        return Dataset(lambda: islice(iter(self), most), length)

    def skip(self, count: int) -> Dataset:
        """Return the elements without the first ones."""
        n, first = self.cardinality(), positive_int(count, "count", minimum=0)
        return Dataset(lambda: islice(iter(self), first, None), n if n < 0 else max(n - first, 0))

    def enumerate(self, start: int = 0) -> Dataset:
        """Return pairs of a number and an element."""
        first = positive_int(start, "start", minimum=-sys.maxsize)
        return Dataset(lambda: zip(count(first), self, strict=False), self.cardinality())

    def concatenate(self, dataset: Any) -> Dataset:
        """Return the elements of this dataset, then those of the other."""
        need_datasets([dataset], "concatenate")
        n, m = self.cardinality(), dataset.cardinality()
        length = INFINITE if INFINITE in (n, m) else UNKNOWN if UNKNOWN in (n, m) else n + m
        return Dataset(lambda: (one for some in (self, dataset) for one in some), length)

    def cache(self, *arguments: Any, **options: Any) -> Any:
        """Return the dataset itself: nothing is kept, and nothing is made ahead."""
        return self

    prefetch = with_options = cache

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return the elements as plain arrays."""
        return (each(np.asarray, one) for one in self)


class Dataset(Transforming):
    """Elements that a function makes anew in each pass.

    Parameters
    ----------
    make : callable
        ``make()`` returns an iterator of the elements.
    length : int
        Their number, `INFINITE` or `UNKNOWN`.

    Examples
    --------
    >>> x, y = np.arange(5), np.array([0, 1, 0, 1, 0])
    >>> for pair in Dataset.from_tensor_slices((x, y)).map(lambda x, y: (x * 10, y)).batch(2):
    ...     print(pair)
    (array([ 0, 10]), array([0, 1]))
    (array([20, 30]), array([0, 1]))
    (array([40]), array([0]))
    """

    def __init__(self, make: Callable[[], Iterator[Element]], length: int = UNKNOWN) -> None:
        self._make, self._length = make, length

    def __iter__(self) -> Iterator[Element]:
        return (each(viewed, one) for one in self._make())

    def __len__(self) -> int:
        if self._length == INFINITE:
            raise ValueError(
                "this dataset repeats without end: give fit steps_per_epoch, or repeat(count)."
            )
        if self._length == UNKNOWN:
            raise TypeError("the length of this dataset is unknown.")
        return self._length

    def cardinality(self) -> int:
        """Return the number of elements; -1 if they never end, -2 if it is unknown."""
        return self._length

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Dataset:
        """Return the rows of arrays: of one, or of a tuple or dict of equal lengths."""
        arrays = each(np.asarray, tensors)
        lengths = {np.shape(array)[:1] for array in parts_of(arrays)}
        if len(lengths) != 1 or () in lengths:
            raise ValueError(f"arrays with equally many rows are needed, got {shown(tensors)}.")
        return cls(lambda: rows_of(arrays), lengths.pop()[0])

    @classmethod
    def from_generator(
        cls, generator: Callable[..., Any], *described: Any, args: Any = (), **options: Any
    ) -> Dataset:
        """Return what ``generator(*args)`` yields."""
        need_function(generator, "from_generator")
        return cls(lambda: iter(generator(*args)))

    @classmethod
    def range(cls, *limits: int) -> Dataset:
        """Return whole numbers, as Python's range."""
        numbers = range(*(positive_int(one, "a limit of range", -sys.maxsize) for one in limits))
        return cls(lambda: iter(map(np.int64, numbers)), len(numbers))

    @classmethod
    def zip(cls, *datasets: Any) -> Dataset:
        """Return tuples of an element of each; the shortest dataset ends it."""
        alone = len(datasets) == 1 and isinstance(datasets[0], tuple | list)
        several = datasets[0] if alone else datasets
        need_datasets(several, "zip")
        lengths = [one.cardinality() for one in several]
        finite = [n for n in lengths if n >= 0]
        length = UNKNOWN if UNKNOWN in lengths else min(finite, default=INFINITE)
        return cls(lambda: zip(*several, strict=False), length)


def need_function(given: Any, method: str) -> None:
    """Refuse what cannot be called, before the first element is made."""
    if not callable(given):
        raise TypeError(f"{method} needs a function, got {shown(given)}.")


def need_datasets(given: Any, method: str) -> None:
    """Refuse what is no dataset."""
    for one in given:
        if not hasattr(one, "cardinality"):
            raise TypeError(
                f"{method} needs datasets, got {shown(one)}: for arrays, use "
                "Dataset.from_tensor_slices(x)."
            )


def each(function: Callable[[Any], Any], element: Element) -> Element:
    """Return an element with a function applied to every array in it."""
    if isinstance(element, tuple | list):
        return tuple(each(function, one) for one in element)
    if isinstance(element, dict):
        return {name: each(function, one) for name, one in element.items()}
    return None if element is None else function(element)


def viewed(x: Any) -> Any:
    """Return an array that also has ``.numpy()``; what is no number stays as it is."""
    array = np.asarray(x)
    return array.view(Result) if array.dtype.kind in "biuf" else x


def parts_of(element: Element) -> list[Any]:
    """Return the arrays in an element."""
    found: list[Any] = []
    each(found.append, element)
    return found


def given_to(function: Callable[..., Any], element: Element) -> Any:
    """Return the function of an element; a tuple is several arguments."""
    return function(*element) if isinstance(element, tuple) else function(element)


def rows_of(element: Element) -> Iterator[Element]:
    """Yield the rows of an element's arrays."""
    for row in range(len(parts_of(element)[0])):
        yield each(itemgetter(row), element)


def stacked(elements: list[Element]) -> Element:
    """Return elements of one form as one, whose arrays have one more axis."""
    first = elements[0]
    if isinstance(first, tuple):
        return tuple(stacked([one[k] for one in elements]) for k in range(len(first)))
    if isinstance(first, dict):
        return {name: stacked([one[name] for one in elements]) for name in first}
    return np.stack([np.asarray(one) for one in elements])
