"""What is done number by number, in one pass: relu, dropout, cross-entropy, Adam."""

from __future__ import annotations

import math

from numcnn.engine.fast.compiled import loop, part, u


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
        dz[u(at)] = dy[u(at)] if y[u(at)] > zero else zero


@loop
def scale_loop(x, factors, y, start, stop):
    """``y = x · factors``, and 0 where a factor is 0, whatever x is there."""
    zero = x.dtype.type(0)
    for at in range(start, stop):
        y[u(at)] = x[u(at)] * factors[u(at)] if factors[u(at)] > zero else zero


@loop
def softmax_loop(z, y, start, stop):
    """``y[n, c] = exp(z[n, c]) / Σ_k exp(z[n, k])``, without overflow."""
    C = z.shape[1]
    for n in range(start, stop):
        biggest = largest(z[n])
        total = z.dtype.type(0)
        for c in range(C):
            y[n, c] = math.exp(z[n, c] - biggest)
            total += y[n, c]
        for c in range(C):
            y[n, c] /= total


@part
def largest(row):
    """The largest number of a row; NaN if there is one."""
    best = row[0]
    for c in range(1, len(row)):
        best = row[c] if row[c] > best or row[c] != row[c] else best
    return best


@loop
def cross_entropy_loop(logits, targets, losses, probs):
    """``losses[n] = −Σ_c targets[n, c] · log softmax(logits[n])_c``, and the softmax."""
    N, C = logits.shape
    for n in range(N):
        biggest = largest(logits[n])
        total = logits.dtype.type(0)
        for c in range(C):
            e = math.exp(logits[n, c] - biggest)
            probs[n, c] = e
            total += e
        log_total = math.log(total)
        loss = logits.dtype.type(0)
        for c in range(C):
            probs[n, c] /= total
            loss -= targets[n, c] * (logits[n, c] - biggest - log_total)
        losses[n] = loss


@loop
def cross_entropy_back_loop(dlosses, probs, targets, dlogits):
    """``dlogits[n] = (probs[n] − targets[n]) · dlosses[n]``."""
    N, C = probs.shape
    for n in range(N):
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
