"""Where chance comes from: generators made of a seed, never NumPy's global state.

Whoever needs chance holds a `numpy.random.Generator`.  A `numcnn.Sequential` gives one to each of
its layers and keeps one to shuffle with, all grown from the model's seed; without a seed the model
takes one from the stream below, which `set_random_seed` restarts.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from numcnn.checks import shown

_stream = np.random.default_rng()


def set_random_seed(seed: int) -> None:
    """Make everything that follows in this process repeatable.

    Models, layers, initializers and datasets made without a seed of their own take theirs from one
    stream; this restarts it.  NumPy's and Python's global generators are left alone.

    Parameters
    ----------
    seed : int
        0 or more.
    """
    global _stream
    _stream = np.random.default_rng(checked_seed(seed))


def checked_seed(seed: Any) -> int:
    """Return `seed` as an int; None takes the next one of the stream."""
    if seed is None:
        return int(_stream.integers(2**63))
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed must be a whole number, 0 or more, or None, got {shown(seed)}.")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}.")
    return int(seed)


def generator(seed: Any = None, *branch: int) -> np.random.Generator:
    """Return a generator grown from `seed`; each `branch` of a seed is a stream of its own.

    A `seed` that is a generator already is returned as it is.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(np.random.SeedSequence(checked_seed(seed), spawn_key=branch))
