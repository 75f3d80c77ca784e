"""Cache: what a forward function of this engine keeps for its backward function."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


class Cache(tuple):
    """The values for a backward function of this engine; only this engine can read them.

    Parameters
    ----------
    values : iterable
    y_shape : tuple of int
        The shape of the result, which is that of its gradient.
    """

    engine = sys.modules[__package__]
    y_shape: tuple[int, ...]

    def __new__(cls, values: Iterable[Any], y_shape: tuple[int, ...] = ()) -> Cache:
        """Make a tuple of the values."""
        made = super().__new__(cls, values)
        made.y_shape = y_shape
        return made

    def fitting(self, dy: Any) -> Any:
        """Return the gradient dy after checking its shape: compiled loops look at no shape.

        Raises
        ------
        ValueError
            If its shape is not that of y.
        """
        return fitting(dy, self.y_shape, "dy", "of y")


def fitting(array: Any, shape: tuple[int, ...], name: str, of: str) -> Any:
    """Return the array after checking its shape."""
    if getattr(array, "shape", None) != shape:
        found = getattr(array, "shape", None)
        got = f"an array of shape {found}" if found is not None else type(array).__name__
        raise ValueError(f"{name} must have the shape {shape}, that {of}, got {got}.")
    return array
