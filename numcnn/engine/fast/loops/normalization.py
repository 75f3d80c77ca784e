"""Batch normalization, sixteen images at a time, channel by channel, and relu in the same loops.

A thread sums a channel alone, so no sum depends on the number of threads.  On the way back it
finishes the channel before it begins the next one: its numbers come from memory once, and from the
processor's cache the second time.  Pieces are added in float64: a large batch loses no digits.
"""

from __future__ import annotations

import math

import numpy as np

from numcnn.engine.fast.runtime.compiling import LANES, inner_loop, loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for

L = LANES
PIECE = 64 * L
"""Numbers of a channel that a loop works on at a time: they stay in the nearest cache."""


@inner_loop
def sums_of(piece, other, center, mean, images, lanes):
    """``Σ (piece − center)`` and ``Σ (piece − center)(other − mean)``, of lanes with an image."""
    first = second = piece.dtype.type(0)
    if images == lanes:
        for q in range(len(piece)):
            d = piece[u(q)] - center
            first += d
            second += d * (other[u(q)] - mean)
    else:
        for p in range(len(piece) // lanes):
            for l in range(images):
                d = piece[u(p * lanes + l)] - center
                first += d
                second += d * (other[u(p * lanes + l)] - mean)
    return first, second


@loop
def statistics_loop(lanes, N, x, mean, variance, start, stop):
    """Mean and variance of channels start to stop, piece by piece.

    Squares around the mean of a piece become squares around the mean of all by their distance:
    T. Chan, G. Golub, R. LeVeque, Updating Formulae for Computing Sample Variances, 1979.
    """
    number = x.dtype.type
    zero = number(0)
    for c in range(start, stop):
        count, total, squares = 0, 0.0, 0.0
        for n in range(len(x)):
            images, channel = min(lanes, N - n * lanes), x[n, c].reshape(-1)
            for p in range(0, len(channel), PIECE):
                piece = channel[p : p + PIECE]
                k = len(piece) // lanes * images
                center = number(sums_of(piece, piece, zero, zero, images, lanes)[0] / k)
                rest, around = sums_of(piece, piece, center, center, images, lanes)
                sum_of_piece = center * np.float64(k) + rest  # the center was rounded
                distance = sum_of_piece / k - total / max(count, 1)
                squares += around - rest * rest / np.float64(k)
                squares += distance * distance * count * k / (count + k)
                count, total = count + k, total + sum_of_piece
        mean[c], variance[c] = total / count, max(0.0, squares / count)


@loop
def normalize_loop(
    x, gamma, beta, epsilon, mean, variance, other, plus_other, lower_bound, y, start, stop
):
    """``y = gamma · (x − mean) / √(variance + epsilon) + beta + other``, channels start to stop.

    With the lower bound 0 that is behind relu.
    """
    for c in range(start, stop):
        scale = gamma[c] / x.dtype.type(math.sqrt(variance[c] + epsilon))
        center, shift = mean[c], beta[c]
        for n in range(len(x)):
            of_x, of_y, more = x[n, c].reshape(-1), y[n, c].reshape(-1), other[n, c].reshape(-1)
            for q in range(len(of_x)):
                s = (of_x[u(q)] - center) * scale + shift
                s = s + more[u(q)] if plus_other else s
                of_y[u(q)] = lower_bound if s < lower_bound else s


@inner_loop
def behind_relu(dy, x, center, scale, shift, relu, g):
    """A piece of the gradient, 0 where relu's output is not above zero.

    That output is computed again from x, which is in the cache; reading it would take longer.
    """
    zero = g.dtype.type(0)
    for q in range(len(x)):
        d, s = dy[u(q)], (x[u(q)] - center) * scale + shift
        g[u(q)] = d if s > zero or not relu else zero


@loop
def normalize_back_loop(
    lanes, N, dy, relu, x, parameters, by_batch, statistics, dx, dgamma, dbeta, start, stop
):
    """dx, dgamma and dbeta of channels start to stop; lanes without an image get zeros."""
    (gamma, beta, epsilon), (mean, variance), (B, _, H, Q) = parameters, statistics, x.shape
    M, number = N * H * Q // lanes, x.dtype.type
    zero, work = number(0), np.empty(PIECE, x.dtype)
    for c in range(start, stop):
        center, shift = mean[c], beta[c]
        inverse_std = number(1 / math.sqrt(variance[c] + epsilon))
        scale = gamma[c] * inverse_std
        total = products = 0.0
        for n in range(B):
            images, dy_n, x_n = min(lanes, N - n * lanes), dy[n, c].reshape(-1), x[n, c].reshape(-1)
            for p in range(0, H * Q, PIECE):
                of_x = x_n[p : p + PIECE]
                g = work[: len(of_x)]
                behind_relu(dy_n[p : p + PIECE], of_x, center, scale, shift, relu, g)
                a, b = sums_of(g, of_x, zero, center, images, lanes)
                total += a
                products += b
        product = products * inverse_std
        dbeta[c], dgamma[c] = total, product
        less = number(total / M) if by_batch else zero
        slope = number(product / M * inverse_std) if by_batch else zero
        for n in range(B):
            images, dy_n, x_n = min(lanes, N - n * lanes), dy[n, c].reshape(-1), x[n, c].reshape(-1)
            dx_n = dx[n, c].reshape(-1)
            for p in range(0, H * Q, PIECE):
                of_x, of_dx = x_n[p : p + PIECE], dx_n[p : p + PIECE]
                g = work[: len(of_x)]
                behind_relu(dy_n[p : p + PIECE], of_x, center, scale, shift, relu, g)
                for q in range(len(of_x)):
                    of_dx[u(q)] = (g[u(q)] - less - (of_x[u(q)] - center) * slope) * scale
            if images < lanes:
                for p in range(H * Q // lanes):
                    for l in range(images, lanes):
                        dx_n[u(p * lanes + l)] = zero


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
    other: np.ndarray | None = None,
) -> np.ndarray:
    """x ``(B, C, H, W·16)`` -> y, plus `other`, behind relu if that is asked for."""
    y, lower_bound = empty(x.shape, x.dtype), x.dtype.type(0 if relu else -np.inf)
    added = (x, False) if other is None else (other, True)
    given = x, gamma, beta, epsilon, *statistics, *added, lower_bound
    parallel_for(normalize_loop, x.shape[1], 4 * x.size, *given, y)
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
