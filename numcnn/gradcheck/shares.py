"""Diagnoses of sums: a gradient is the sum of the shares of all outputs, and some are missing.

A share is measured output by output (`Slopes.shares`), so that a partial sum can be compared with
the number that `backward` gives.
"""

from __future__ import annotations

import numpy as np

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.comparison import axis_name

FEW = 3
"""Fewer wrong pixels may be those of several windows by chance."""

NOTHING = 1e-9
"""A share below this part of the largest one is none."""

FAR = 1000.0
"""How many times the largest number is very large."""

ORDERS: dict[int, list[tuple[int, ...]]] = {
    4: [(1, 2), (0,), (0, 1, 2), (1,), (2,), (3,)],
    2: [(0,), (1,), (0, 1)],
    1: [(0,)],
}
"""The axes of y, by its number of axes, that a loop of `backward` may go over."""


def one_share(case: Case) -> str | None:
    """The share of one sample, one window or one unit stands where the sum of all should."""
    numbers, wrong = case.sample, case.comparison.wrong[case.sample]
    for axes in ORDERS.get(case.slopes.dy.ndim, []):
        rows = [_along(one, axes) for one in case.shares]
        if _is_batch(case):  # the last window that reaches a pixel is the last to set it
            rows = [row[here] for row, here in zip(rows, _reach(case, axes), strict=True)]
            summands = np.array([row.size for row in rows])
        else:
            summands = np.array([_summands(row) for row in rows])
        for end, which in ((-1, "last"), (0, "first")):
            values = np.array([row[end] if row.size else 0.0 for row in rows])
            if (summands[wrong] > 1).all() and case.comparison.is_predicted(numbers, values):
                return _only(case, axes, which)
    return None


def end_forgotten(case: Case) -> str | None:
    """The shares of the first or the last row, column, channel or sample of y are missing."""
    numbers, shares = case.sample, case.shares
    for axis, length in enumerate(case.slopes.dy.shape):
        for end, which in ((-1, "last"), (0, "first")):
            rest = np.array([one.sum() - one.take(end, axis).sum() for one in shares])
            if length > 1 and case.comparison.is_predicted(numbers, rest):
                name = axis_name("y", case.slopes.dy.ndim, axis)
                early = "ends one too early" if end else "begins one too late"
                return f"The share of the {which} {name} of y is missing, as if a loop {early}."
    return None


def overlaps(case: Case) -> str | None:
    """Exactly the pixels are wrong whose gradient is a sum over several windows."""
    if case.slopes.dy.ndim != 4 or not _is_batch(case):
        return None
    wrong = case.comparison.wrong[case.sample]
    several = np.array([_summands(_along(one, (1, 2))) > 1 for one in case.shares])
    if wrong.sum() < FEW or not (several == wrong).all() or several.all():
        return None
    return (
        "Exactly the pixels that several windows cover are wrong: all that one window covers are "
        "right. Shares of overlapping windows have to be added with `+=`; are they set with `=`?"
    )


def _is_batch(case: Case) -> bool:
    """Whether the array is a batch, so that each of its numbers matters to some outputs only."""
    return case.comparison.name in ("x", "y_pred")


def _reach(case: Case, axes: tuple[int, ...]) -> list[np.ndarray]:
    """Return which outputs, along some axes, change if a number of the array becomes very large.

    A slope would not do: it is 0 for a window whose maximum is another pixel.
    """
    far = FAR * (1 + float(np.abs(case.array).max()))
    reached = []
    for place in case.comparison.places[case.sample].tolist():
        up, down = (case.slopes.moved(case.array, place, step) for step in (far, -far))
        reached.append(_along(np.abs(up) + np.abs(down), axes) > 0)
    return reached


def _along(shares: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the shares summed over all other axes, in the order of a loop over these."""
    others = tuple(axis for axis in range(shares.ndim) if axis not in axes)
    return shares.sum(axis=others).reshape(-1)


def _summands(shares: np.ndarray) -> int:
    """Return how many shares there are that are not nothing."""
    sizes = np.abs(shares)
    return int((sizes > NOTHING * sizes.max(initial=0)).sum())


def _only(case: Case, axes: tuple[int, ...], which: str) -> str:
    """Say whose share is alone there."""
    if _is_batch(case) and case.slopes.dy.ndim == 4 and axes == (1, 2):
        return (
            f"Where windows overlap, only the share of the {which} window is there: it is set with "
            "`=`, but shares have to be added with `+=`."
        )
    names = (axis_name("y", case.slopes.dy.ndim, axis) for axis in axes)
    return (
        f"It is the share of the {which} {' and '.join(names)} of y only, not the sum over all of "
        "them: is it set with `=` in a loop, where it has to be added with `+=`?"
    )
