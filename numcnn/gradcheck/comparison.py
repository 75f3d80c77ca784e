"""A gradient beside the right numbers: which of them are wrong, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numcnn.gradcheck.report import ArrayCheck

EXPLAINED_BY_A_KINK = 4.0
"""A kink can make slopes disagree by no more than a few times the change of slope across it."""

EXACT = 1e-9
"""The relative error of a measured slope; no smaller difference is taken seriously."""

FIRST = 3
"""How many of the wrong places are written out."""

AXES = {
    "kernel": {2: ("input", "unit"), 4: ("window row", "window column", "channel", "filter")},
    "": {2: ("sample", "number"), 4: ("sample", "row", "column", "channel")},
}
"""The names of axes: of a kernel, and of a batch."""


@dataclass(frozen=True)
class Comparison:
    """The gradient of an array, and the right numbers at some of its places.

    Attributes
    ----------
    name : str
    gradient : numpy.ndarray
        All of it, as `backward` returned it.
    places : numpy.ndarray
        Flat indices of the compared numbers.
    slopes, bends : numpy.ndarray
        The right numbers there, and how much of each may be due to a kink.
    tolerance : float
    noise : float
        If no number is larger, all are zero up to rounding, such as the gradient of a bias before a
        BatchNormalization.
    """

    name: str
    gradient: np.ndarray
    places: np.ndarray
    slopes: np.ndarray
    bends: np.ndarray
    tolerance: float
    noise: float = 0.0

    @cached_property
    def given(self) -> np.ndarray:
        """The gradient at the compared places."""
        return self.gradient.reshape(-1)[self.places]

    @cached_property
    def difference(self) -> np.ndarray:
        """The distance of the gradient from the right numbers."""
        return np.abs(self.given - self.slopes)

    @cached_property
    def scale(self) -> float:
        """The largest number of both, to which errors are relative; infinite for rounded zeros."""
        both = np.abs([*self.slopes, *self.given])
        largest = float(both[np.isfinite(both)].max(initial=0))
        return largest if largest > self.noise else np.inf

    @cached_property
    def at_kink(self) -> np.ndarray:
        """Which differences a kink explains."""
        explained = self.difference <= EXPLAINED_BY_A_KINK * self.bends
        return (self.difference > EXACT * self.scale) & explained

    @cached_property
    def errors(self) -> np.ndarray:
        """The relative errors; NaN where the gradient is NaN."""
        return np.where(self.at_kink, 0, self.difference / self.scale)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which numbers are wrong; a NaN is."""
        return ~(self.errors <= self.tolerance)

    @cached_property
    def smooth(self) -> np.ndarray:
        """Which places have no kink near them, so that their slopes can prove something."""
        return EXPLAINED_BY_A_KINK * self.bends <= self._limit

    @property
    def _limit(self) -> float:
        """The largest distance of a hypothesis from the slopes."""
        return max(self.tolerance, EXACT) * float(np.abs(self.slopes).max(initial=0))

    def proves(self, hypothesis: np.ndarray) -> bool:
        """Whether numbers like these explain the mistake.

        They must be equal to the slopes at all smooth places, at least one wrong number among
        them.  NaN stands where the hypothesis says nothing.
        """
        values = hypothesis.reshape(-1)
        values = values[self.places] if values.size == self.gradient.size else values
        said = self.smooth & np.isfinite(values)
        equal = np.abs(values[said] - self.slopes[said]) <= self._limit
        return bool(equal.all() and (said & self.wrong).any())

    def is_predicted(self, numbers: np.ndarray, values: np.ndarray) -> bool:
        """Whether the gradient has these values at some of the compared places, wrong ones too."""
        equal = np.abs(self.given[numbers] - values) <= self._limit
        return bool(equal.all() and self.wrong[numbers].any())

    def summary(self) -> ArrayCheck:
        """Return the comparison in a few numbers and words."""
        if not self.places.size:
            return ArrayCheck(self.name, 0, 0, 0.0, (), 0.0, 0.0)
        worst = int(self.errors.argmax())
        return ArrayCheck(
            self.name,
            checked=len(self.places),
            kinks=int(self.at_kink.sum()),
            error=float(self.errors[worst]),
            index=self.index(worst),
            by_backward=float(self.given[worst]),
            measured=float(self.slopes[worst]),
            wrong=int(self.wrong.sum()),
            where=where(self) if self.wrong.any() else "",
        )

    def index(self, number: int) -> tuple[int, ...]:
        """Return the index, axis by axis, of a compared number."""
        return tuple(int(i) for i in np.unravel_index(self.places[number], self.gradient.shape))

    def axis(self, axis: int) -> str:
        """Return the name of an axis."""
        return axis_name(self.name, self.gradient.ndim, axis)

    def axes(self, *axes: int) -> str:
        """Return the names and numbers of axes."""
        return axes_named(self.name, self.gradient.ndim, axes)


def axis_name(array: str, ndim: int, axis: int) -> str:
    """Return the name of an axis, such as "row"; "axis 1" where it has none.

    Examples
    --------
    >>> axis_name("x", 4, 1), axis_name("conv2d.kernel", 4, 1), axis_name("W", 2, 1)
    ('row', 'window column', 'axis 1')
    """
    last = array.rpartition(".")[2]
    kind = "" if last in ("x", "y", "y_pred") else last
    names = AXES.get(kind, {}).get(ndim)
    return names[axis] if names else f"axis {axis}"


def axes_named(array: str, ndim: int, axes: tuple[int, ...]) -> str:
    """Return axes by their names and numbers.

    Examples
    --------
    >>> axes_named("x", 4, (1, 2)), axes_named("W", 2, (0, 1)), axes_named("x", 2, (1,))
    ('row and column (axes 1 and 2)', 'axes 0 and 1', 'number (axis 1)')
    """
    plural = "axes" if len(axes) > 1 else "axis"
    numbers = f"{plural} {' and '.join(map(str, axes))}"
    names = [axis_name(array, ndim, axis) for axis in axes]
    return numbers if names[0].startswith("axis") else f"{' and '.join(names)} ({numbers})"


def where(comparison: Comparison, verb: str = "are wrong") -> str:
    """Say how many of how many numbers are wrong, and what their places have in common."""
    wrong = np.flatnonzero(comparison.wrong)
    total = len(comparison.places)
    text = f"{len(wrong)} of {total} numbers of {comparison.name} {verb}"
    if len(wrong) == total:
        return text
    common = _common(comparison) if len(wrong) > FIRST else ""
    first = ", ".join(str(list(comparison.index(n))) for n in wrong[:FIRST].tolist())
    first += ", ..." if len(wrong) > FIRST else ""
    return f"{text}{common}: {first}"


def _common(comparison: Comparison) -> str:
    """Return what the wrong numbers, and no others, have in common: an index, or a border."""
    shape = comparison.gradient.shape
    indices = np.array(np.unravel_index(comparison.places, shape))
    wrong = comparison.wrong
    right = ~wrong & (comparison.slopes != 0)
    for axis, length in enumerate(shape):
        at = indices[axis, wrong]
        if length > 1 and (at == at[0]).all() and not (indices[axis, right] == at[0]).any():
            return f", exactly those of {comparison.axis(axis)} {at[0]}"
    if len(shape) != 4 or comparison.axis(1) != "row":
        return ""
    border, names = np.zeros_like(wrong), []
    for axis in (1, 2):
        for side, place in (("first", indices[axis]), ("last", shape[axis] - 1 - indices[axis])):
            width = int(place[right].min(initial=shape[axis]))  # no right number is nearer
            if wrong[place < width].any():
                border |= place < width
                plural = f"{width} {comparison.axis(axis)}s" if width > 1 else comparison.axis(axis)
                names.append(f"the {side} {plural}")
    return f", exactly those of {' and '.join(names)}" if border[wrong].all() else ""
