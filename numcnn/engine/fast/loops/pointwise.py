"""Number by number, in one pass: relu, tanh, sums, dropout, softmax, cross-entropy, Adam."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.engine.fast.runtime.compiling import inner_loop, loop, ordered_loop, u
from numcnn.engine.fast.runtime.memory import empty
from numcnn.engine.fast.runtime.thread_pool import parallel_for


@loop
def relu_loop(z, y, start, stop):
    """``y = max(z, 0)``; NaN stays NaN."""
    inputs, outputs, zero = z.reshape(z.size), y.reshape(y.size), z.dtype.type(0)
    for at in range(start, stop):
        v = inputs[u(at)]
        outputs[u(at)] = zero if v < zero else v


@loop
def relu_back_loop(dy, y, dz, start, stop):
    """``dz = dy`` where y > 0, and 0 elsewhere."""
    zero = dy.dtype.type(0)
    for at in range(start, stop):
        d = dy[u(at)]  # read in any case: a read that may be left out is no SIMD
        dz[u(at)] = d if y[u(at)] > zero else zero


@loop
def bounded_relu_loop(z, ceiling, threshold, slope, y, start, stop):
    """``y = min(z, ceiling)`` where z > threshold, and ``slope · (z − threshold)`` below."""
    inputs, outputs, zero = z.reshape(z.size), y.reshape(y.size), z.dtype.type(0)
    for at in range(start, stop):
        v = inputs[u(at)]
        below = zero if slope == zero else slope * (v - threshold)  # 0 for −∞ too
        v = below if v <= threshold else v
        outputs[u(at)] = ceiling if v > ceiling else v


@loop
def bounded_relu_back_loop(dy, z, y, ceiling, threshold, slope, dz, start, stop):
    """``dz = dy`` above the threshold, ``slope · dy`` below, and 0 from the ceiling on."""
    zero = dy.dtype.type(0)
    for at in range(start, stop):
        d, v, out = dy[u(at)], z[u(at)], y[u(at)]
        d = d if v > threshold else slope * d
        dz[u(at)] = d if out < ceiling else zero


@loop
def tanh_loop(z, y, start, stop):
    """``y = tanh(z)`` in float32: from Lambert's continued fraction, and ``tanh 2t``.

    ``tanh t = t / (1 + t² / (3 + t² / (5 + ...)))``.  Cut off at 13, that is a fraction p / q; with
    ``tanh 2t = 2 tanh t / (1 + tanh² t)`` it is right to 4e-7, and needs no exponential function.

    Source: J. H. Lambert, Mémoire sur quelques propriétés remarquables des quantités
    transcendentes, 1761.
    """
    inputs, outputs, real = z.reshape(z.size), y.reshape(y.size), z.dtype.type
    most, half, two = real(5), real(0.5), real(2)
    p0, p1, p2, q1, q2, q3 = (
        real(135135),
        real(17325),
        real(378),
        real(62370),
        real(3150),
        real(28),
    )
    for at in range(start, stop):
        t = half * inputs[u(at)]
        t = most if t > most else t  # beyond, tanh 2t is 1 to the last digit
        t = -most if t < -most else t
        square = t * t
        p = t * (p0 + square * (p1 + square * (p2 + square)))
        q = p0 + square * (q1 + square * (q2 + square * q3))
        outputs[u(at)] = two * p * q / (p * p + q * q)


@loop
def tanh_back_loop(dy, y, dz, start, stop):
    """``dz = dy · (1 − y²)``."""
    one = dy.dtype.type(1)
    for at in range(start, stop):
        dz[u(at)] = dy[u(at)] * (one - y[u(at)] * y[u(at)])


@loop
def add_loop(x, other, lower_bound, y, start, stop):
    """``y = x + other``; with the lower bound 0 that is behind relu."""
    for at in range(start, stop):
        s = x[u(at)] + other[u(at)]
        y[u(at)] = lower_bound if s < lower_bound else s


@loop
def scale_loop(x, factors, y, start, stop):
    """``y = x · factors``, and 0 where a factor is 0, whatever x is there."""
    zero = x.dtype.type(0)
    for at in range(start, stop):
        v = x[u(at)] * factors[u(at)]
        y[u(at)] = v if factors[u(at)] > zero else zero


@loop
def softmax_loop(z, y, start, stop):
    """``y[n, c] = exp(z[n, c]) / Σ_k exp(z[n, k])``, without overflow."""
    for n in range(start, stop):
        total = exponentials(z[n], row_maximum(z[n]), y[n])
        for c in range(z.shape[1]):
            y[n, c] /= total


@inner_loop
def exponentials(z, maximum, y):
    """``y[c] = exp(z[c] − maximum)``; return their sum."""
    total = z.dtype.type(0)
    for c in range(len(z)):
        y[c] = math.exp(z[c] - maximum)
        total += y[c]
    return total


@inner_loop
def row_maximum(row):
    """The largest number of a row; NaN if there is one."""
    best = row[0]
    for c in range(1, len(row)):
        best = row[c] if row[c] > best or row[c] != row[c] else best
    return best


@ordered_loop  # logits − maximum comes first: log(total) would vanish beside large logits
def cross_entropy_loop(logits, targets, losses, probs, start, stop):
    """``losses[n] = −Σ_c targets[n, c] · log softmax(logits[n])_c``, and the softmax.

    The largest of the terms ``exp(logits[n, c] − maximum)`` is 1.  ``log1p`` of the sum of the
    others keeps the digits of a small loss, that of a sure and correct prediction.
    """
    C = logits.shape[1]
    for n in range(start, stop):
        maximum = row_maximum(logits[n])
        total = exponentials(logits[n], maximum, probs[n])
        others, loss, found = 0.0, 0.0, False
        for c in range(C):
            if found or logits[n, c] != maximum:
                others += probs[n, c]
            else:
                found = True
        log_total = math.log1p(others)
        for c in range(C):
            probs[n, c] /= total
            loss -= targets[n, c] * ((logits[n, c] - maximum) - log_total)
        losses[n] = loss


@loop
def cross_entropy_back_loop(dlosses, probs, targets, dlogits, start, stop):
    """``dlogits[n] = (probs[n] − targets[n]) · dlosses[n]``."""
    C = probs.shape[1]
    for n in range(start, stop):
        for c in range(C):
            dlogits[n, c] = (probs[n, c] - targets[n, c]) * dlosses[n]


@loop
def adam_loop(value, grad, m, v, step_size, beta_1, beta_2, epsilon, start, stop):
    """One step of Adam, in the precision of the parameter."""
    number = value.dtype.type
    step, little = number(step_size), number(epsilon)
    rest_1, rest_2 = number(1 - beta_1), number(1 - beta_2)
    for at in range(start, stop):
        k = u(at)
        g = grad[k]
        m[k] += (g - m[k]) * rest_1
        v[k] += (g * g - v[k]) * rest_2
        value[k] -= m[k] * step / (math.sqrt(v[k]) + little)


def relu(z: np.ndarray) -> np.ndarray:
    """max(z, 0)."""
    return _run(relu_loop, z)


def relu_back(dy: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dy, y -> dz."""
    return _run(relu_back_loop, dy, y)


def bounded_relu(z: np.ndarray, *bounds: float) -> np.ndarray:
    """z between threshold and ceiling; bounds: ceiling, threshold, slope below it."""
    return _run(bounded_relu_loop, z, numbers=bounds)


def bounded_relu_back(dy: np.ndarray, z: np.ndarray, y: np.ndarray, *bounds: float) -> np.ndarray:
    """dy, z, y -> dz."""
    return _run(bounded_relu_back_loop, dy, z, y, numbers=bounds)


def tanh(z: np.ndarray) -> np.ndarray:
    """tanh(z), float32."""
    return _run(tanh_loop, z)


def tanh_back(dy: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dy, y -> dz."""
    return _run(tanh_back_loop, dy, y)


def add(x: np.ndarray, other: np.ndarray, relu: bool) -> np.ndarray:
    """The sum of two arrays of one shape, behind relu if that is asked for."""
    return _run(add_loop, x, other, numbers=(0 if relu else -np.inf,))


def scale(x: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """x times the factors, and 0 where a factor is 0."""
    return _run(scale_loop, x, factors)


def _run(loop: Any, *arrays: np.ndarray, numbers: tuple[float, ...] = ()) -> np.ndarray:
    """Run a loop over all numbers of arrays of one shape, into a new array."""
    y = empty(arrays[0].shape, arrays[0].dtype)
    rows = (array.reshape(-1) for array in arrays)
    given = (y.dtype.type(number) for number in numbers)
    parallel_for(loop, y.size, 4 * y.size, *rows, *given, y.reshape(-1))
    return y


def softmax(z: np.ndarray) -> np.ndarray:
    """The softmax of each row of ``(N, classes)``."""
    y = np.empty_like(z)
    parallel_for(softmax_loop, len(z), 8 * z.size, z, y)
    return y


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(N, classes)`` both -> losses ``(N,)``, probabilities ``(N, classes)``."""
    losses, probs = np.empty(len(logits), logits.dtype), np.empty_like(logits)
    given = logits, targets, losses, probs
    parallel_for(cross_entropy_loop, len(logits), 8 * logits.size, *given)
    return losses, probs


def cross_entropy_back(dlosses: np.ndarray, probs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """dlosses ``(N,)`` -> dlogits ``(N, classes)``."""
    dlogits = np.empty_like(probs)
    given = dlosses, probs, targets, dlogits
    parallel_for(cross_entropy_back_loop, len(probs), 8 * probs.size, *given)
    return dlogits


def adam(
    value: np.ndarray, grad: np.ndarray, m: np.ndarray, v: np.ndarray, *numbers: float
) -> None:
    """One step of Adam, value, m and v contiguous; step_size, beta_1, beta_2, epsilon."""
    rows = value.reshape(-1), grad.reshape(-1), m.reshape(-1), v.reshape(-1)
    parallel_for(adam_loop, value.size, 8 * value.size, *rows, *numbers)
