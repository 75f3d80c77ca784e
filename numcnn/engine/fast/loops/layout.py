"""Into the layout of sixteen images side by side, and back (`numcnn.engine.fast.layouts.batch`)."""

from __future__ import annotations

import math

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
PIXELS = 64
"""Pixels of an image that enter at a time: of sixteen images they fit the nearest cache."""


@loop
def enter_loop(lanes, x, y, start, stop):
    """(N, pixels, C) -> (B, C, H, W·16): neighbours in y are far apart in x.

    So PIXELS of one image follow each other, then those of the next: each line of x comes into the
    cache once, and those of y are all there until they are full.
    """
    N, P, C = x.shape
    groups = y.reshape(len(y), C, P * lanes)
    for n in range(start, stop):
        images = min(lanes, N - n * lanes)
        if images < lanes:
            groups[n] = 0
        for p0 in range(0, P, PIXELS):
            for c in range(C):
                for l in range(images):
                    for p in range(p0, min(p0 + PIXELS, P)):
                        groups[n, c, u(p * lanes + l)] = x[u(n * lanes + l), u(p), c]


@loop
def leave_loop(lanes, y, x, start, stop):
    """(B, C, H, W·16) -> (N, pixels, C)."""
    N, P, C = x.shape
    groups = y.reshape(len(y), C, P * lanes)
    for n in range(start, stop):
        for l in range(min(lanes, N - n * lanes)):
            for p in range(P):
                for c in range(C):
                    x[u(n * lanes + l), p, c] = groups[n, c, u(p * lanes + l)]


@loop
def flatten_loop(lanes, x, y, start, stop):
    """(B, C, H, W·16) -> (B, H·W·C, 1, 16): the channels of a pixel side by side, as in C order."""
    B, C, H, Q = x.shape
    images = x.reshape(B, C, H * Q)
    for n in range(start, stop):
        for p in range(H * Q // lanes):
            for c in range(C):
                for l in range(lanes):
                    y[n, u(p * C + c), 0, l] = images[n, c, u(p * lanes + l)]


@loop
def unflatten_loop(lanes, y, x, start, stop):
    """(B, H·W·C, 1, 16) -> (B, C, H, W·16)."""
    B, C, H, Q = x.shape
    images = x.reshape(B, C, H * Q)
    for n in range(start, stop):
        for p in range(H * Q // lanes):
            for c in range(C):
                for l in range(lanes):
                    images[n, c, u(p * lanes + l)] = y[n, u(p * C + c), 0, l]


def inner_shape(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the shape, side by side, of a batch ``(N, H, W, C)`` or ``(N, D)``.

    Examples
    --------
    >>> inner_shape((20, 28, 28, 3)), inner_shape((20, 10))
    ((2, 3, 28, 448), (2, 10, 1, 16))
    """
    N, *pixels, C = shape
    H, W = pixels or (1, 1)
    return -(-N // L), C, H, W * L


def side_by_side(x: np.ndarray) -> np.ndarray:
    """``(N, H, W, C)`` -> ``(B, C, H, W·16)``, or ``(N, D)`` -> ``(B, D, 1, 16)``."""
    numbers = empty(inner_shape(x.shape), x.dtype)
    images = _images(np.ascontiguousarray(x))
    parallel_for(enter_loop, len(numbers), 8 * numbers.size, L, images, numbers)
    return numbers


def in_order(numbers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the batch of this public shape that stands side by side in `numbers`."""
    x = np.empty(shape, numbers.dtype)
    parallel_for(leave_loop, len(numbers), 8 * numbers.size, L, numbers, _images(x))
    return x


def flatten(numbers: np.ndarray) -> np.ndarray:
    """``(B, C, H, W·16)`` -> ``(B, H·W·C, 1, 16)``: of one channel, the same numbers."""
    B, C, H, Q = numbers.shape
    shape = B, C * H * Q // L, 1, L
    if C == 1:
        return numbers.reshape(shape)
    rows = empty(shape, numbers.dtype)
    parallel_for(flatten_loop, B, 8 * numbers.size, L, numbers, rows)
    return rows


def unflatten(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``(B, H·W·C, 1, 16)`` -> ``(B, C, H, W·16)``, for a batch of this public shape."""
    if shape[-1] == 1:
        return rows.reshape(inner_shape(shape))
    numbers = empty(inner_shape(shape), rows.dtype)
    parallel_for(unflatten_loop, len(rows), 8 * rows.size, L, rows, numbers)
    return numbers


def _images(x: np.ndarray) -> np.ndarray:
    """``(N, H, W, C)`` -> ``(N, pixels, C)``; features ``(N, D)`` are pixels of one channel."""
    N, *pixels, C = x.shape
    return x.reshape(N, math.prod(pixels), C) if pixels else x.reshape(N, C, 1)
