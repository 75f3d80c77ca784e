"""Batch normalization, sixteen images at a time: a channel's sums, then its numbers.

A thread finishes a channel before it begins the next one.  So its numbers come from memory once,
and from the processor's cache the second time; and no sum depends on the number of threads.  Rows
are added in float64, so that a large batch loses no digits.
"""

from __future__ import annotations

import math

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES


@inner_loop
def row_sums(row, other, center, mean, images, lanes):
    """``Σ (row − center)`` and ``Σ (row − center)(other − mean)``, of the lanes with an image."""
    first = second = row.dtype.type(0)
    if images == lanes:
        for q in range(len(row)):
            d = row[u(q)] - center
            first += d
            second += d * (other[u(q)] - mean)
    else:
        for p in range(len(row) // lanes):
            for l in range(images):
                d = row[u(p * lanes + l)] - center
                first += d
                second += d * (other[u(p * lanes + l)] - mean)
    return first, second


@inner_loop
def channel_sums(x, other, c, center, mean, N, lanes):
    """The two sums of `row_sums` over a channel, in float64."""
    first = second = 0.0
    for n in range(len(x)):
        images = min(lanes, N - n * lanes)
        for h in range(x.shape[2]):
            a, b = row_sums(x[n, c, h], other[n, c, h], center, mean, images, lanes)
            first += a
            second += b
    return first, second


@loop
def normalize_loop(lanes, N, x, gamma, beta, by_batch, epsilon, mean, variance, y, start, stop):
    """``y = gamma · (x − mean) / √(variance + epsilon) + beta``, for channels start to stop.

    With `by_batch`, mean and variance are computed first.
    """
    B, _, H, Q = x.shape
    M, number = N * H * Q // lanes, x.dtype.type
    for c in range(start, stop):
        if by_batch:
            total, _ = channel_sums(x, x, c, number(0), number(0), N, lanes)
            center = number(total / M)
            rest, squares = channel_sums(x, x, c, center, center, N, lanes)
            mean[c] = center
            variance[c] = max(0.0, (squares - rest * rest / M) / M)  # the mean was rounded
        scale = gamma[c] / number(math.sqrt(variance[c] + epsilon))
        center, shift = mean[c], beta[c]
        for n in range(B):
            for h in range(H):
                for q in range(Q):
                    y[n, c, h, u(q)] = (x[n, c, h, u(q)] - center) * scale + shift


@loop
def normalize_back_loop(
    lanes, N, dy, x, gamma, by_batch, epsilon, mean, variance, dx, dgamma, dbeta, start, stop
):
    """dx, dgamma and dbeta of channels start to stop; lanes without an image get zeros."""
    B, _, H, Q = x.shape
    M, number = N * H * Q // lanes, x.dtype.type
    zero = number(0)
    for c in range(start, stop):
        center = mean[c]
        inverse_std = number(1 / math.sqrt(variance[c] + epsilon))
        total, products = channel_sums(dy, x, c, zero, center, N, lanes)
        product = products * inverse_std
        dbeta[c], dgamma[c] = total, product
        scale = gamma[c] * inverse_std
        less = number(total / M) if by_batch else zero
        slope = number(product / M * inverse_std) if by_batch else zero
        for n in range(B):
            images = min(lanes, N - n * lanes)
            for h in range(H):
                for q in range(Q):
                    d = dy[n, c, h, u(q)] - less - (x[n, c, h, u(q)] - center) * slope
                    dx[n, c, h, u(q)] = d * scale
                if images < lanes:
                    for p in range(Q // lanes):
                        for l in range(images, lanes):
                            dx[n, c, h, u(p * lanes + l)] = zero


def forward(
    N: int,
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    epsilon: float,
    statistics: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x ``(B, C, H, W·16)`` of N images -> y, and the mean and variance that were used."""
    C = x.shape[1]
    mean, variance = statistics or (np.empty(C, x.dtype), np.empty(C, x.dtype))
    y, by_batch = empty(x.shape, x.dtype), statistics is None
    parameters = gamma, beta, by_batch, epsilon, mean, variance
    parallel_for(normalize_loop, C, 8 * x.size, L, N, x, *parameters, y)
    return y, mean, variance


def backward(
    N: int,
    dy: np.ndarray,
    x: np.ndarray,
    gamma: np.ndarray,
    by_batch: bool,
    epsilon: float,
    statistics: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dy -> dx, dgamma, dbeta."""
    C = x.shape[1]
    results = empty(x.shape, x.dtype), np.empty(C, x.dtype), np.empty(C, x.dtype)
    parameters = gamma, by_batch, epsilon, *statistics
    parallel_for(normalize_back_loop, C, 8 * x.size, L, N, dy, x, *parameters, *results)
    return results
