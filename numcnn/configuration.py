"""Configurations: an object as the plain values that it was made of, and back.

Whatever can be told in a file is `Configurable`: it keeps its constructor's arguments as attributes
of the same names, so that `Configurable.get_config` can read them back through the constructor's
signature, and ``from_config`` is nothing but the constructor's call.  Names and values are those of
Keras 3: each understands what the other has written.

A file says only names of classes.  Which class a name means is said by a `Family`, a fixed table:
nothing is ever imported, or run, because a file asks for it.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import one_of

Fixed = Mapping[str, tuple[Any, ...]]
"""Arguments that have but one value, with all that may be given for it, the written one first."""


class Configurable:
    """What can be written down as its constructor's arguments, and made again from them.

    Attributes
    ----------
    fixed : mapping of str to tuple
        What Keras lets one choose here and numcnn does not.
    module : str
        Where Keras has classes of this kind, such as ``"keras.layers"``.
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
                    continue  # the subclass knows, and says it itself
                raise AttributeError(
                    f"{kind.__name__} does not keep its argument {name!r}: set self.{name} in "
                    "__init__, or write get_config."
                )
            config[name] = plain(getattr(self, name))
        return config | {name: plain(values[0]) for name, values in self.fixed.items()}

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
    nearest = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {nearest[0]!r}?" if nearest else ""


class Family:
    """Classes of one kind that can be asked for by name: the fixed table.

    Parameters
    ----------
    what : str
        What messages call one of them, such as ``"layer"``.
    kind : type
        The base of all of them.
    names : dict of str to type
        The names as Keras has them, several for a class that has several.  The name of a class
        itself always serves, and so does any other way to set capitals and underscores.
    """

    def __init__(self, what: str, kind: type, names: Mapping[str, type]) -> None:
        self.what = what
        self.kind = kind
        self.names = dict(names)
        self.table = {_bare(name): member for name, member in names.items()}
        self.table |= {_bare(member.__name__): member for member in names.values()}

    def get(self, identifier: Any, name: str | None = None) -> Any:
        """Return what is meant: by a name, a class, a configuration, or the object itself.

        Parameters
        ----------
        identifier : str, dict, type or object
        name : str, optional
            What a message calls the argument.

        Raises
        ------
        ValueError
            If there is none of that name.
        TypeError
            If it is none of the above.
        """
        if isinstance(identifier, self.kind):
            return identifier
        if isinstance(identifier, type) and issubclass(identifier, self.kind):
            return identifier()
        if isinstance(identifier, dict):
            return self.deserialize(identifier)
        return self.named(identifier, name)()

    def named(self, identifier: Any, name: str | None = None) -> Any:
        """Return the class of that name."""
        if isinstance(identifier, str) and _bare(identifier) in self.table:
            return self.table[_bare(identifier)]
        return self.names[one_of(identifier, self.names, name or self.what)]

    def serialize(self, thing: Any) -> Any:
        """Return an object's name and configuration as Keras 3 writes them; None for None."""
        return plain(thing)

    def deserialize(
        self, config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None
    ) -> Any:
        """Make an object from what `serialize` returned, here or in Keras.

        Parameters
        ----------
        config : dict, str or None
            ``{"class_name": …, "config": {…}}``, or a name alone.
        custom_objects : dict of str to type, optional
            Classes of your own by their names.

        Raises
        ------
        ValueError
            If there is no such class, or its arguments are not those of the class.
        """
        if config is None or isinstance(config, str):
            return config and self.get(config)
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise ValueError(
                f'a {self.what} is written as {{"class_name": …, "config": {{…}}}}, got {config!r}.'
            )
        class_name, inner = config["class_name"], config.get("config") or {}
        if custom_objects and class_name in custom_objects:
            kind: Any = custom_objects[class_name]
        elif _bare(class_name) in self.table:
            kind = self.table[_bare(class_name)]
        else:
            raise ValueError(self.lacks(class_name))
        if not isinstance(inner, dict):
            raise ValueError(f"the configuration of {class_name} must be a dict, got {inner!r}.")
        try:
            return kind.from_config(dict(inner))
        except TypeError as error:
            raise ValueError(f"{class_name} cannot be made from {inner!r}: {error}") from error

    def lacks(self, name: str) -> str:
        """Return the sentence that says that numcnn has no such thing, and what it has."""
        known = sorted({member.__name__ for member in self.names.values()})
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        has = (
            f"the nearest that it has is {nearest[0]}" if nearest else f"it has {', '.join(known)}"
        )
        return f"numcnn has no {self.what} {name}; {has}."

    def missing(self, module: str) -> Callable[[str], Any]:
        """Return a ``__getattr__`` for a module, that says so of every class that is not there.

        It raises ImportError, which ``from module import Name`` passes on as it is: of an
        AttributeError the sentence would get lost.
        """

        def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's
            if name[:1].isupper():
                raise ImportError(self.lacks(name))
            raise AttributeError(f"module {module!r} has no attribute {name!r}")

        return __getattr__


def _bare(name: str) -> str:
    """Return a name without capitals and underscores."""
    return name.lower().replace("_", "")
