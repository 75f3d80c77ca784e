"""A wrong gradient with all that can be asked about it: what a diagnosis is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numcnn.gradcheck.comparison import Comparison
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import Trial

FEW = 24
"""At how many wrong numbers experiments are made, and at how many right ones."""


@dataclass(frozen=True)
class Case:
    """A wrong gradient, the trial that it comes from, and the slopes of the trial.

    A diagnosis is a function of a case.  It returns a sentence if numbers prove it, otherwise None.

    Attributes
    ----------
    comparison : Comparison
    trial : Trial
    slopes : Slopes
    """

    comparison: Comparison
    trial: Trial
    slopes: Slopes

    @property
    def array(self) -> np.ndarray:
        """The array that the gradient is of."""
        return self.trial.arrays[self.comparison.name]

    @cached_property
    def sample(self) -> np.ndarray:
        """Some wrong and some right numbers of the comparison, for experiments."""
        return np.concatenate([self.some_places(FEW), self.some_places(FEW, wrong=False)])

    @cached_property
    def shares(self) -> list[np.ndarray]:
        """The share of every output number in each slope of the sample."""
        places = self.comparison.places[self.sample].tolist()
        return [self.slopes.shares(self.array, place) for place in places]

    def some_places(self, at_most: int, wrong: bool = True) -> np.ndarray:
        """Return smooth places of the comparison, all wrong or all right, from all over it.

        A right number proves something only if it is not 0.
        """
        c = self.comparison
        places = np.flatnonzero(c.smooth & (c.wrong if wrong else ~c.wrong & (c.slopes != 0)))
        return places[:: max(1, -(-len(places) // at_most))]
