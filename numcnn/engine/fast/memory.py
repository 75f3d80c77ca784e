"""Arrays for the loops: they start on a cache line, and their memory is used again.

Fresh memory is slow.  The system hands it out page by page and fills each page with zeros first:
4,000 pages and 4 ms for one training step of the handwriting tutorial's network on 512 images, a
third of the step.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

CACHE_LINE = 64
SMALL = 1 << 15
"""Bytes that the system hands out without a new page."""
MOST_FREE = 1 << 28
"""Bytes that are kept for later use; what is more goes back to the system."""


class _FreeMemory:
    """Blocks of memory that no array uses, by their size."""

    def __init__(self) -> None:
        self.blocks: defaultdict[int, list[np.ndarray]] = defaultdict(list)
        self.size = 0

    def take(self, size: int) -> np.ndarray | None:
        """Return a block of that size, if there is one."""
        try:
            block = self.blocks[size].pop()
        except IndexError:
            return None
        self.size -= size
        return block

    def put(self, block: np.ndarray) -> None:
        """Keep a block for later use."""
        if self.size + block.size <= MOST_FREE:
            self.size += block.size
            self.blocks[block.size].append(block)


_free = _FreeMemory()


class _Block(np.ndarray):
    """Bytes that start on a cache line.  (A class of its own: see `_Owner`.)"""


class _Owner(np.ndarray):
    """The base of one array and of all its views; when the last of them is gone, so is it.

    NumPy makes ``base`` skip over owners of the array's own type, hence the two classes.
    """

    def __del__(self, free: _FreeMemory = _free) -> None:
        free.put(self.base)  # type: ignore[arg-type]


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return what `numpy.empty` does, of memory that has been used before if there is some."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize * math.prod(shape)
    if size <= SMALL:
        return np.empty(shape, dtype)
    block = _free.take(size)
    if block is None:
        raw = np.empty(size + CACHE_LINE, np.uint8)
        start = -raw.ctypes.data % CACHE_LINE
        block = raw[start : start + size].view(_Block)
    return np.ndarray(shape, dtype, block.view(_Owner))
