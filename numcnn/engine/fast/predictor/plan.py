"""The plan of a program: a place in memory for every array, and every step cut in pieces.

All arrays of a network, its weights, its input and everything between the layers, are parts of one
array, the arena.  Their places are known before anything is compiled.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.predictor.trace import Step, Traced
from numcnn.engine.fast.runtime.memory import CACHE_LINE, aligned_zeros

MAX_PIECES = 1 << 10
MIN_PIECE_WORK = 30_000
"""Multiplications in one piece, at least."""


class Place(NamedTuple):
    """The place of an array in the arena: ``arena[start:stop].reshape(shape)``."""

    start: int
    stop: int
    shape: tuple[int, ...]


class Stage(NamedTuple):
    """A step whose arrays have their places; its units are cut in pieces of `size` units."""

    loop: Any
    x: Place
    weights: tuple[Place, ...]
    settings: tuple[Any, ...]
    y: Place
    units: int
    size: int

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return -(-self.units // self.size)


class Plan:
    """The stages from one traced batch to another, and a place for every array.

    Attributes
    ----------
    stages : list of Stage
    x, y : Place
        Of the first batch and of the last.
    work : int
        All multiplications.
    """

    def __init__(self, first: Traced, last: Traced) -> None:
        self.dtype = first.dtype
        self.stages: list[Stage] = []
        self.work = 0
        self._size = 0
        self._weights: list[tuple[Place, np.ndarray]] = []
        self.x = self._allocate(first.shape)
        self.y = self._place(last, first)

    def _place(self, y: Traced, first: Traced) -> Place:
        """Return the place of y, and plan the stages on the way there."""
        if y is first or y.before is None:
            return self.x
        x, step = self._place(y.before, first), y.step
        if not isinstance(step, Step):
            return x._replace(shape=y.shape)
        places = tuple(self._allocate(weight.shape) for weight in step.weights)
        self._weights += zip(places, step.weights, strict=True)
        out = self._allocate(step.shape)
        size = max(1, step.units * MIN_PIECE_WORK // step.work, step.units // MAX_PIECES)
        stage = Stage(step.loop, x, places, step.settings, out, step.units, min(size, step.units))
        self.stages.append(stage)
        self.work += step.work
        return out

    def _allocate(self, shape: tuple[int, ...]) -> Place:
        start, stop = self._size, self._size + math.prod(shape)
        self._size = -(-stop // CACHE_LINE) * CACHE_LINE
        return Place(start, stop, shape)

    def arena(self) -> np.ndarray:
        """Return a new arena: the weights as they are now, and zeros."""
        arena = aligned_zeros(self._size, self.dtype)
        for (start, stop, _), weight in self._weights:
            arena[start:stop] = weight.reshape(-1)
        return arena
