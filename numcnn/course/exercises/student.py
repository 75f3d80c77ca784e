"""What a check works with: the student's names, and comparisons that name a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class MistakeError(Exception):
    """A mistake that was found; its sentence stands in the chapter, or in ``words.json``.

    Parameters
    ----------
    kind : str
    **values : object
        What the sentence shows of the student's own numbers.
    """

    def __init__(self, kind: str, **values: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values


class Student:
    """The names that a student's code has defined.

    Parameters
    ----------
    names : mapping of str to object
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def __getitem__(self, name: str) -> Any:
        """Return what the student calls `name`.

        Raises
        ------
        MistakeError
            If there is no such name.
        """
        if name not in self.names:
            raise MistakeError("missing", name=name)
        return self.names[name]

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function of the student's, whose arguments must stay as they are."""
        made = self[name]
        if not callable(made):
            raise MistakeError("no_function", name=name)

        def call(*arguments: Any) -> Any:
            given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
            result = made(*given)
            for before, after in zip(arguments, given, strict=True):
                if isinstance(before, np.ndarray) and not np.array_equal(before, after):
                    raise MistakeError("changed_argument", name=name)
            if result is None:
                raise MistakeError("returns_none", name=name)
            return result

        return call


def array(value: Any, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return a student's result as an array of numbers, of the right shape."""
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise MistakeError("no_numbers", name=name, got=type(value).__name__) from None
    if shape is not None and found.shape != shape:
        raise MistakeError("shape", name=name, got=found.shape, right=shape)
    if not np.isfinite(found).all():
        raise MistakeError("not_finite", name=name)
    return found


def expect(
    value: Any,
    right: Any,
    name: str,
    usual: Mapping[str, Any] | None = None,
    tolerance: float = 1e-6,
) -> None:
    """Compare a student's result with the right one, then with those of the usual mistakes.

    Parameters
    ----------
    value, right : array_like
    name : str
        What is compared, in the student's words.
    usual : mapping of str to array_like, optional
        What each usual mistake gives, by its kind; a list where it gives one of several.
    tolerance : float, default 1e-6
        Relative to the largest right number.

    Raises
    ------
    MistakeError
        Of the usual kind with the same numbers; otherwise ``"shape"`` or ``"numbers"``.
    """
    wanted = np.asarray(right, np.float64)
    got = array(value, name)
    limit = tolerance * max(1.0, float(np.abs(wanted).max(initial=0)))
    pairs = [
        (kind, one)
        for kind, found in (usual or {}).items()
        for one in (found if isinstance(found, list) else [found])
    ]
    for kind, numbers in pairs:
        if got.shape == np.shape(numbers) and np.abs(got - numbers).max(initial=0) <= limit:
            if got.shape == wanted.shape and np.abs(got - wanted).max(initial=0) <= limit:
                break  # here the mistake makes no difference
            raise MistakeError(kind, name=name)
    array(value, name, wanted.shape)
    difference = np.abs(got - wanted)
    if (difference > limit).any():
        at = tuple(int(i) for i in np.unravel_index(int(difference.argmax()), wanted.shape))
        place = f"{name}[{', '.join(map(str, at))}]" if at else name
        raise MistakeError("numbers", place=place, got=f"{got[at]:.6g}", right=f"{wanted[at]:.6g}")
