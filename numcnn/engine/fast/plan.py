"""A recipe made ready to be compiled: every array gets a place, every step is cut in pieces.

All arrays of a network, its weights, its input and what is between the layers, are parts of one
array, the desk.  Where they are is known before anything is compiled.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.memory import CACHE_LINE, aligned_zeros
from numcnn.engine.fast.recipe import Step, ToCome

MOST_PIECES = 1 << 10
PIECE = 30_000
"""Multiplications, at least, of one piece."""


class Place(NamedTuple):
    """Where on the desk an array is: ``desk[start:stop].reshape(shape)``."""

    start: int
    stop: int
    shape: tuple[int, ...]


class Stage(NamedTuple):
    """A step with its arrays in their places, cut in pieces of so many units."""

    loop: Any
    x: Place
    weights: tuple[Place, ...]
    settings: tuple[Any, ...]
    y: Place
    units: int
    size: int

    @property
    def pieces(self) -> int:
        """How many pieces that makes."""
        return -(-self.units // self.size)


class Plan:
    """The stages that lead from images to come to others, and a place on the desk for every array.

    Attributes
    ----------
    stages : list of Stage
    x, y : Place
        Of the first and of the last.
    work : int
        All multiplications.
    """

    def __init__(self, first: ToCome, last: ToCome) -> None:
        self.dtype = first.dtype
        self.stages: list[Stage] = []
        self.work = 0
        self._size = 0
        self._weights: list[tuple[Place, np.ndarray]] = []
        self.x = self._room(first.shape)
        self.y = self._place(last, first)

    def _place(self, y: ToCome, first: ToCome) -> Place:
        """Return where the numbers of y will be, and plan the stages on the way there."""
        if y is first or y.before is None:
            return self.x
        x, step = self._place(y.before, first), y.step
        if not isinstance(step, Step):
            return x._replace(shape=y.shape)
        places = tuple(self._room(weight.shape) for weight in step.weights)
        self._weights += zip(places, step.weights, strict=True)
        out = self._room(step.shape)
        size = max(1, step.units * PIECE // step.work, step.units // MOST_PIECES)
        stage = Stage(step.loop, x, places, step.settings, out, step.units, min(size, step.units))
        self.stages.append(stage)
        self.work += step.work
        return out

    def _room(self, shape: tuple[int, ...]) -> Place:
        start, stop = self._size, self._size + math.prod(shape)
        self._size = -(-stop // CACHE_LINE) * CACHE_LINE
        return Place(start, stop, shape)

    def numbers(self) -> np.ndarray:
        """Return what lies on a desk: the weights as they are now, and zeros."""
        numbers = aligned_zeros(self._size, self.dtype)
        for (start, stop, _), weight in self._weights:
            numbers[start:stop] = weight.reshape(-1)
        return numbers
