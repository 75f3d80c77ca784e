"""Tracing: layers run once on images of which only the shape is known, and every step is recorded.

Layers that are given a `Traced` in place of `FewImages` do not notice.  Their operations compute
nothing; each records a `Step`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.layouts.few_images import FewImages

Function = Callable[[np.ndarray], np.ndarray]


class Step(NamedTuple):
    """The arguments of `FewImages.run`."""

    loop: Any
    shape: tuple[int, ...]
    units: int
    work: int
    weights: tuple[np.ndarray, ...] = ()
    settings: tuple[Any, ...] = ()


class NotTraceableError(Exception):
    """An operation asked for the numbers of traced images."""


class Traced(FewImages):
    """Images of which only shape and dtype are known, and the steps that will make them.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    before : Traced, optional
        The input of the last step; None for the input of all steps.
    step : Step or function of a plain array, optional
        Without one, these are the same numbers as before in another shape.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype,
        before: Traced | None = None,
        step: Step | Function | None = None,
    ) -> None:
        self.shape, self.dtype, self.before, self.step = shape, dtype, before, step

    @property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """Not known.

        Raises
        ------
        NotTraceableError
            Always.
        """
        raise NotTraceableError

    def run(self, *step: Any) -> Traced:
        """Record a loop."""
        return Traced(step[1], self.dtype, self, Step(*step))

    def reshape(self, *shape: int) -> Traced:
        """Record a shape."""
        return Traced(shape, self.dtype, self)

    def apply(self, function: Function, shape: tuple[int, ...]) -> Traced:
        """Record a function of a plain array."""
        return Traced(shape, self.dtype, self, function)


def record(function: Callable[[Any], Any], x: FewImages, shape: tuple[int, ...]) -> FewImages:
    """Return what a function makes of traced images, y of this shape: its steps are recorded.

    If it asks for their numbers, it is recorded as a whole.
    """
    try:
        return function(x)
    except NotTraceableError:
        return record_whole(function, x, shape)


def record_whole(function: Function, x: FewImages, shape: tuple[int, ...]) -> FewImages:
    """Record a function of a plain array as one step."""
    return x.apply(function, shape)
