"""Families: the classes of one kind, such as the layers, with their names.

A program writes ``"adam"``, and a model file too has only the names of classes.  A `Family` is a
fixed table from names to classes.  So a file can never cause anything to be imported or run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.checks import custom_objects_of, nearest, one_of, shown, with_article
from numcnn.configuration import plain
from numcnn.missing import missing


class Family:
    """A fixed table of classes of one kind, which are found by name.

    Parameters
    ----------
    what : str
        The word for one of them in messages, such as ``"layer"``.
    kind : type
        Their common base class.
    names : dict of str to type
        Keras's names; a class may have several.  The name of the class itself is always valid.
        Capitals and underscores do not matter.
    instead : dict of str to str, optional
        For some of Keras's names that are not there, what to do.
    """

    def __init__(
        self,
        what: str,
        kind: type,
        names: Mapping[str, type],
        instead: Mapping[str, str] | None = None,
    ) -> None:
        self.what, self.instead = what, instead or {}
        self.kind = kind
        self.names = dict(names)
        self.table = {_bare(name): member for name, member in names.items()}
        self.table |= {_bare(member.__name__): member for member in names.values()}

    def get(self, identifier: Any, name: str | None = None) -> Any:
        """Return an object for a name, a class, a configuration, or the object itself.

        Parameters
        ----------
        identifier : str, dict, type or object
        name : str, optional
            The name of the argument in error messages.

        Raises
        ------
        ValueError
            If the name is unknown.
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
        """Return the class with this name."""
        if isinstance(identifier, str) and _bare(identifier) in self.table:
            return self.table[_bare(identifier)]
        return self.names[one_of(identifier, self.names, name or self.what)]

    def serialize(self, thing: Any) -> Any:
        """Return an object's name and configuration as Keras 3 writes them; None for None."""
        return plain(thing)

    def deserialize(
        self, config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None
    ) -> Any:
        """Make an object from the result of `serialize`, from numcnn or from Keras.

        Parameters
        ----------
        config : dict, str or None
            ``{"class_name": …, "config": {…}}``, or a name alone.
        custom_objects : dict of str to type, optional
            Classes of your own by their names.

        Raises
        ------
        ValueError
            If there is no such class, or the class does not take these arguments.
        """
        if config is None or isinstance(config, str):
            return config and self.get(config)
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise ValueError(
                f'{with_article(self.what)} must be {{"class_name": …, "config": {{…}}}}, got '
                f"{shown(config)}."
            )
        class_name, inner = config["class_name"], config.get("config") or {}
        own = custom_objects_of(custom_objects)
        if class_name in own:
            kind: Any = own[class_name]
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
        """Return the message that numcnn has no such class, with what to do, or the nearest one."""
        if name in self.instead:
            return f"numcnn has no {self.what} {name}: {self.instead[name]}."
        known = sorted({member.__name__ for member in self.names.values()})
        meant = nearest(name, known, alike=0.5)
        has = f"the nearest one is {meant}" if meant else f"it has {', '.join(known)}"
        return f"numcnn has no {self.what} {name}; {has}."

    def missing(self, module: str) -> Callable[[str], Any]:
        """Return a ``__getattr__`` for the module of these classes, which refuses other names."""
        return missing(module, lambda name: self.lacks(name) if name[:1].isupper() else None)


def _bare(name: str) -> str:
    """Return a name in lower case, without underscores."""
    return name.lower().replace("_", "")
