"""Batch normalization, sixteen images at a time, channel by channel, and relu in the same loops.

A thread sums a channel alone, so no sum depends on the number of threads.  On the way back it
finishes the channel before it begins the next one: its numbers come from memory once, and from the
processor's cache the second time.  Rows are added in float64: a large batch loses no digits.
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
def statistics_loop(lanes, N, x, mean, variance, start, stop):
    """Mean and variance of channels start to stop."""
    M, number = N * x.shape[2] * x.shape[3] // lanes, x.dtype.type
    for c in range(start, stop):
        total, _ = channel_sums(x, x, c, number(0), number(0), N, lanes)
        center = number(total / M)
        rest, squares = channel_sums(x, x, c, center, center, N, lanes)
        mean[c] = center
        variance[c] = max(0.0, (squares - rest * rest / M) / M)  # the mean was rounded


@loop
def normalize_loop(x, gamma, beta, epsilon, mean, variance, lower_bound, y, start, stop):
    """``y = gamma · (x − mean) / √(variance + epsilon) + beta``, for channels start to stop.

    With the lower bound 0 that is behind relu.
    """
    B, _, H, Q = x.shape
    for c in range(start, stop):
        scale = gamma[c] / x.dtype.type(math.sqrt(variance[c] + epsilon))
        center, shift = mean[c], beta[c]
        for n in range(B):
            for h in range(H):
                for q in range(Q):
                    s = (x[n, c, h, u(q)] - center) * scale + shift
                    y[n, c, h, u(q)] = lower_bound if s < lower_bound else s


@inner_loop
def behind_relu(dy, x, center, scale, shift, relu, row):
    """A row of the gradient, 0 where relu's output is not above zero.

    That output is computed again from x, which is in the cache; reading it would take longer.
    """
    zero = row.dtype.type(0)
    for q in range(len(row)):
        d, s = dy[u(q)], (x[u(q)] - center) * scale + shift
        row[u(q)] = d if s > zero or not relu else zero


@loop
def normalize_back_loop(
    lanes, N, dy, relu, x, parameters, by_batch, statistics, dx, dgamma, dbeta, start, stop
):
    """dx, dgamma and dbeta of channels start to stop; lanes without an image get zeros."""
    (gamma, beta, epsilon), (mean, variance), (B, _, H, Q) = parameters, statistics, x.shape
    M, number = N * H * Q // lanes, x.dtype.type
    zero, row = number(0), np.empty(Q, x.dtype)
    for c in range(start, stop):
        center, shift = mean[c], beta[c]
        inverse_std = number(1 / math.sqrt(variance[c] + epsilon))
        scale = gamma[c] * inverse_std
        total = products = 0.0
        for n in range(B):
            images = min(lanes, N - n * lanes)
            for h in range(H):
                behind_relu(dy[n, c, h], x[n, c, h], center, scale, shift, relu, row)
                a, b = row_sums(row, x[n, c, h], zero, center, images, lanes)
                total += a
                products += b
        product = products * inverse_std
        dbeta[c], dgamma[c] = total, product
        less = number(total / M) if by_batch else zero
        slope = number(product / M * inverse_std) if by_batch else zero
        for n in range(B):
            images = min(lanes, N - n * lanes)
            for h in range(H):
                behind_relu(dy[n, c, h], x[n, c, h], center, scale, shift, relu, row)
                for q in range(Q):
                    d = row[u(q)] - less - (x[n, c, h, u(q)] - center) * slope
                    dx[n, c, h, u(q)] = d * scale
                if images < lanes:
                    for p in range(Q // lanes):
                        for l in range(images, lanes):
                            dx[n, c, h, u(p * lanes + l)] = zero


def statistics(N: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x ``(B, C, H, W·16)`` of N images -> mean and variance ``(C,)``."""
    C = x.shape[1]
    mean, variance = np.empty(C, x.dtype), np.empty(C, x.dtype)
    parallel_for(statistics_loop, C, 4 * x.size, L, N, x, mean, variance)
    return mean, variance


def forward(
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    epsilon: float,
    statistics: tuple[np.ndarray, np.ndarray],
    relu: bool,
) -> np.ndarray:
    """x ``(B, C, H, W·16)`` -> y, behind relu if that is asked for."""
    y, lower_bound = empty(x.shape, x.dtype), x.dtype.type(0 if relu else -np.inf)
    parameters = gamma, beta, epsilon, *statistics, lower_bound
    parallel_for(normalize_loop, x.shape[1], 4 * x.size, x, *parameters, y)
    return y


def backward(
    N: int,
    dy: np.ndarray,
    relu: bool,
    x: np.ndarray,
    parameters: tuple[np.ndarray, np.ndarray, float],
    by_batch: bool,
    statistics: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dgamma, dbeta from dy, with `relu` the gradient behind it; the parameters are gamma, beta
    and epsilon.
    """
    C = x.shape[1]
    results = empty(x.shape, x.dtype), np.empty(C, x.dtype), np.empty(C, x.dtype)
    given = L, N, dy, relu, x, parameters, by_batch, statistics
    parallel_for(normalize_back_loop, C, 8 * x.size, *given, *results)
    return results
