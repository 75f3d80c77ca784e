"""Data on the way into a model: checked as a whole once, then cut into batches."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import Shape, numeric_array, positive_int


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
    """A data set cut into batches; every iteration is one pass over it.

    Parameters
    ----------
    data : Samples
    batch_size : int
        The last batch may be smaller.
    steps : int, optional
        At most so many batches a pass.
    shuffle : numpy.random.Generator, optional
        If given, each pass goes in a new random order.
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
        self.steps = math.ceil(len(data.x) / batch_size)
        if steps is not None:
            self.steps = min(self.steps, positive_int(steps, "steps"))
        self.shuffle = shuffle

    def __len__(self) -> int:
        return self.steps

    @property
    def samples(self) -> int:
        """How many samples a pass takes."""
        return min(self.steps * self.batch_size, len(self.data.x))

    def __iter__(self) -> Iterator[Samples]:
        order = None if self.shuffle is None else self.shuffle.permutation(len(self.data.x))
        for step in range(self.steps):
            rows: Any = slice(step * self.batch_size, (step + 1) * self.batch_size)
            yield self.data.rows(rows if order is None else order[rows])


def checked_samples(x: Any, input_shape: Shape | None, name: str = "x") -> np.ndarray:
    """Return x as an array of samples for a model that takes `input_shape`, ``(None, …)``.

    Raises
    ------
    TypeError
        If x does not hold numbers.
    ValueError
        If x holds no sample, or samples of another shape.
    """
    samples = numeric_array(x, name)
    if samples.ndim == 0 or len(samples) == 0:
        raise ValueError(f"{name} must hold at least one sample, got shape {samples.shape}.")
    if input_shape is not None and samples.shape[1:] != input_shape[1:]:
        raise ValueError(
            f"the model takes {name} of shape {input_shape}, where None is any number of samples, "
            f"but got {samples.shape}{_remedy(samples.shape, input_shape[1:], name)}."
        )
    return samples


def _remedy(shape: tuple[int, ...], wanted: tuple[Any, ...], name: str) -> str:
    """Return what probably turns `shape` into samples of the shape `wanted`, if anything does."""
    if (*shape[1:], 1) == wanted:
        return f": add the channel axis, {name}[..., np.newaxis]"
    if shape == wanted:
        return f": one sample needs a batch axis too, {name}[np.newaxis]"
    if len(wanted) == 3 and shape[1:] == (wanted[2], wanted[0], wanted[1]):
        return f": channels come last, {name}.transpose(0, 2, 3, 1)"
    if math.prod(shape[1:]) == math.prod(wanted):
        return f": reshape it, {name}.reshape(-1, {', '.join(map(str, wanted))})"
    return ""


def checked_for_training(x: np.ndarray, name: str = "x", rescaled: bool = False) -> None:
    """Refuse samples that no training can use, and warn of those that it can hardly use.

    With `rescaled` the model itself brings pixels from 0 to 255 to a size to learn from.
    """
    if x.dtype.kind == "f" and not np.isfinite(x.sum(dtype=np.float64)):
        row = int((~np.isfinite(x)).reshape(len(x), -1).any(axis=1).argmax())
        raise ValueError(
            f"{name} holds NaN or infinite numbers, for the first time in sample {row}: "
            "leave such samples out, or repair them with np.nan_to_num."
        )
    lowest, highest = x.min(), x.max()
    if not rescaled and x.ndim == 4 and lowest >= 0 and 16 < highest <= 255:
        warnings.warn(
            f"the pixels of {name} go up to {highest:g}; a network learns better from pixels "
            f"between 0 and 1: use {name} / 255.0.",
            stacklevel=3,
        )


def same_length(x: np.ndarray, other: np.ndarray, name: str, other_name: str) -> None:
    """Refuse labels or weights that are not one a sample."""
    if other.ndim == 0 or len(other) != len(x):
        raise ValueError(
            f"{name} has {len(x)} samples, so {other_name} needs {len(x)} rows, but its shape is "
            f"{other.shape}."
        )


def checked_weights(
    y: np.ndarray, sample_weight: Any, class_weight: Any, classes: int
) -> np.ndarray | None:
    """Return how much each sample counts ``(N,)``, or None if all count the same.

    Parameters
    ----------
    y : numpy.ndarray
        Checked labels, ``(N,)`` class numbers or ``(N, classes)``.
    sample_weight : array_like or None
        ``(N,)``, 0 or more.
    class_weight : dict of int to float, or None
        The weight of each class; 1 for a class that is not there.
    classes : int
        The number of classes.
    """
    if sample_weight is not None and class_weight is not None:
        raise ValueError("give sample_weight or class_weight, not both.")
    if sample_weight is not None:
        weight = numeric_array(sample_weight, "sample_weight").astype(np.float64)
        if weight.shape != (len(y),):
            raise ValueError(f"sample_weight must have shape ({len(y)},), got {weight.shape}.")
    elif class_weight is not None:
        if not isinstance(class_weight, dict):
            raise TypeError(
                f"class_weight must be a dict, such as {{0: 2.0}}, got {class_weight!r}."
            )
        unknown = [label for label in class_weight if label not in range(classes)]
        if unknown:
            raise ValueError(
                f"class_weight names the class {unknown[0]!r}, but there are {classes} classes, "
                f"0 to {classes - 1}."
            )
        table = np.ones(classes)
        for label, value in class_weight.items():
            table[label] = value
        weight = table[y.argmax(axis=1) if y.ndim == 2 else y]
    else:
        return None
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("weights must be finite and 0 or more.")
    return weight


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
