"""Configurations: an object as plain values, and an object made from plain values.

Objects that can be saved in a file are `Configurable`.  Such an object keeps its constructor's
arguments as attributes of the same names.  So `Configurable.get_config` can read them through the
constructor's signature, and ``from_config`` only calls the constructor.  Names and values are those
of Keras 3, so each library reads the other's files.  A `numcnn.families.Family` maps names to
classes.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

Fixed = Mapping[str, tuple[Any, ...]]
"""Arguments that have but one value, with all that may be given for it, the written one first."""


class Configurable:
    """The base of objects that can be saved as their constructor's arguments, and made from them.

    Attributes
    ----------
    fixed : mapping of str to tuple
        What Keras lets one choose here and numcnn does not.
    module : str
        The module of such classes in Keras, such as ``"keras.layers"``.
    """

    fixed: ClassVar[Fixed] = {}
    module: ClassVar[str] = "keras"

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain values, as Keras does.

        Raises
        ------
        AttributeError
            If a class of your own does not keep one of them as an attribute.
        """
        kind = type(self)
        config = {}
        for name in arguments(kind):
            if not hasattr(self, name):
                if kind.get_config is not Configurable.get_config:
                    continue  # the subclass's get_config adds it
                raise AttributeError(
                    f"{kind.__name__} does not keep its argument {name!r}: set self.{name} in "
                    "__init__, or write get_config."
                )
            config[name] = plain(getattr(self, name))
        return config | {name: plain(values[0]) for name, values in self.fixed.items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make an object from the result of `get_config`, from numcnn or from Keras."""
        return cls(**config)

    def serialized(self) -> Any:
        """Return the configuration with the name of the class, as Keras 3 writes it."""
        kind = type(self)
        own = kind.__module__.partition(".")[0] == "numcnn"
        return {
            "module": self.module if own else kind.__module__,
            "class_name": kind.__name__,
            "config": self.get_config(),
            "registered_name": None if own else kind.__name__,
        }

    def accept_fixed(self, options: Mapping[str, Any]) -> None:
        """Accept arguments of Keras that have but one value here, if they have that.

        Raises
        ------
        ValueError
            If the argument has another value.
        TypeError
            If there is no such argument in Keras either.
        """
        kind = type(self)
        for name, value in options.items():
            if name not in self.fixed:
                known = [*arguments(kind), *self.fixed]
                hint = did_you_mean(name, known) or "."
                raise TypeError(f"{kind.__name__} has no argument {name!r}{hint}")
            value = tuple(value) if isinstance(value, list) else value
            if not any(value is one or value == one for one in self.fixed[name]):
                raise ValueError(
                    f"{kind.__name__} in numcnn has {name}={self.fixed[name][0]!r} only, got "
                    f"{value!r}: leave {name} out."
                )


def arguments(kind: type) -> list[str]:
    """Return the names of a constructor's arguments, first those that it passes to its base.

    Examples
    --------
    >>> class Base:
    ...     def __init__(self, name=None): ...
    >>> class Special(Base):
    ...     def __init__(self, size, **options): ...
    >>> arguments(Special)
    ['name', 'size']
    """
    names: list[str] = []
    for base in kind.__mro__[:-1]:
        if "__init__" not in vars(base):
            continue
        parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        names = [*(name for name in named if name not in names), *names]
        if all(p.kind != p.VAR_KEYWORD for p in parameters):
            break
    return names


def plain(value: Any) -> Any:
    """Return a value in a form that JSON can store.

    A random generator becomes None: an object made from a configuration uses its model's seed.
    """
    if isinstance(value, Configurable):
        return value.serialized()
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.random.Generator):
        return None
    if isinstance(value, tuple | list):
        return type(value)(plain(item) for item in value)
    return value


def snake_case(name: str) -> str:
    """Return a class name in the form that Keras uses in the names of layers.

    Examples
    --------
    >>> [snake_case(name) for name in ("Conv2D", "MaxPooling2D", "InputLayer")]
    ['conv2d', 'max_pooling2d', 'input_layer']
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that suggests the nearest known name; empty if none is near.

    Examples
    --------
    >>> did_you_mean("filers", ["filters", "kernel_size"])
    ": did you mean 'filters'?"
    """
    nearest = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {nearest[0]!r}?" if nearest else ""
