"""What a check works with: the student's names, and comparisons that name a mistake."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
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

    Attributes
    ----------
    call : str
        The call of a student's function that has not ended, such as ``"conv(x (1, 4, 4, 1))"``.
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.call = ""

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
            self.call = _call(name, made, given)
            result = made(*given)
            self.call = ""
            for before, after in zip(arguments, given, strict=True):
                if isinstance(before, np.ndarray) and not np.array_equal(before, after):
                    raise MistakeError("changed_argument", name=name)
            if result is None:
                raise MistakeError("returns_none", name=name)
            return result

        return call


def _call(name: str, function: Callable[..., Any], given: Sequence[Any]) -> str:
    """Return a call in words: an array by its shape, anything else by its value."""
    parameters: Sequence[str] = ()
    with contextlib.suppress(TypeError, ValueError):  # not every callable has a signature
        parameters = list(inspect.signature(function).parameters)
    parts = []
    for parameter, value in itertools.zip_longest(parameters, given, fillvalue=None):
        if isinstance(value, np.ndarray):
            parts.append(f"{parameter or ''} {value.shape}".strip())
        elif value is not None and not callable(value):
            parts.append(f"{parameter} = {value}" if parameter else str(value))
        elif value is not None:
            parts.append(str(parameter))
    return f"{name}({', '.join(parts)})"


def array(value: Any, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return a student's result as an array of numbers, of the right shape."""
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        got = f"{type(value).__name__} {getattr(value, 'dtype', '')}".strip()
        raise MistakeError("no_numbers", name=name, got=got) from None
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
        Of the usual kind with the same numbers; otherwise ``"shape"``, ``"ends_early"`` or
        ``"numbers"``.
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
        first, largest = int((difference > limit).argmax()), int(difference.argmax())
        if got.ravel()[:first].any() and not got.ravel()[first:].any():
            raise MistakeError("ends_early", place=_place(name, first, got)[0])
        place, at = _place(name, largest, got)
        raise MistakeError("numbers", place=place, got=f"{got[at]:.6g}", right=f"{wanted[at]:.6g}")


def _place(name: str, number: int, found: np.ndarray) -> tuple[str, tuple[int, ...]]:
    """Return one place of a result, counted from 0 row by row, in words and as an index."""
    at = tuple(int(i) for i in np.unravel_index(number, found.shape))
    return f"{name}[{', '.join(map(str, at))}]" if at else name, at
