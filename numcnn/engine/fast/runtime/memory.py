"""Arrays for the loops: they start on a cache line, and their memory is used again.

Fresh memory is slow.  The system hands it out page by page and fills each page with zeros first:
4,000 pages and 4 ms for one training step of the handwriting tutorial's network on 512 images, a
third of the step.

A buffer is free when only this module refers to it: no array uses it, and no view of one.  Python
counts these references anyway.  (A ``__del__`` is not used: a Ctrl-C that arrives in it is lost.)

What the loops allocate for themselves comes from the C library; `keep_freed_blocks` sees to it that
this memory, too, is not fresh each time.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from typing import Any

import numpy as np

CACHE_LINE = 64
SMALL = 1 << 15
"""Bytes that the system hands out without a new page."""
MAX_BYTES = 1 << 28
"""With more bytes than this in its buffers, the module gives the free ones back to the system."""

KEPT_BY_GLIBC = (1 << 25) - (1 << 16)
"""Bytes of the largest block that glibc can be told to keep: a little less than 32 MiB."""

Buffer = tuple[np.ndarray, int]
"""The owner of some bytes, and the offset of its first cache line."""


class Buffers:
    """Buffers of one size."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.buffers: deque[Buffer] = deque()

    def take_free(self) -> Buffer | None:
        """Take out a buffer that nobody uses; None if there is none.

        The last one that was used, because its memory may still be in the processor's cache.
        """
        busy: list[Buffer] = []
        try:
            for _ in range(len(self.buffers)):
                buffer = self.buffers.pop()  # now no other thread can take it
                owner, _ = buffer
                if sys.getrefcount(owner) == REFERENCES_WHEN_FREE:
                    return buffer
                busy.append(buffer)
            return None
        finally:
            self.buffers.extend(reversed(busy))

    def allocate(self) -> Buffer:
        """Make a new buffer."""
        owner = np.empty(self.size + CACHE_LINE, np.uint8)
        return owner, -owner.ctypes.data % CACHE_LINE

    def drop_free(self) -> None:
        """Give the buffers that nobody uses back to the system."""
        while self.take_free() is not None:
            pass


def _references_when_free() -> int:
    """Measure the number, because versions of Python count differently."""
    buffer = (np.empty(1), 0)
    owner, _ = buffer
    return sys.getrefcount(owner)


REFERENCES_WHEN_FREE = _references_when_free()

_by_size: dict[int, Buffers] = {}


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return what `numpy.empty` returns, in memory that has been used before if there is some."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize * math.prod(shape)
    if size <= SMALL:
        return np.empty(shape, dtype)
    same_size = _by_size.get(size) or _by_size.setdefault(size, Buffers(size))
    buffer = same_size.take_free()
    if buffer is None:
        everything = list(_by_size.values())
        if sum(other.size * len(other.buffers) for other in everything) > MAX_BYTES:
            for other in everything:
                other.drop_free()
        buffer = same_size.allocate()
    owner, start = buffer
    array: np.ndarray = np.ndarray(shape, dtype, owner, start)
    same_size.buffers.append(buffer)
    return array


def aligned_zeros(size: int, dtype: Any) -> np.ndarray:
    """Return zeros that start on a cache line."""
    raw = np.zeros(size + CACHE_LINE, dtype)
    start = -raw.ctypes.data % CACHE_LINE // raw.itemsize
    return raw[start : start + size]


def keep_freed_blocks() -> None:
    """Let the C library keep the blocks that are freed, for the next who wants one.

    glibc gives a large block back to the system when it is freed, and fetches it anew page by page:
    5,000 pages, a tenth of the time, in a step of a small residual network.  It learns from what
    is freed: from then on it keeps blocks of that size and smaller ones, and twice as much in all
    (``man mallopt``, M_MMAP_THRESHOLD).  The block here is never written to, so it costs nothing;
    other C libraries are not impressed.
    """
    np.empty(KEPT_BY_GLIBC, np.uint8)


keep_freed_blocks()
