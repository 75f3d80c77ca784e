"""Families: the classes of one kind, such as the layers, that can be asked for by name.

A program says ``"adam"``, and a model file says only names of classes too.  Which class a name
means is said by a `Family`, a fixed table: nothing is ever imported, or run, because a file asks
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.checks import nearest, one_of, shown
from numcnn.configuration import plain
from numcnn.missing import missing


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
                f'a {self.what} is written as {{"class_name": …, "config": {{…}}}}, '
                f"got {shown(config)}."
            )
        class_name, inner = config["class_name"], config.get("config") or {}
        if custom_objects is not None and not isinstance(custom_objects, Mapping):
            raise TypeError(
                f"custom_objects must be a dict of classes by name, got {shown(custom_objects)}."
            )
        if custom_objects and class_name in custom_objects:
            kind: Any = custom_objects[class_name]
        elif _bare(class_name) in self.table:
            kind = self.table[_bare(class_name)]
        else:
            raise ValueError(self.lacks(class_name))
        if not isinstance(inner, dict):
            raise ValueError(
                f"the configuration of {class_name} must be a dict, got {shown(inner)}."
            )
        try:
            return kind.from_config(dict(inner))
        except TypeError as error:
            raise ValueError(f"{class_name} cannot be made from {inner!r}: {error}") from error

    def lacks(self, name: str) -> str:
        """Return the sentence that says that numcnn has no such thing, and what it has."""
        known = sorted({member.__name__ for member in self.names.values()})
        meant = nearest(name, known, alike=0.5)
        has = f"the nearest that it has is {meant}" if meant else f"it has {', '.join(known)}"
        return f"numcnn has no {self.what} {name}; {has}."

    def missing(self, module: str) -> Callable[[str], Any]:
        """Return a ``__getattr__`` for the module of these classes, which refuses other names."""
        return missing(module, lambda name: self.lacks(name) if name[:1].isupper() else None)


def _bare(name: str) -> str:
    """Return a name without capitals and underscores."""
    return name.lower().replace("_", "")
