"""Shapes of arrays that come from outside: compiled loops look at none."""

from __future__ import annotations

from typing import Any


def fitting(array: Any, shape: tuple[int, ...], name: str = "dy", of: str = "of y") -> Any:
    """Return the array after checking its shape.

    Raises
    ------
    ValueError
        If it has another one, or none.
    """
    found = getattr(array, "shape", None)
    if found == shape:
        return array
    got = type(array).__name__ if found is None else f"an array of shape {found}"
    raise ValueError(f"{name} must have the shape {shape}, that {of}, got {got}.")
