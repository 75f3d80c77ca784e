"""Checks of arguments, with a message of one sentence.

Every message has the same four parts: the value expected, the value received, the place, and the
remedy.  Arguments are checked before anything is computed, so a refused call changes nothing.
"""

from __future__ import annotations

import difflib
import math
import reprlib
import sys
import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

Shape = tuple[int | None, ...]
"""A shape whose first axis, the batch, may have any length: ``(None, 28, 28, 1)``."""


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxlevel = 2


def shown(value: Any) -> str:
    """Return the text of a value for a message; long values are shortened.

    Examples
    --------
    >>> shown("adam"), shown(np.zeros((100, 3))), shown(list(range(100)))
    ("'adam'", 'an array of shape (100, 3)', '[0, 1, 2, 3, 4, 5, ...]')
    """
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"an array of shape {value.shape}"
    return _SHORT.repr(value)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "class"), counted(1_200, "class"), counted(0, "image")
    ('1 class', '1,200 classes', '0 images')
    """
    if number == 1:
        return f"1 {noun}"
    if noun == "axis":
        return f"{number} axes"
    return f"{number:,} {noun}{'es' if noun.endswith(('s', 'ch', 'x')) else 's'}"


def with_article(noun: str) -> str:
    """Return a noun after "a" or "an".

    Examples
    --------
    >>> with_article("optimizer"), with_article("loss"), with_article("SGD"), with_article("unit")
    ('an optimizer', 'a loss', 'an SGD', 'a unit')
    """
    letters = noun[:2].isupper() or noun.startswith("RMS")  # each is read by its name
    vowel = noun[:1] in "AEFHILMNORSX" if letters else noun[:1].lower() in "aeio"
    return f"{'an' if vowel else 'a'} {noun}"


def positive_int(value: Any, name: str, minimum: int = 1) -> int:
    """Return `value` as an int, not below `minimum`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be a whole number, got {shown(value)} ({type(value).__name__})."
        )
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}.")
    if int(value) > sys.maxsize:  # no array has a longer axis
        raise ValueError(f"{name} must be at most {sys.maxsize:,}, got {shown(value)}.")
    return int(value)


def number(
    value: Any,
    name: str,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    open_end: bool = False,
) -> float:
    """Return `value` as a finite float in the range; `open_end` excludes the maximum."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {shown(value)} ({type(value).__name__}).")
    checked = float(value)
    too_large = checked >= maximum if open_end else checked > maximum
    if not math.isfinite(checked) or checked < minimum or too_large:
        limits = []
        if math.isfinite(minimum):
            limits.append(f"at least {minimum:g}")
        if math.isfinite(maximum):
            limits.append(f"{'below' if open_end else 'at most'} {maximum:g}")
        range_ = f", {' and '.join(limits)}" if limits else ""
        raise ValueError(f"{name} must be a finite number{range_}, got {shown(value)}.")
    return checked


def flag(value: Any, name: str) -> bool:
    """Return True or False, from a bool, 1 or 0; None is False."""
    if isinstance(value, bool | np.bool_ | None) or (
        isinstance(value, Integral) and value in (0, 1)
    ):
        return bool(value)
    raise TypeError(f"{name} must be True or False, got {shown(value)} ({type(value).__name__}).")


def is_number(value: Any) -> bool:
    """Whether a value is one real number, also as an array without axes."""
    array = np.asarray(value)
    return array.ndim == 0 and array.dtype.kind in "biuf"


def verbosity(value: Any) -> int:
    """Return how much a callback writes, 0 or more; True is 1."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    return positive_int(value, "verbose", minimum=0)


def given_name(name: Any, default: str) -> str:
    """Return the user's name, after checking that it is a string, or the default for None."""
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name must be a string, got {shown(name)}.")
    return name or default


def path_of(value: Any, name: str) -> Path:
    """Return `value`, a string or a path, as a path."""
    if isinstance(value, str | PathLike) and isinstance(fspath(value), str) and fspath(value):
        return Path(value)
    raise TypeError(f"{name} must be the name of a file or a folder, got {shown(value)}.")


def items_of(value: Any, name: str, what: str) -> list[Any]:
    """Return the items of a list or another iterable as a list."""
    single = isinstance(value, str | bytes) or (isinstance(value, np.ndarray) and value.ndim == 0)
    if isinstance(value, Iterable) and not single:
        return list(value)
    raise TypeError(f"{name} must be a list of {what}, got {shown(value)}.")


def model_for(value: Any, function: str) -> Any:
    """Return `value` after checking that it is a model."""
    if hasattr(type(value), "walk_names"):
        return value
    hint = ": put it into a Sequential([…])" if hasattr(value, "need_built") else ""  # a layer
    raise TypeError(f"the first argument of {function} must be a model, got {shown(value)}{hint}.")


def custom_objects_of(value: Any) -> Mapping[str, Any]:
    """Return classes of the user's own by their names; none for None."""
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"custom_objects must be a dict of classes by name, got {shown(value)}.")
    for name, kind in (value or {}).items():
        if not callable(kind):
            raise TypeError(f"custom_objects[{name!r}] must be a class, got {shown(kind)}.")
    return value or {}


def pair(value: Any, name: str) -> tuple[int, int]:
    """Return ``(height, width)`` from a positive int or a pair of them."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(
                f"{name} must be a whole number or a pair (height, width), got {shown(value)}."
            )
        return positive_int(value[0], f"{name}[0]"), positive_int(value[1], f"{name}[1]")
    side = positive_int(value, name)
    return side, side


def one_of(value: Any, known: Iterable[str], name: str) -> str:
    """Return `value` in lower case if it is one of `known`; if not, suggest the nearest."""
    names = list(known)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {', '.join(map(repr, names))}, got {shown(value)}.")
    if value.lower() in names:
        return value.lower()
    meant = nearest(value.lower(), names)
    hint = f" Did you mean {meant!r}?" if meant else ""
    raise ValueError(
        f"{name} {value!r} is not known; it must be one of {', '.join(map(repr, names))}.{hint}"
    )


def one_or_none(value: Any, known: Iterable[str], name: str) -> str | None:
    """Return None for None, and else what `one_of` returns."""
    return None if value is None else one_of(value, known, name)


def nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """Return the most similar of the known names; None if none is similar enough.

    Examples
    --------
    >>> nearest("conv2d", ["Conv2D", "Dense"]), nearest("LSTM", ["Conv2D", "Dense"])
    ('Conv2D', None)
    """
    names = list(known)
    same = [other for other in names if other.lower() == name.lower()]
    same = same or [other for other in names if sorted(other) == sorted(name)]  # letters exchanged
    return next(iter(same or difflib.get_close_matches(name, names, n=1, cutoff=alike)), None)


def float_dtype(value: Any, name: str) -> np.dtype[Any]:
    """Return float32 or float64, from a name, a dtype, or Keras's form of a dtype policy."""
    if isinstance(value, dict):
        value = value.get("config", {}).get("name")
    try:
        dtype = np.dtype(value)
    except TypeError:
        dtype = None  # such as "mixed_float16"
    if value is None or dtype not in (np.float32, np.float64):
        raise ValueError(f'{name} must be "float32" or "float64", got {shown(value)}.')
    return dtype


def shape_of_one_sample(value: Any, name: str) -> tuple[int, ...]:
    """Return `value`, an int or a sequence of positive ints, as the shape of one sample."""
    axes = (value,) if isinstance(value, Integral) else value
    if not isinstance(axes, tuple | list):
        raise TypeError(
            f"{name} must be a tuple of whole numbers without the batch axis, such as (28, 28, 1), "
            f"got {shown(value)}."
        )
    if any(axis is None for axis in axes):
        raise ValueError(
            f"{name} must not contain None: leave the batch axis out. Got {shown(value)}."
        )
    return tuple(positive_int(axis, f"{name}[{i}]") for i, axis in enumerate(axes))


def without_batch_axis(value: Any, name: str) -> tuple[Any, ...]:
    """Return the shape of one sample from one of a batch, ``(None, 28, 28, 1)``."""
    if not isinstance(value, tuple | list) or len(value) < 1:
        raise TypeError(
            f"{name} must be a shape with the batch axis, such as (None, 28, 28, 1), got "
            f"{shown(value)}."
        )
    return shape_of_one_sample(tuple(value[1:]), f"{name}[1:]")


def numeric_array(values: Any, name: str) -> np.ndarray:
    """Return `values` as an array of real numbers; an array is not copied."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        reason = str(error).rstrip(".")
        if "inhomogeneous" in reason:
            reason = "its rows have different lengths"
        raise ValueError(f"{name} cannot be converted to an array: {reason}.") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got {_no_numbers(array, values)}.")
    return array


def _no_numbers(array: np.ndarray, values: Any) -> str:
    """Return what an array holds in the place of real numbers."""
    if array.dtype.kind != "O":
        return f"an array of dtype {array.dtype}"
    other = next((one for one in array.flat if not isinstance(one, Real)), None)
    if all(isinstance(one, Real) for one in array.flat) and array.ndim:
        if isinstance(values, np.ndarray) and all(abs(one) < 2**63 for one in array.flat):
            return "an array of dtype object: x.astype(float) makes real numbers of it"
        return "whole numbers that do not fit into 64 bits"
    if isinstance(other, list | tuple | np.ndarray):
        return "rows of different lengths"
    return f"{shown(other)} among them" if array.ndim else type(values).__name__


def need_channels(input_shape: Shape) -> None:
    """Refuse a batch of single numbers, ``(None,)``, which has no axis of channels."""
    if len(input_shape) < 2:
        raise ValueError(
            f"this layer needs samples with a channel axis, but its input has the shape "
            f"{input_shape}: use x.reshape(-1, 1)."
        )


def image_axes(input_shape: Shape) -> tuple[int, int, int]:
    """Return ``(H, W, C)`` from the shape of a batch of images, ``(None, H, W, C)``.

    Raises
    ------
    ValueError
        If the shape does not have those four axes.
    """
    match input_shape:
        case (_, int(H), int(W), int(C)):
            return H, W, C
    raise ValueError(
        f"this layer needs images (N, H, W, C), but its input has the shape {input_shape}: grey "
        "images need a channel axis, x.reshape(-1, height, width, 1), and the output of Flatten or "
        "Dense is not an image."
    )


def warn(text: str) -> None:
    """Give a warning that points to the line of the user's program that called numcnn."""
    frame: Any = sys._getframe(1)
    depth = 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "numcnn":
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, stacklevel=depth)
