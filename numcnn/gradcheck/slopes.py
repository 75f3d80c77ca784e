"""The slope of a function, measured: how much it rises when one number is moved a little.

Central differences, in float64::

    measured = Σ dy · (f(x + h) − f(x − h)) / 2h

with a random dy, so that errors cannot cancel.  Two steps, h and h/2, serve twice.  Together they
give a better slope than either, ``(4·measured(h/2) − measured(h)) / 3`` (Richardson 1911).  And
they tell a wrong gradient from a kink, such as ReLU's at 0 or a near-tie in max pooling: where f
is smooth, the difference of its slopes to the right and to the left shrinks with h; at a kink it
stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numcnn.checks import number, positive_int
from numcnn.gradcheck.report import ArrayCheck

EXPLAINED_BY_A_KINK = 4.0
"""A kink can make slopes disagree by no more than a few times the change of slope across it."""


@dataclass
class Slopes:
    """The slope of ``Σ dy · function()``, a function of arrays that are changed in place."""

    function: Callable[[], np.ndarray]
    dy: np.ndarray
    rng: np.random.Generator
    step: float
    at_most: int

    def __post_init__(self) -> None:
        number(self.step, "step", least=1e-12)
        positive_int(self.at_most, "at_most")
        self.middle = np.array(self.function())

    def check(self, name: str, array: np.ndarray, gradient: np.ndarray) -> ArrayCheck:
        """Compare numbers of an array's gradient with the slopes of the function."""
        if gradient.shape != array.shape:
            raise ValueError(
                f"{name} has shape {array.shape}, but the gradient that backward gives for it has "
                f"shape {gradient.shape}."
            )
        places = np.arange(array.size)
        if array.size > self.at_most:
            places = np.sort(self.rng.choice(array.size, self.at_most, replace=False))
        if not places.size:
            return ArrayCheck(name, 0, 0, 0.0, (), 0.0, 0.0)
        slopes, bends = np.array([self.slope(array, place) for place in places.tolist()]).T
        by_backward = gradient.reshape(-1)[places]

        difference = np.abs(by_backward - slopes)
        scale = max(np.abs(slopes).max(), np.abs(by_backward).max()) or 1.0
        noise = 1e-9 * scale
        at_kink = (difference > noise) & (difference <= EXPLAINED_BY_A_KINK * bends)
        errors = np.where(at_kink, 0, difference / scale)
        worst = int(errors.argmax())
        return ArrayCheck(
            name,
            checked=len(places),
            kinks=int(at_kink.sum()),
            error=float(errors[worst]),
            index=tuple(int(i) for i in np.unravel_index(places[worst], array.shape)),
            by_backward=float(by_backward[worst]),
            measured=float(slopes[worst]),
        )

    def slope(self, array: np.ndarray, place: int) -> tuple[float, float]:
        """Return the slope with one number of the array, and how much of its change is a kink."""
        h = self.step
        right, left = self.rise(array, place, h) / h, self.rise(array, place, -h) / -h
        h = self.step / 2
        right_near, left_near = self.rise(array, place, h) / h, self.rise(array, place, -h) / -h
        slope = (4 * (right_near + left_near) - (right + left)) / 6
        # A curve's slopes to the right and to the left differ in proportion to h: what is left over
        # when half of the difference at h is taken from the one at h/2 comes from a kink.
        bend = abs((right_near - left_near) - (right - left) / 2)
        return slope, bend

    def rise(self, array: np.ndarray, place: int, step: float) -> float:
        """Return by how much the function rises if one number is moved by a step."""
        index = np.unravel_index(place, array.shape)
        here = array[index]
        array[index] = here + step
        rise = ((self.function() - self.middle) * self.dy).sum()
        array[index] = here
        return float(rise)
