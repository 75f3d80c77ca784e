"""``keras.ops``: functions of arrays, which are NumPy's.

Programs for Keras 3 call them on data and predictions.  In a graph there are layers, and
``+ - * /`` between symbolic tensors: `add`, `subtract`, `multiply` and `divide` take these too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import activations
from numcnn.layers.symbolic import is_symbolic
from numcnn.missing import absent, of_module
from numcnn.results import Result


def of_arrays(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a function of arrays whose result has ``.numpy()``, and which refuses tensors."""

    def called(*arguments: Any, **options: Any) -> Any:
        options.pop("name", None)  # the name of the operation in a graph of Keras or TensorFlow
        if any(is_symbolic(one) for one in (*arguments, *options.values())):
            raise TypeError(
                f"{name} takes arrays in numcnn, and got a symbolic tensor: a graph is made of "
                "layers, and of + - * / between tensors."
            )
        return np.asarray(function(*arguments, **options)).view(Result)

    if getattr(function, "__name__", "") == "<lambda>":  # Python's messages say this name
        function.__name__ = function.__qualname__ = name
    called.__name__ = called.__qualname__ = name
    if name in UNITS and function is not FUNCTIONS["gelu"]:  # in layers gelu is exact
        called.as_activation = getattr(activations, name)  # type: ignore[attr-defined]
    called.__doc__ = f"Return ``{name}`` of arrays, as NumPy or an activation computes it."
    return called


def as_keras(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy that takes its arrays by Keras's names, and gives its dtypes.

    What is computed from Python's numbers alone is float32 or int32.
    """

    def called(*arguments: Any, **options: Any) -> Any:
        given = [options.pop(name) for name in ARRAY_NAMES if name in options]
        result = np.asarray(function(*given, *arguments, **options))
        parts = (*given, *arguments)
        if "dtype" in options or not all(map(is_python, parts)):
            return result
        return result.astype(PYTHON_DTYPES.get(result.dtype.char, result.dtype))

    return called


def is_python(value: Any) -> bool:
    """Return whether a value consists of Python's numbers, which have no dtype of their own."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return not hasattr(value, "dtype")


ARRAY_NAMES = ("x", "x1", "x2", "xs")
"""What Keras calls the arrays that a function takes; they come first."""
PYTHON_DTYPES = {"d": np.float32, "l": np.int32, "q": np.int32}
"""The dtypes that Keras gives to Python's numbers, by the characters of those that NumPy gives."""


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> np.ndarray:
    """Return class numbers ``(…)`` as rows of zeros and a one, ``(…, num_classes)``."""
    rows = np.asarray(x)[..., np.newaxis] == np.arange(num_classes)
    return np.moveaxis(rows, -1, axis).astype(dtype or np.float32)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return x as a plain array."""
    return np.asarray(x)


def shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of an array or a symbolic tensor."""
    return tuple(x.shape if hasattr(x, "shape") else np.shape(x))


OF_NUMPY = (
    *("abs", "all", "any", "arange", "argmax", "argmin", "argsort", "ceil", "clip", "concatenate"),
    *("cos", "dot", "equal", "exp", "expand_dims", "flip", "floor", "full", "greater", "isnan"),
    *("less", "linspace", "log", "matmul", "max", "maximum", "mean", "min", "minimum", "moveaxis"),
    *("not_equal", "ones_like", "pad", "power", "prod", "repeat", "round", "sign"),
    *("sin", "sort", "split", "sqrt", "square", "squeeze", "stack", "std", "sum", "tile"),
    *("transpose", "var", "where", "zeros_like"),
)
"""Functions that have the same name and arguments in NumPy."""
WITHOUT_ARGUMENTS = ("relu", "selu", "sigmoid", "softplus", "tanh")
UNITS = (*WITHOUT_ARGUMENTS, "elu", "gelu", "leaky_relu", "softmax")
"""Activations; as an argument of a layer, a function here means the activation of its name."""
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: as_keras(getattr(np, name)) for name in OF_NUMPY},
    "elu": lambda x, alpha=1.0: activations.elu(x, alpha),
    "gelu": lambda x, approximate=True: activations.gelu(x, approximate),
    "leaky_relu": lambda x, negative_slope=0.2: activations.leaky_relu(x, negative_slope),
    "softmax": lambda x, axis=-1: activations.softmax(x, axis),
    **{name: getattr(activations, name) for name in WITHOUT_ARGUMENTS},
    "cast": lambda x, dtype: np.asarray(x).astype(dtype),
    "convert_to_tensor": lambda x, dtype=None, sparse=None: (
        np.asarray(x, dtype) if dtype else as_keras(np.asarray)(x)
    ),
    "one_hot": one_hot,
    "reshape": as_keras(lambda x, newshape: np.reshape(x, newshape)),
    "ones": lambda shape, dtype=np.float32: np.ones(shape, dtype),
    "zeros": lambda shape, dtype=np.float32: np.zeros(shape, dtype),
}
TABLE: dict[str, Callable[..., Any]] = {
    **{name: of_arrays(function, name) for name, function in FUNCTIONS.items()},
    "add": operator.add,
    "convert_to_numpy": convert_to_numpy,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "shape": shape,
    "subtract": operator.sub,
}
__all__ = sorted(TABLE)


def __getattr__(name: str) -> Any:
    """Look a function up: as names of this module, `any` and `max` would hide Python's."""
    if name in TABLE:
        return TABLE[name]
    raise absent(name, of_module(__name__, name))
