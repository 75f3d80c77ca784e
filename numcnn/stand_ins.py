"""Stand-ins: what a program imports, and numcnn does not have, is refused when it is used.

Programs import more than they use.  So in a redirected program ``from keras.layers import LSTM``
goes well, and ``LSTM(8)`` raises the error that says what to do.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, NoReturn


class StandIn:
    """Something of Keras that numcnn does not have; every use of it raises the message.

    Parameters
    ----------
    message : str
    """

    def __init__(self, message: str) -> None:
        self._message = message

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse."""
        raise NotImplementedError(self._message)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        raise NotImplementedError(self._message)  # a class is derived from it

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(self._message)

    def __instancecheck__(self, thing: Any) -> bool:
        return False


class Forgiving(ModuleType):
    """A module of numcnn in the place of one of Keras: names that it lacks are stand-ins."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(
            {name: vars(module)[name] for name in vars(module) if name != "__getattr__"}
        )
        self.__dict__.setdefault("__path__", [])  # modules of Keras may stand below it
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return getattr(self._module, name)
        except AttributeError as error:
            message = str(error)
        try:
            return importlib.import_module(f"{self._module.__name__}.{name}")
        except ModuleNotFoundError:
            return StandIn(message)
