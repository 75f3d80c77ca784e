"""Portions: how many samples of a large batch are best predicted at a time."""

from __future__ import annotations

STEP, CACHE = 64, 10_000_000
"""A portion is a multiple of so many samples whose largest array has no more bytes than that."""


def portion(bytes_per_sample: int) -> int:
    """Return how many samples to compute at a time.

    A layer that finds its input in the processor's cache need not wait for memory.

    Parameters
    ----------
    bytes_per_sample : int
        Of the largest array between two layers.
    """
    return max(1, CACHE // bytes_per_sample // STEP) * STEP
