"""Portions: the number of samples of a large batch to predict at a time."""

from __future__ import annotations

STEP, CACHE = 64, 10_000_000
"""A portion is a multiple of STEP samples; its largest array should have at most CACHE bytes."""


def portion(bytes_per_sample: int) -> int:
    """Return the number of samples to compute at a time.

    If a layer's input is still in the processor's cache, the layer does not wait for memory.

    Parameters
    ----------
    bytes_per_sample : int
        Size of one sample in the largest array between two layers.
    """
    return max(1, CACHE // bytes_per_sample // STEP) * STEP
