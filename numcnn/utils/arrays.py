"""Labels and data in another form: one-hot rows, normalised rows, two parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import counted, flag, number, numeric_array, positive_int, shown
from numcnn.randomness import generator


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Return class numbers as one-hot rows.

    Parameters
    ----------
    x : array_like
        Class numbers from 0, of any shape; a last axis of length 1 is dropped.
    num_classes : int, optional
        By default one more than the largest class number.

    Returns
    -------
    numpy.ndarray
        The shape of x with one more axis, ``(…, num_classes)``; float64, one 1 per row, else 0.

    Raises
    ------
    ValueError
        If a class number is negative, too large or not whole.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    labels = numeric_array(x, "x")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is not None:
        num_classes = positive_int(num_classes, "num_classes")
    elif labels.size == 0:
        raise ValueError("x holds no class number, so num_classes must be given.")
    limit = np.inf if num_classes is None else num_classes
    wrong = ~((labels >= 0) & (labels < limit) & (labels == np.floor(labels)))  # also true for NaN
    if wrong.any():
        kind = "whole numbers from 0" + ("" if num_classes is None else f" to {num_classes - 1}")
        where = tuple(int(axis) for axis in np.argwhere(wrong)[0])
        raise ValueError(
            f"x must hold class numbers, {kind}, but x{list(where)} is {labels[where]}."
        )
    classes = labels.astype(np.int64)
    rows = np.zeros((*classes.shape, num_classes or int(classes.max()) + 1))
    np.put_along_axis(rows, classes[..., np.newaxis], 1, axis=-1)
    return rows


def normalize(x: Any, axis: int = -1, order: float = 2) -> np.ndarray:
    """Return x divided by its norm along an axis; zeros stay zeros.

    Parameters
    ----------
    x : array_like
    axis : int, default -1
    order : float, default 2
        The order of the norm: 1 for the sum of absolute values, 2 for the Euclidean norm.

    Examples
    --------
    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    values = numeric_array(x, "x")
    if values.ndim == 0:
        raise ValueError("x must have an axis to normalize along, got a single number.")
    axis = positive_int(axis, "axis", minimum=-values.ndim)
    if axis >= values.ndim:
        raise ValueError(f"axis must be below {values.ndim}, the axes of x, got {axis}.")
    norm = np.linalg.norm(values, float(number(order, "order")), axis, keepdims=True)
    return values / np.where(norm == 0, 1, norm)


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Split a data set into two parts.

    Parameters
    ----------
    dataset : array_like, or tuple or list of them
        Such as ``(x, y)``: arrays with the same number of rows.
    left_size, right_size : float or int, optional
        The size of each part: a float below 1 is a share of the whole, an int a number of rows.  If
        only one is given, the other part is the rest.  The left part comes first in the data.
    shuffle : bool, default False
        Whether to shuffle the rows first.
    seed : int, optional
        The seed for shuffling.

    Returns
    -------
    left, right
        Arrays for an array, otherwise tuples of arrays.  (Keras wraps them in its data set type;
        numcnn's `fit` takes them directly.)

    Raises
    ------
    ValueError
        If a part would be empty, or both together would be larger than the whole.

    Examples
    --------
    >>> split_dataset(np.arange(10), left_size=0.8)
    (array([0, 1, 2, 3, 4, 5, 6, 7]), array([8, 9]))
    """
    several = isinstance(dataset, tuple | list) and len(dataset) > 0 and np.ndim(dataset[0]) > 0
    arrays = [np.asarray(array) for array in (dataset if several else [dataset])]
    if not all(array.ndim and len(array) for array in arrays):
        raise ValueError(f"the dataset must be arrays with rows, got {shown(dataset)}.")
    rows = {len(array) for array in arrays}
    if len(rows) != 1:
        raise ValueError(f"the arrays must have the same number of rows, got {sorted(rows)}.")
    total = rows.pop()
    if left_size is None and right_size is None:
        raise ValueError("the sizes of the parts are missing: give left_size, right_size or both.")
    left = _rows(left_size, total, "left_size")
    right = _rows(right_size, total, "right_size")
    left = total - right if left is None else left
    right = total - left if right is None else right
    shares = [one for one in (left_size, right_size) if isinstance(one, float)]
    if left + right > total or left < 1 or right < 1 or sum(shares) > 1:
        raise ValueError(
            f"left_size={left_size} and right_size={right_size} of {counted(total, 'row')} "
            f"make parts of {max(left, 0)} and {counted(max(right, 0), 'row')}; each needs at "
            f"least one row, both together at most {total}, and shares have a sum of at most 1."
        )
    order = generator(seed).permutation(total) if flag(shuffle, "shuffle") else np.arange(total)
    parts = [
        tuple(array[part] for array in arrays)
        for part in (order[:left], order[left : left + right])
    ]
    first, second = parts if several else (part[0] for part in parts)
    return first, second


def _rows(size: Any, total: int, name: str) -> Any:
    """Return the number of rows that a size stands for; None for None."""
    if size is None:
        return None
    if isinstance(size, float):
        if not 0 < size < 1:
            raise ValueError(f"{name}, a share of the whole, must be between 0 and 1, got {size}.")
        return round(size * total)
    return positive_int(size, name)
