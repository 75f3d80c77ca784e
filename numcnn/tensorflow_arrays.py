"""TensorFlow's functions of arrays in a redirected program, with its argument names and dtypes.

TensorFlow makes float32 and int32 of Python's numbers, keeps the dtype of arrays, and computes in
it: the mean of whole numbers is a whole number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import ops
from numcnn.checks import flag, numeric_array, shown
from numcnn.randomness import generator

INDEX_TYPES = ("int16", "int32", "int64", "uint16")
"""What `argmax` may return."""


def as_tensor(value: Any, dtype: Any = None) -> np.ndarray:
    """Return a value as an array of the dtype that TensorFlow gives it.

    Examples
    --------
    >>> as_tensor([1.0, 2.0]).dtype, as_tensor([1, 2]).dtype, as_tensor(np.ones(2)).dtype
    (dtype('float32'), dtype('int32'), dtype('float64'))
    """
    array = numeric_array(value, "a tensor")
    if dtype is None:
        return array.astype(_dtype_of_python(array)) if ops.is_python(value) else array
    wanted = dtype_of(dtype)
    if ops.is_python(value) and array.size and array.dtype.kind == "f" and wanted.kind != "f":
        raise TypeError(
            f"{shown(value)} has fractions, and can't become {wanted}: tf.cast(value, tf.{wanted}) "
            "cuts them off."
        )
    return array.astype(wanted)


def dtype_of(dtype: Any) -> np.dtype[Any]:
    """Return NumPy's dtype for one of TensorFlow's, or its name."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if dtype is None or found.kind not in "biuf":
        raise TypeError(f"dtype must be one of numbers, such as tf.float32, got {shown(dtype)}.")
    return found


def _dtype_of_python(array: np.ndarray) -> Any:
    if array.dtype.kind == "f":
        return np.float32
    small = array.dtype.kind == "i" and (np.abs(array) < 2**31).all()
    return np.int32 if small else array.dtype


def alike(*values: Any) -> list[np.ndarray]:
    """Return several values as arrays of one dtype: that of the arrays among them."""
    known = {np.asarray(value).dtype for value in values if not ops.is_python(value)}
    if len(known) > 1:
        raise TypeError(
            f"the arrays have the dtypes {' and '.join(sorted(map(str, known)))}: tf.cast makes "
            "them alike."
        )
    arrays = [as_tensor(value) for value in values]
    wanted = known.pop() if known else _dtype_of_python(np.concatenate([*map(np.ravel, arrays)]))
    return [as_tensor(value, wanted) for value in values]


def equal(x: Any, y: Any) -> Any:
    """Compare numbers; Python's numbers are rounded to the dtype of an array beside them."""
    return np.equal(*(alike(x, y) if ops.is_python(x) or ops.is_python(y) else (x, y)))


def axes_of(axis: Any) -> Any:
    """Return one axis or several as NumPy takes them."""
    return tuple(axis) if isinstance(axis, list) else axis


# --- functions of one array ----------------------------------------------------------------------


def elementwise(function: Callable[..., Any], name: str, floats_only: bool = True) -> Any:
    """Return a function ``name(x)`` that keeps the dtype."""

    def called(x: Any) -> Any:
        array = as_tensor(x)
        if floats_only and array.dtype.kind != "f":
            raise TypeError(
                f"{name} takes floats, got {array.dtype}: tf.cast(x, tf.float32) makes them."
            )
        return function(array)

    return called


def reduced(function: Callable[..., Any], name: str) -> Any:
    """Return ``name(input_tensor, axis, keepdims)``, which takes all axes if it is given none."""

    def called(input_tensor: Any, axis: Any = None, keepdims: Any = False) -> Any:
        array = as_tensor(input_tensor)
        if array.dtype.kind == "b":
            raise TypeError(
                f"{name} takes numbers, got bool: tf.cast(x, tf.int32) makes 0 and 1 of them."
            )
        return function(array, axes_of(axis), keepdims=flag(keepdims, "keepdims"))

    return called


def _sum(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    return np.sum(x, axis, dtype=x.dtype, keepdims=keepdims)


def _mean(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    """Return the mean in the dtype of x; of whole numbers, without its fraction."""
    count = np.sum(np.ones(x.shape, np.int64), axis, keepdims=keepdims)
    if x.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # the mean of nothing is NaN
            return (_sum(x, axis, keepdims) / count).astype(x.dtype)
    total = np.sum(x, axis, dtype=np.int64, keepdims=keepdims)
    return (np.sign(total) * (np.abs(total) // np.maximum(count, 1))).astype(x.dtype)


def place_of(function: Callable[..., Any]) -> Any:
    """Return ``argmax`` or ``argmin``, along the first axis if it is given none."""

    def called(input: Any, axis: Any = None, output_type: Any = np.int64) -> Any:
        wanted = dtype_of(output_type)
        if wanted.name not in INDEX_TYPES:
            raise TypeError(f"output_type must be one of {', '.join(INDEX_TYPES)}, got {wanted}.")
        return function(as_tensor(input), 0 if axis is None else axis).astype(wanted)

    return called


# --- arrays made and formed anew -----------------------------------------------------------------


def constant(value: Any, dtype: Any = None, shape: Any = None) -> np.ndarray:
    """Return a value as an array; a single number fills a shape."""
    array = as_tensor(value, dtype)
    if shape is None:
        return np.array(array)
    wanted = tuple(np.atleast_1d(np.asarray(shape, int)))
    if array.size != 1 and array.size != int(np.prod(wanted)):
        raise TypeError(
            f"shape {tuple(map(int, wanted))} holds {int(np.prod(wanted))} numbers, and value has "
            f"{array.size}."
        )
    return np.full(wanted, array) if array.ndim == 0 else np.array(np.resize(array, wanted))


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None) -> np.ndarray:
    """Return a value as an array; `dtype_hint` is for values without a dtype of their own."""
    return as_tensor(value, dtype_hint if dtype is None and ops.is_python(value) else dtype)


def one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
) -> np.ndarray:
    """Return class numbers as rows of `off_value`, 0, with one `on_value`, 1."""
    numbers = as_tensor(indices)
    if numbers.dtype.kind not in "iu":
        raise TypeError(f"one_hot takes class numbers, whole numbers, got {numbers.dtype}.")
    given = [as_tensor(value).dtype for value in (on_value, off_value) if value is not None]
    wanted = dtype_of(dtype) if dtype is not None else [*given, np.dtype(np.float32)][0]
    on = as_tensor(1 if on_value is None else on_value, wanted)
    off = as_tensor(0 if off_value is None else off_value, wanted)
    return np.where(ops.one_hot(numbers, depth, -1 if axis is None else axis, bool), on, off)


def filled(function: Callable[..., Any]) -> Any:
    """Return ``zeros`` or ``ones`` of a shape."""

    def called(shape: Any, dtype: Any = np.float32) -> Any:
        return function(shape, dtype_of(dtype))

    return called


def transpose(a: Any, perm: Any = None, conjugate: bool = False) -> np.ndarray:
    """Exchange axes; numbers here are real, so `conjugate` changes nothing."""
    return np.transpose(as_tensor(a), perm)


# --- random numbers ------------------------------------------------------------------------------


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = np.float32, seed: Any = None
) -> np.ndarray:
    """Return normally distributed numbers."""
    return generator(seed).normal(mean, stddev, shape).astype(dtype_of(dtype))


def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = np.float32, seed: Any = None
) -> np.ndarray:
    """Return equally probable numbers from `minval` to below `maxval`, by default 1."""
    wanted = dtype_of(dtype)
    if wanted.kind == "f":
        return (
            generator(seed).uniform(minval, 1 if maxval is None else maxval, shape).astype(wanted)
        )
    if maxval is None:
        raise ValueError("uniform needs maxval for whole numbers.")
    return generator(seed).integers(minval, maxval, shape, wanted)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": elementwise(np.abs, "abs", floats_only=False),
    "argmax": place_of(np.argmax),
    "argmin": place_of(np.argmin),
    "cast": lambda x, dtype: as_tensor(x).astype(dtype_of(dtype)),
    "concat": lambda values, axis: np.concatenate(alike(*values), axis),
    "constant": constant,
    "convert_to_tensor": convert_to_tensor,
    "equal": equal,
    "exp": elementwise(np.exp, "exp"),
    "expand_dims": lambda input, axis: np.expand_dims(as_tensor(input), axis),
    "log": elementwise(np.log, "log"),
    "normal": normal,
    "one_hot": one_hot,
    "ones": filled(np.ones),
    "reduce_max": reduced(np.max, "reduce_max"),
    "reduce_mean": reduced(_mean, "reduce_mean"),
    "reduce_min": reduced(np.min, "reduce_min"),
    "reduce_sum": reduced(_sum, "reduce_sum"),
    "reshape": lambda tensor, shape: np.reshape(as_tensor(tensor), shape),
    "sqrt": elementwise(np.sqrt, "sqrt"),
    "square": elementwise(np.square, "square", floats_only=False),
    "squeeze": lambda input, axis=None: np.squeeze(as_tensor(input), axes_of(axis)),
    "stack": lambda values, axis=0: np.stack(alike(*values), axis),
    "transpose": transpose,
    "uniform": uniform,
    "zeros": filled(np.zeros),
}
"""The functions by TensorFlow's names."""

TABLE: dict[str, Callable[..., Any]] = {}
for _name, _function in FUNCTIONS.items():
    _function.__qualname__ = _name  # Python's messages about arguments begin with it
    TABLE[_name] = ops.of_arrays(_function, _name)
