"""Random numbers: generators made from a seed, never NumPy's global state.

Each object that needs random numbers has a `numpy.random.Generator`.  A `numcnn.Sequential` makes
one for each of its layers and one for shuffling, all from the model's seed.  A model without a seed
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

    Models, layers, initializers and datasets without a seed of their own take one from a common
    stream.  This function restarts the stream.  It does not change NumPy's and Python's global
    generators.

    Parameters
    ----------
    seed : int
        0 or more.
    """
    global _stream
    _stream = np.random.default_rng(checked_seed(seed))


def checked_seed(seed: Any) -> int:
    """Return `seed` as an int; for None, the next seed of the stream."""
    if seed is None:
        return int(_stream.integers(2**63))
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed must be a whole number, 0 or more, or None, got {shown(seed)}.")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}.")
    return int(seed)


def generator(seed: Any = None, *branch: int) -> np.random.Generator:
    """Return a generator made from `seed`; each `branch` of a seed is an independent stream.

    If `seed` is a generator, return it unchanged.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(np.random.SeedSequence(checked_seed(seed), spawn_key=branch))
