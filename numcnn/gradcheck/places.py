"""Diagnoses of places: the right numbers are all there, but each stands somewhere else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.comparison import Comparison, axis_name

FARTHEST = 3
"""How many cells a shift may be: half a window of 7 x 7, which a padding may forget."""


def transposed(case: Case) -> str | None:
    """Two axes of equal length are swapped."""
    for a, b in equal_axes(case.comparison.name, case.comparison.gradient.shape):
        if case.comparison.proves(case.comparison.gradient.swapaxes(a, b)):
            return f"It is transposed: {case.comparison.axes(a, b)} are swapped."
    return None


def mirrored(case: Case) -> str | None:
    """The order along one or two axes is reversed."""
    comparison = case.comparison
    for axes in reversible(comparison.name, comparison.gradient.shape):
        if comparison.proves(np.flip(comparison.gradient, axes)):
            return f"It is mirrored: the order along {comparison.axes(*axes)} is reversed."
    return None


def shifted(case: Case) -> str | None:
    """Every number stands some rows and columns away from its place."""
    comparison = case.comparison
    moved = (comparison.slopes != 0) | (comparison.given != 0)
    if comparison.gradient.ndim == 1 or comparison.wrong[moved].mean() <= 0.5:
        return None  # a shift moves nearly all numbers
    axes = image_axes(comparison.name, comparison.gradient.ndim)
    shifts = product(range(-FARTHEST, FARTHEST + 1), repeat=len(axes))
    for shift in sorted(shifts, key=lambda steps: sum(map(abs, steps))):
        back = moved_back(comparison.gradient, axes, shift)
        if any(shift) and comparison.proves(back) and _tells_enough(comparison, back):
            return f"It is shifted: each number stands {_distance(comparison, axes, shift)}."
    return None


def equal_axes(name: str, shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield pairs of axes that can be confused, because they are of equal length."""
    for a, b in combinations(range(len(shape)), 2):
        if shape[a] == shape[b] > 1:
            yield a, b


def reversible(name: str, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the axes whose order may be reversed: rows and columns together, or any one."""
    both = image_axes(name, len(shape))
    return [*([both] if len(both) == 2 else []), *((a,) for a, n in enumerate(shape) if n > 1)]


def image_axes(name: str, ndim: int) -> tuple[int, ...]:
    """Return the axes of rows and columns.

    Examples
    --------
    >>> image_axes("x", 4), image_axes("kernel", 4), image_axes("x", 2)
    ((1, 2), (0, 1), (1,))
    """
    if ndim == 4:
        return (1, 2) if axis_name(name, 4, 1) == "row" else (0, 1)
    return (ndim - 1,) if ndim else ()


def moved_back(gradient: np.ndarray, axes: tuple[int, ...], shift: tuple[int, ...]) -> np.ndarray:
    """Return the gradient moved against a shift, with NaN where nothing is known."""
    result = np.full(gradient.shape, np.nan)
    to: list[slice] = [slice(None)] * gradient.ndim
    source = list(to)
    for axis, steps in zip(axes, shift, strict=True):
        length = gradient.shape[axis]
        to[axis] = slice(max(0, -steps), max(0, min(length, length - steps)))
        source[axis] = slice(max(0, steps), max(0, min(length, length + steps)))
    result[tuple(to)] = gradient[tuple(source)]
    return result


def _tells_enough(comparison: Comparison, back: np.ndarray) -> bool:
    """Whether a shift accounts for a good part of the wrong numbers that are not 0."""
    wrong = comparison.wrong & (comparison.slopes != 0)
    told = wrong & np.isfinite(back.reshape(-1)[comparison.places])
    return bool(told.sum() >= max(3, wrong.sum() / 3))


def _distance(comparison: Comparison, axes: tuple[int, ...], shift: tuple[int, ...]) -> str:
    """Return a shift in words.

    Examples
    --------
    >>> nothing = np.zeros(0)
    >>> x = Comparison("x", np.zeros((2, 5, 5, 1)), nothing, nothing, nothing, 0.0)
    >>> _distance(x, (1, 2), (1, -2))
    '1 row after and 2 columns before its place'
    """
    parts = []
    for axis, steps in zip(axes, shift, strict=True):
        name, count = comparison.axis(axis), abs(steps)
        unit = f"cell of {name}" if name.startswith("axis") else name
        plural = unit.replace("cell", "cells") if unit != name else f"{unit}s"
        if steps:
            where = "after" if steps > 0 else "before"
            parts.append(f"{count} {plural if count > 1 else unit} {where}")
    return " and ".join(parts) + " its place"
