"""ModelFileError: the only error for a file that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ModelFileError(ValueError):
    """A file is damaged, is not a model file, or does not fit the model, which is unchanged."""


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
"""Python's errors for unexpected content."""

MOST_SAID = 1_000
"""Maximum number of characters of a reason, because it may quote the file."""


@contextmanager
def refusing(path: Path, what: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn every error of the `with` block, which parses a file, into a `ModelFileError`.

    A damaged file can cause many errors: a superfluous number, a missing name, endless nesting, a
    size beyond all memory.  `kinds` are further errors, of a library.
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
