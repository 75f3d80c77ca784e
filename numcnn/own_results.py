"""What a method that anybody may write returns, checked before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import shown


def returned(
    value: Any, shape: tuple[int, ...], owner: Any, method: str, name: str, why: str
) -> Any:
    """Return the result of a method that anybody may write: an array of `shape`.

    Parameters
    ----------
    value : array_like
        An array, also one in an engine's layout; lists are converted.
    shape : tuple of int
        The shape that the result needs.
    owner : object or str
        Whose method it is.
    method, name : str
        Of the method, and of its result, such as ``"backward"`` and ``"dx"``.
    why : str
        Where the shape comes from, such as ``"that of x"``.

    Raises
    ------
    ValueError
        If it is None, has another shape, or holds anything but real numbers.
    """
    if getattr(value, "shape", None) == shape and value.dtype.kind in "fiub":
        return value
    who = owner if isinstance(owner, str) else type(owner).__name__
    if hasattr(owner, "built"):
        who = f'{who} "{owner.name}"'
    if value is None:
        raise ValueError(f"{who}: {method} returned None; it has to end with `return {name}`.")
    try:
        array = value if hasattr(value, "dtype") else np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.asarray(value, object)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{who}: {method} returned {shown(value)}, but {name} must be an array of real numbers."
        )
    if array.shape != shape:
        raise ValueError(
            f"{who}: {method} returned an array of shape {array.shape}, but {name} must have the "
            f"shape {shape}, {why}."
        )
    return array
