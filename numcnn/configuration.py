"""Configurations: an object as plain values, and an object made from plain values.

Objects that can be saved in a file are `Configurable`.  Such an object keeps its constructor's
arguments as attributes of the same names.  So `Configurable.get_config` can read them through the
constructor's signature, and ``from_config`` only calls the constructor.  Names and values are those
of Keras 3, so each library reads the other's files.  A `numcnn.families.Family` maps names to
classes.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import numpy as np

from numcnn.checks import nearest, shown
from numcnn.keras_arguments import ADVICE, FORMER, fixed_arguments
from numcnn.missing import lacks_attribute

Method = TypeVar("Method", bound=Callable[..., Any])


class Configurable:
    """The base of objects that can be saved as their constructor's arguments, and made from them.

    Attributes
    ----------
    module : str
        The module of such classes in Keras, such as ``"keras.layers"``.
    """

    module: ClassVar[str] = "keras"

    def __new__(cls, *values: Any, **options: Any) -> Any:
        """Refuse a misspelt argument, before Python reports the right name as missing.

        A class without a constructor has no arguments; Python would accept any.
        """
        for name in options.keys() - {*arguments(cls), *fixed_arguments(cls)}:
            hint = did_you_mean(name, required(cls)[len(values) :])
            if not hint and not _takes_options(cls):
                hint = did_you_mean(name, arguments(cls)) or "."
            if hint:
                raise TypeError(f"{cls.__name__} has no argument {name!r}{hint}")
        made = super().__new__(cls)
        if cls.__init__ is object.__init__:
            if values:
                raise TypeError(f"{cls.__name__} takes no arguments, got {shown(values[0])}.")
            made.accept_fixed(options)
        return made

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
        fixed = fixed_arguments(kind)
        return config | {name: plain(values[0]) for name, values in fixed.items()}

    if not TYPE_CHECKING:  # for a type checker, an unknown attribute is a mistake

        def __getattr__(self, name: str) -> Any:
            """Say of a missing attribute what is near, or that the base class was never begun."""
            kind = type(self)
            if not name.startswith("__") and not _begun(self):
                raise AttributeError(
                    f"{kind.__name__} has no attribute {name!r} yet, because {kind.__name__}."
                    "__init__ does not call super().__init__(): make that its first line."
                )
            return lacks_attribute(self, name)

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
        """Accept arguments of `numcnn.keras_arguments` with their only value here.

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
            if not any(value is one or _same(value, one) for one in fixed[name]):
                raise ValueError(
                    f"{kind.__name__} in numcnn has {name}={fixed[name][0]!r} only, got "
                    f"{shown(value)}: {ADVICE.get(name, f'leave {name} out')}."
                )


def _takes_options(kind: type) -> bool:
    """Whether the constructor looks at arguments of other names, or there is no constructor."""
    parameters = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    return any(one.kind == one.VAR_KEYWORD for one in parameters.values())


def _same(value: Any, known: Any) -> bool:
    """Whether a plain value equals a known one; an array equals none."""
    return isinstance(value, bool | int | float | str | tuple | np.generic) and value == known


def _begun(thing: Configurable) -> bool:
    """Whether the constructor of numcnn's part of a class has run: it sets the name first."""
    for base in type(thing).__mro__:
        if "__init__" in vars(base) and base.__module__.partition(".")[0] == "numcnn":
            return "name" in vars(thing) or "name" not in arguments(base)
    return True


def arguments(kind: type) -> list[str]:
    """Return the names of a constructor's arguments, first those that it passes to its base.

    A layer's ``constrained`` names more, which `numcnn.layers.component.Component` takes.

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
    return [*names, *kind.constrained.values()] if hasattr(kind, "constrained") else names


def required(kind: type) -> list[str]:
    """Return the names of the arguments that a constructor has no default for, in their order.

    Examples
    --------
    >>> class Special:
    ...     def __init__(self, size, strides=1): ...
    >>> required(Special)
    ['size']
    """
    parameters = inspect.signature(kind).parameters.values()
    plain_kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.default is p.empty and p.kind in plain_kinds]


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


def named_arguments(method: Method) -> Method:
    """Let a method refuse a misspelt argument by asking for the nearest name that it has.

    Examples
    --------
    >>> @named_arguments
    ... def fit(model, x=None, epochs=1): ...
    >>> fit(None, nb_epoch=3)
    Traceback (most recent call last):
    ...
    TypeError: fit has no argument 'nb_epoch': did you mean 'epochs'?
    """
    known = tuple(inspect.signature(method).parameters)[1:]

    @functools.wraps(method)
    def checked(*values: Any, **options: Any) -> Any:
        for name in options:
            if name not in known:
                raise TypeError(
                    f"{method.__name__} has no argument {name!r}{did_you_mean(name, known) or '.'}"
                )
        return method(*values, **options)

    return cast(Method, checked)


def need_known(kind: type, options: Iterable[str]) -> None:
    """Refuse arguments that a class does not have, by asking for the nearest names that it has.

    Examples
    --------
    >>> class Stopping:
    ...     def __init__(self, patience=0): ...
    >>> need_known(Stopping, ["patence"])
    Traceback (most recent call last):
    ...
    TypeError: Stopping has no argument 'patence': did you mean 'patience'?
    """
    if _takes_options(kind):
        return
    known = list(inspect.signature(kind.__init__).parameters)[1:]  # type: ignore[misc]
    for name in options:
        if name not in known:
            raise TypeError(
                f"{kind.__name__} has no argument {name!r}{did_you_mean(name, known) or '.'}"
            )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that suggests the nearest known name; empty if none is near.

    Examples
    --------
    >>> did_you_mean("filers", ["filters", "kernel_size"])
    ": did you mean 'filters'?"
    >>> did_you_mean("nb_epoch", ["epochs", "x"])  # its name in Keras 1
    ": did you mean 'epochs'?"
    """
    known = list(known)
    meant = FORMER[name] if FORMER.get(name) in known else nearest(name, known)
    return f": did you mean {meant!r}?" if meant else ""
