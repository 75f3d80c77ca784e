"""Configurations: an object as the plain values that it was made of, and back.

Whatever can be told in a file is `Configurable`: it keeps its constructor's arguments as attributes
of the same names, so that `Configurable.get_config` can read them back through the constructor's
signature, and ``from_config`` is nothing but the constructor's call.  Names and values are those of
Keras 3: each understands what the other has written.  Which class a name means is said by a
`numcnn.families.Family`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from numcnn.checks import nearest
from numcnn.keras_arguments import fixed_arguments
from numcnn.missing import lacks_attribute


class Configurable:
    """What can be written down as its constructor's arguments, and made again from them.

    Attributes
    ----------
    module : str
        Where Keras has classes of this kind, such as ``"keras.layers"``.
    """

    module: ClassVar[str] = "keras"
    if not TYPE_CHECKING:  # a type checker would take every name then
        __getattr__ = lacks_attribute

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
                    continue  # the subclass knows, and says it itself
                raise AttributeError(
                    f"{kind.__name__} does not keep its argument {name!r}: set self.{name} in "
                    "__init__, or write get_config."
                )
            config[name] = plain(getattr(self, name))
        fixed = fixed_arguments(kind)
        return config | {name: plain(values[0]) for name, values in fixed.items()}

    if not TYPE_CHECKING:  # for a type checker, an unknown attribute is a mistake

        def __getattr__(self, name: str) -> Any:
            """Explain a missing attribute of an object whose base class was never begun."""
            kind = type(self)
            if not name.startswith("__") and not _begun(self):
                raise AttributeError(
                    f"{kind.__name__} has no attribute {name!r} yet, because {kind.__name__}."
                    "__init__ does not call super().__init__(): make that its first line."
                )
            return super().__getattribute__(name)  # raises the usual message

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make an object from what `get_config` returned, here or in Keras."""
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
        """Accept arguments of `numcnn.keras_arguments`, if they have the one value that is here.

        Raises
        ------
        ValueError
            If the argument has another value.
        TypeError
            If there is no such argument in Keras either.
        """
        kind = type(self)
        fixed = fixed_arguments(kind) if options else {}
        for name, value in options.items():
            if name not in fixed:
                known = [*arguments(kind), *fixed]
                hint = did_you_mean(name, known) or "."
                raise TypeError(f"{kind.__name__} has no argument {name!r}{hint}")
            value = tuple(value) if isinstance(value, list) else value
            if not any(value is one or value == one for one in fixed[name]):
                raise ValueError(
                    f"{kind.__name__} in numcnn has {name}={fixed[name][0]!r} only, got "
                    f"{value!r}: leave {name} out."
                )


def _begun(thing: Configurable) -> bool:
    """Whether the constructor of numcnn's part of a class has run: it sets the name first."""
    for base in type(thing).__mro__:
        if "__init__" in vars(base) and base.__module__.partition(".")[0] == "numcnn":
            return "name" in vars(thing) or "name" not in arguments(base)
    return True


def arguments(kind: type) -> list[str]:
    """Return the names of a constructor's arguments, those that it hands on to its base first.

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
    """Return a value as it can be written in JSON.

    Where an object's chance comes from can't be written down; what is made again takes its chance
    from its model.
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
    """Return a class name as Keras writes it in a name.

    Examples
    --------
    >>> [snake_case(name) for name in ("Conv2D", "MaxPooling2D", "InputLayer")]
    ['conv2d', 'max_pooling2d', 'input_layer']
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question for the nearest of the known names; nothing if none is near.

    Examples
    --------
    >>> did_you_mean("filers", ["filters", "kernel_size"])
    ": did you mean 'filters'?"
    """
    meant = nearest(name, known)
    return f": did you mean {meant!r}?" if meant else ""
