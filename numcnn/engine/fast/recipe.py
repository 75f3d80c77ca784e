"""What is to be done to images that are still to come.

Layers that are given `ToCome` instead of a `Few` do not notice it.  Their operations compute
nothing, but note down each `Step`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.few import Few


class Step(NamedTuple):
    """What `Few.then` was told."""

    loop: Any
    shape: tuple[int, ...]
    units: int
    work: int
    weights: tuple[np.ndarray, ...] = ()
    settings: tuple[Any, ...] = ()


class StillToComeError(Exception):
    """Somebody asked for the numbers of images to come."""


class ToCome(Few):
    """Images of which only shape and dtype are known, and the steps that will make them.

    Parameters
    ----------
    before : ToCome, optional
        What the last step begins with; None for those that all begins with.
    step : Step or function of a plain array, optional
        Without one, these are the same numbers as before in another shape.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype,
        before: ToCome | None = None,
        step: Step | Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.shape, self.dtype, self.before, self.step = shape, dtype, before, step

    @property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """Not known.

        Raises
        ------
        StillToComeError
            Always.
        """
        raise StillToComeError

    def then(self, *step: Any) -> ToCome:
        """Note the step down."""
        return ToCome(step[1], self.dtype, self, Step(*step))

    def reshape(self, *shape: int) -> ToCome:
        """Note the shape down."""
        return ToCome(shape, self.dtype, self)

    def by(self, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> ToCome:
        """Note the function down."""
        return ToCome(shape, self.dtype, self, function)
