"""A gradient of the wrong shape: both shapes, and the step that would mend it, if one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product

import numpy as np

from numcnn.gradcheck.comparison import axis_name

WIDEST = 6
"""How many cells too many a padding may have made: that of a window of 7 x 7."""

Repair = tuple[str, np.ndarray]


def wrong_shape(
    name: str, shape: tuple[int, ...], gradient: np.ndarray, is_right: Callable[[np.ndarray], bool]
) -> str:
    """Say both shapes, and how the gradient becomes right, or else which axis is to blame.

    Parameters
    ----------
    name : str
        Of the array.
    shape : tuple of int
        Of the array.
    gradient : numpy.ndarray
        Of another shape.
    is_right : callable
        Whether an array of the right shape is the gradient, as measured.
    """
    text = f"{name} has shape {shape}, but its gradient has shape {gradient.shape}"
    for step, repaired in repairs(name, shape, gradient):
        if repaired.shape == shape and is_right(repaired):
            return f"{text}. {step[0].upper()}{step[1:]}, it is right."
    return f"{text}{_difference(name, shape, gradient.shape)}."


def repairs(name: str, shape: tuple[int, ...], gradient: np.ndarray) -> Iterator[Repair]:
    """Yield the gradient after every step that leads to the shape."""
    ndim = gradient.ndim
    for count in range(1, ndim + 1):
        for axes in combinations(range(ndim), count):
            if tuple(n for a, n in enumerate(gradient.shape) if a not in axes) == shape:
                lengths = {gradient.shape[axis] for axis in axes}
                step = "without its axes of length 1" if lengths == {1} else "summed"
                if step == "summed":
                    step += f" over {_axes(axes)} as well"
                yield step, gradient.sum(axis=axes)
    if sorted(gradient.shape) == sorted(shape):
        for order in permutations(range(ndim)):
            if tuple(gradient.shape[axis] for axis in order) == shape:
                yield f"with its axes in the order {order}", gradient.transpose(order)
    if gradient.size == np.prod(shape):
        yield f"reshaped, .reshape{shape}", gradient.reshape(shape)
    if ndim == len(shape):
        yield from _crops(name, shape, gradient)


def _axes(axes: tuple[int, ...]) -> str:
    plural = "axes" if len(axes) > 1 else "axis"
    return f"{plural} {' and '.join(map(str, axes))}"


def _crops(name: str, shape: tuple[int, ...], gradient: np.ndarray) -> Iterator[Repair]:
    """Yield the gradient without cells at its sides, such as those of a padding."""
    spare = [n - wanted for n, wanted in zip(gradient.shape, shape, strict=True)]
    if min(spare) < 0 or max(spare) > WIDEST:
        return
    for before in product(*(range(n + 1) for n in spare)):
        cut = tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))
        parts = [
            f"{b} before and {n - b} after along {axis_name(name, len(shape), axis)}"
            for axis, (b, n) in enumerate(zip(before, spare, strict=True))
            if n
        ]
        yield f"without the padding ({', '.join(parts)})", gradient[cut]


def _difference(name: str, shape: tuple[int, ...], got: tuple[int, ...]) -> str:
    """Return the axis that is likely to blame, as far as shapes alone can tell."""
    for axis in range(len(shape)):
        if shape[:axis] + shape[axis + 1 :] == got:
            return f": {axis_name(name, len(shape), axis)} (axis {axis}) is missing"
    if len(shape) == len(got):
        other = [
            f"{axis_name(name, len(shape), axis)} (axis {axis}) is {n}, not {wanted}"
            for axis, (n, wanted) in enumerate(zip(got, shape, strict=True))
            if n != wanted
        ]
        return f": {', '.join(other)}"
    return ""
