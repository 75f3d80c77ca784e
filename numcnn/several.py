"""Several batches at once: a model with several inputs or outputs takes and gives lists of arrays.

Everywhere inside, one batch is an array, and several are a list of arrays of equal length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def each(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    """Return the function of an array, or of each in a list (and of what stands beside it)."""
    if isinstance(x, list):
        return [function(*together) for together in zip(x, *others, strict=True)]
    return function(x, *others)


def count(x: Any) -> int:
    """Return the number of samples."""
    return len(x[0] if isinstance(x, list) else x)


def rows(x: Any, which: Any) -> Any:
    """Return some of the samples, selected by a slice or an array of indices."""
    return each(lambda one: one[which], x)


def joined(parts: list[Any]) -> Any:
    """Return batches, each an array or a list of arrays, one after the other."""
    if isinstance(parts[0], list):
        return [np.concatenate(one) for one in zip(*parts, strict=True)]
    return np.concatenate(parts)


def listed(x: Any) -> list[Any]:
    """Return a single array as a list of one."""
    return x if isinstance(x, list) else [x]
