"""A diagnosis by experiment: the gradient is right for a kernel, or an x, in another order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.comparison import axes_named
from numcnn.gradcheck.places import equal_axes, reversible


def other_order(case: Case) -> str | None:
    """Backward uses another array with two axes swapped, or in reverse order.

    The array is changed like that; if the slopes are now what `backward` had returned for the
    array as it was, this is the mistake.
    """
    numbers = case.sample
    places = case.comparison.places[numbers]
    for name, array in case.trial.arrays.items():
        if name == case.comparison.name or array.ndim < 2:
            continue
        before = array.copy()
        for order, changed in other_orders(name, array):
            array[...] = changed
            values, _ = replace(case.slopes).measure(case.array, places)  # measures f(x) anew
            array[...] = before
            if case.comparison.is_predicted(numbers, values):
                return f"It would be right for another {name}: {order}."
    return None


def other_orders(name: str, array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield an array with two axes swapped or an order reversed, each with its words."""
    batch = name.rpartition(".")[2] == "x"
    for a, b in equal_axes(name, array.shape):
        if not (batch and a == 0):
            names = axes_named(name, array.ndim, (a, b))
            yield f"one with {names} swapped", array.swapaxes(a, b).copy()
    for axes in reversible(name, array.shape):
        if not (batch and 0 in axes):
            names = axes_named(name, array.ndim, axes)
            yield f"one reversed along {names}", np.flip(array, axes).copy()
