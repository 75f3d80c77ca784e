"""Sixteen images side by side: the layout in which batches travel through this engine.

The numbers of a batch are an array ``(B, C, H, W·16)``, where ``B = ⌈N / 16⌉``.  One SIMD register
holds the same pixel of sixteen images, so a weight meets sixteen pixels at once, nothing is ever
shuffled, and no loop has a remainder.  A row of pixels and its sixteen lanes are one contiguous
axis: the next pixel is sixteen numbers further on.  Rows of features, ``(N, D)``, are
``(B, D, 1, 16)``: images of one pixel with D channels.  Lanes without an image are zeros at the
door, hold anything after that, and are left behind at the door out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.engine.fast.compiled import LANES, loop, u
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel

L = LANES


class Batch:
    """N samples in this engine's layout.

    Attributes
    ----------
    shape : tuple of int
        The public shape, ``(N, H, W, C)`` or ``(N, D)``.
    dtype : numpy.dtype
    numbers : numpy.ndarray
        ``(B, C, H, W·16)`` or ``(B, D, 1, 16)``.
    waits : bool
        Whether they are still to be computed, when it is known what follows.
    """

    waits = False
    numbers: np.ndarray

    def __init__(self, shape: tuple[int, ...], numbers: np.ndarray) -> None:
        self.shape = shape
        self.dtype = numbers.dtype
        self.numbers = numbers

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        plain = to_plain(self)
        return plain if dtype is None else plain.astype(dtype, copy=False)

    def to_plain(self) -> np.ndarray:
        """Return the samples as a plain array."""
        return to_plain(self)

    def like(self, numbers: np.ndarray) -> Batch:
        """Return a batch of this shape with other numbers."""
        return Batch(self.shape, numbers)


def inner_shape(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the shape of the numbers of a batch of a public shape.

    Examples
    --------
    >>> inner_shape((20, 28, 28, 3)), inner_shape((20, 10))
    ((2, 3, 28, 448), (2, 10, 1, 16))
    """
    N, *pixels, C = shape
    H, W = pixels or (1, 1)
    return -(-N // L), C, H, W * L


def to_batch(x: np.ndarray) -> Batch:
    """Bring ``(N, H, W, C)`` or ``(N, D)`` into this engine's layout."""
    N, *pixels, C = x.shape
    H, W = pixels or (1, 1)
    numbers = empty(inner_shape(x.shape), x.dtype)
    images = np.ascontiguousarray(x).reshape(N, H * W, C)
    parallel(
        enter_loop, len(numbers), 8 * numbers.size, L, images, numbers.reshape(-1, C, H * W * L)
    )
    return Batch(x.shape, numbers)


def to_plain(batch: Batch) -> np.ndarray:
    """Bring a batch back into the public layout."""
    N, *pixels, C = batch.shape
    H, W = pixels or (1, 1)
    x = np.empty(batch.shape, batch.dtype)
    numbers = batch.numbers.reshape(-1, C, H * W * L)
    parallel(leave_loop, len(numbers), 8 * numbers.size, L, numbers, x.reshape(N, H * W, C))
    return x


@loop
def enter_loop(lanes, x, y, start, stop):
    """(N, pixels, C) -> (B, C, pixels·16): what is side by side in y is far apart in x."""
    N, P, C = x.shape
    zero = x.dtype.type(0)
    for n in range(start, stop):
        for c in range(C):
            for p in range(P):
                for l in range(lanes):
                    image = n * lanes + l
                    y[n, c, u(p * lanes + l)] = x[u(image), p, c] if image < N else zero


@loop
def leave_loop(lanes, y, x, start, stop):
    """(B, C, pixels·16) -> (N, pixels, C)."""
    N, P, C = x.shape
    for n in range(start, stop):
        for l in range(min(lanes, N - n * lanes)):
            for p in range(P):
                for c in range(C):
                    x[u(n * lanes + l), p, c] = y[n, c, u(p * lanes + l)]


@loop
def flatten_loop(lanes, x, y, start, stop):
    """(B, C, H·W·16) -> (B, H·W·C, 16): the channels of a pixel side by side, as in C order."""
    _, C, P = x.shape
    for n in range(start, stop):
        for p in range(P // lanes):
            for c in range(C):
                for l in range(lanes):
                    y[n, u(p * C + c), l] = x[n, c, u(p * lanes + l)]


@loop
def unflatten_loop(lanes, y, x, start, stop):
    """(B, H·W·C, 16) -> (B, C, H·W·16)."""
    _, C, P = x.shape
    for n in range(start, stop):
        for p in range(P // lanes):
            for c in range(C):
                for l in range(lanes):
                    x[n, c, u(p * lanes + l)] = y[n, u(p * C + c), l]


def flatten(batch: Batch) -> Batch:
    """``(N, H, W, C)`` -> ``(N, H·W·C)``."""
    N, H, W, C = batch.shape
    numbers = empty((len(batch.numbers), H * W * C, 1, L), batch.dtype)
    images, rows = batch.numbers.reshape(-1, C, H * W * L), numbers.reshape(-1, H * W * C, L)
    parallel(flatten_loop, len(images), 8 * images.size, L, images, rows)
    return Batch((N, H * W * C), numbers)


def unflatten(batch: Batch, shape: tuple[int, ...]) -> Batch:
    """``(N, H·W·C)`` -> ``(N, H, W, C)``."""
    _, H, W, C = shape
    numbers = empty(inner_shape(shape), batch.dtype)
    images, rows = numbers.reshape(-1, C, H * W * L), batch.numbers.reshape(-1, H * W * C, L)
    parallel(unflatten_loop, len(images), 8 * images.size, L, rows, images)
    return Batch(shape, numbers)
