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
from numcnn.gradcheck.comparison import Comparison


@dataclass
class Slopes:
    """The slope of ``Σ dy · function()``, a function of arrays that are changed in place."""

    function: Callable[[], np.ndarray]
    dy: np.ndarray
    rng: np.random.Generator
    step: float
    at_most: int

    def __post_init__(self) -> None:
        number(self.step, "step", minimum=1e-12)
        positive_int(self.at_most, "at_most")
        self.middle = np.array(self.function())

    def compare(
        self, name: str, array: np.ndarray, gradient: np.ndarray, tolerance: float
    ) -> Comparison:
        """Compare numbers of an array's gradient with the slopes of the function."""
        places = np.arange(array.size)
        if array.size > self.at_most:
            places = np.sort(self.rng.choice(array.size, self.at_most, replace=False))
        measured = self.measure(array, places)
        return Comparison(name, gradient, places, *measured, tolerance, self._noise)

    def measure(self, array: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slopes at some places of an array, and how much of each may be a kink."""
        pairs = [self.slope(array, place) for place in places.tolist()]
        slopes, bends = np.array(pairs, np.float64).reshape(-1, 2).T
        return slopes, bends

    def slope(self, array: np.ndarray, place: int) -> tuple[float, float]:
        """Return the slope with one number of the array, and how much of its change is a kink."""
        right, left, right_near, left_near = (
            float((self.moved(array, place, h) * self.dy).sum()) / h for h in self._steps()
        )
        slope = (4 * (right_near + left_near) - (right + left)) / 6
        # A curve's slopes to the right and to the left differ in proportion to h: what is left over
        # when half of the difference at h is taken from the one at h/2 comes from a kink.
        bend = abs((right_near - left_near) - (right - left) / 2)
        return slope, bend

    def shares(self, array: np.ndarray, place: int) -> np.ndarray:
        """Return the share of each output number in the slope; the slope is their sum."""
        right, left, right_near, left_near = (
            self.moved(array, place, h) / h for h in self._steps()
        )
        return (4 * (right_near + left_near) - (right + left)) / 6 * self.dy

    @property
    def _noise(self) -> float:
        """What rounding in the function can make of a slope of 0, with a margin of a hundred."""
        return (
            100 * np.finfo(np.float64).eps * float(np.abs(self.middle * self.dy).sum()) / self.step
        )

    def _steps(self) -> tuple[float, float, float, float]:
        return self.step, -self.step, self.step / 2, -self.step / 2

    def moved(self, array: np.ndarray, place: int, step: float) -> np.ndarray:
        """Return how much each output number changes if one number is moved by a step."""
        index = np.unravel_index(place, array.shape)
        here = array[index]
        array[index] = here + step
        change = self.function() - self.middle
        array[index] = here
        return change
