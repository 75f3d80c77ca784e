"""ModelFileError: the one way in which a file is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ModelFileError(ValueError):
    """A file is damaged, is no model file, or does not fit the model.  Nothing has been changed."""


WRONG_CONTENT = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What Python raises where content is not what it should be."""

MOST_SAID = 1_000
"""Characters of a reason; it may quote from a file what nobody wants to read."""


@contextmanager
def refusing(path: Path, what: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn whatever goes wrong while a file's content is taken apart into a `ModelFileError`.

    Whoever makes a damaged file chooses what goes wrong: a number too many, a name too few, a
    nesting without end, a size beyond all memory.  `kinds` are errors of a library, beside these.
    """
    wrong: tuple[type[Exception], ...] = (*WRONG_CONTENT, *kinds)
    try:
        yield
    except ModelFileError as error:
        if str(path) in str(error):
            raise
        raise ModelFileError(f"{path} can't be loaded: {_short(str(error))}") from error
    except wrong as error:
        reason = _short(str(error)) or type(error).__name__
        raise ModelFileError(f"{path} can't be loaded: {what} ({reason}).") from error


def _short(reason: str) -> str:
    """Return the beginning and the end of a reason that is too long."""
    half = MOST_SAID // 2
    return reason if len(reason) <= MOST_SAID else f"{reason[:half]} … {reason[-half:]}"
