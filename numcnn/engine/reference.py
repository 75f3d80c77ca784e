"""The reference engine: every operation of the network as its formula, in plain NumPy.

Every other engine is tested against this one, and it is fast enough for training.
`numcnn.engine.definition` computes the same, number by number; here a convolution has three steps:

1. copy each window of the image into a row of a matrix, ``cols`` (im2col);
2. multiply that matrix by the kernel, written as a matrix too: one product for all windows;
3. on the way back, add each row of the gradient to the pixels that it was copied from (col2im).

Axes: ``N`` images, ``H, W`` image rows and columns, ``C`` channels in, ``F`` filters (channels
out), ``KH, KW`` rows and columns of the window, ``SH, SW`` its steps down and to the right,
``OH, OW`` rows and columns of the output, ``D`` features in and ``U`` units out of a dense layer.
A gradient is named after its array: ``dy`` is ∂loss/∂y, with the shape of y.
"""

import sys
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from numcnn.engine.depthwise import depthwise2d_backward, depthwise2d_forward  # noqa: F401
from numcnn.engine.global_mean import global_mean_backward, global_mean_forward  # noqa: F401
from numcnn.engine.normalization import batchnorm_backward, batchnorm_forward  # noqa: F401
from numcnn.engine.products import product, product_over_rows
from numcnn.geometry import WindowGrid, taps, window_grid

Array = np.ndarray
Pair = tuple[int, int]


class Cache(tuple):
    """The values that a backward function needs; only the module ``engine`` can read them."""

    engine = sys.modules[__name__]


Result = tuple[Array, Cache]  # y, and the values for the backward pass
Gradients = tuple[Array | None, Array, Array | None]  # dx, dkernel, dbias


def conv2d_forward(
    x: Array, kernel: Array, bias: Array | None, strides: Pair, padding: str
) -> Result:
    """Slide the kernel over the images: im2col, then one matrix product.

    ``y[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, f]``, where x is zero outside the image.

    x ``(N, H, W, C)``, kernel ``(KH, KW, C, F)``, bias ``(F,)`` or None
    -> y ``(N, OH, OW, F)``, cache.
    """
    N, H, W, _ = x.shape
    KH, KW, C, F = kernel.shape
    grid = window_grid((H, W), (KH, KW), strides, padding)

    cols = im2col(x, (KH, KW), strides, grid)  # (N·OH·OW, KH·KW·C)
    y = product(cols, kernel.reshape(KH * KW * C, F))  # (N·OH·OW, F)
    if bias is not None:
        y += bias
    cache = Cache((x.shape, cols, kernel, bias, strides, grid))
    return y.reshape(N, grid.OH, grid.OW, F), cache


def conv2d_backward(dy: Array, cache: Cache, input_gradient: bool = True) -> Gradients:
    """The same matrix product, with respect to each of its two factors, then col2im.

    ``dkernel[i, j, c, f] = Σ_{n,oy,ox} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    dy[n, oy, ox, f]``; ``dbias[f] = Σ_{n,oy,ox} dy[n, oy, ox, f]``; and dx gets, for every term
    of the forward sum, ``dy[n, oy, ox, f] · kernel[i, j, c, f]`` at the pixel of that term.

    dy ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)`` (None without `input_gradient`),
    dkernel ``(KH, KW, C, F)``, dbias ``(F,)`` (None where there is no bias).
    """
    x_shape, cols, kernel, bias, strides, grid = cache
    KH, KW, C, F = kernel.shape
    dy_rows = dy.reshape(-1, F)  # (N·OH·OW, F)

    dkernel = product_over_rows(cols, dy_rows).reshape(KH, KW, C, F)
    dbias = None if bias is None else dy_rows.sum(axis=0)
    if not input_gradient:
        return None, dkernel, dbias

    # one product for each window cell: (N·OH·OW, F) @ (KH·KW, F, C) -> (KH·KW, N·OH·OW, C)
    dcols = dy_rows @ kernel.reshape(KH * KW, C, F).transpose(0, 2, 1)
    dx = col2im(dcols.reshape(KH, KW, *dy.shape[:3], C), x_shape, strides, grid)
    return dx, dkernel, dbias


def im2col(x: Array, window: Pair, strides: Pair, grid: WindowGrid) -> Array:
    """Copy each window of ``(N, H, W, C)`` into a row: ``(N·OH·OW, KH·KW·C)``."""
    N, _, _, C = x.shape
    (KH, KW), (SH, SW) = window, strides
    if grid.top or grid.bottom or grid.left or grid.right:
        x = np.pad(x, ((0, 0), (grid.top, grid.bottom), (grid.left, grid.right), (0, 0)))
    windows = sliding_window_view(x, window, axis=(1, 2))[:, ::SH, ::SW]  # (N, OH, OW, C, KH, KW)
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(N * grid.OH * grid.OW, KH * KW * C)


def col2im(dcols: Array, x_shape: tuple[int, ...], strides: Pair, grid: WindowGrid) -> Array:
    """Add the gradient of every window cell, ``(KH, KW, N, OH, OW, C)``, to the pixel under it.

    The reverse of `im2col`: where windows overlap, a pixel gets the sum; gradients on the padding
    are dropped.
    """
    dx = np.zeros(x_shape, dcols.dtype)  # (N, H, W, C)
    KH, KW = dcols.shape[:2]
    for tap in taps(grid, (x_shape[1], x_shape[2]), (KH, KW), strides):
        dx[tap.inputs] += dcols[tap.i, tap.j][tap.outputs]
    return dx


def maxpool2d_forward(x: Array, pool_size: Pair, strides: Pair, padding: str) -> Result:
    """The largest pixel of each window, for each channel; padding is ignored, a NaN is largest.

    x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``, cache.
    """
    N, H, W, C = x.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    y = np.full((N, grid.OH, grid.OW, C), -np.inf, x.dtype)
    for tap in taps(grid, (H, W), pool_size, strides):
        np.maximum(y[tap.outputs], x[tap.inputs], out=y[tap.outputs])
    return y, Cache((x, y, pool_size, strides, grid))


def maxpool2d_backward(dy: Array, cache: Cache) -> Array:
    """A window's gradient goes to the first pixel, row by row, that equals the maximum (or is NaN).

    dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``.
    """
    x, y, pool_size, strides, grid = cache
    dx = np.zeros(x.shape, dy.dtype)
    unclaimed = np.ones(y.shape, bool)  # windows whose gradient has not been passed on yet
    for tap in taps(grid, x.shape[1:3], pool_size, strides):
        pixel = x[tap.inputs]
        wins = unclaimed[tap.outputs] & ((pixel == y[tap.outputs]) | np.isnan(pixel))
        dx[tap.inputs] += np.where(wins, dy[tap.outputs], 0)
        unclaimed[tap.outputs] &= ~wins
    return dx


def averagepool2d_forward(x: Array, pool_size: Pair, strides: Pair, padding: str) -> Result:
    """The mean of each window's pixels, for each channel; padding is ignored.

    x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``, cache.
    """
    N, H, W, C = x.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    y = np.zeros((N, grid.OH, grid.OW, C), x.dtype)
    count = np.zeros((1, grid.OH, grid.OW, 1), x.dtype)
    for tap in taps(grid, (H, W), pool_size, strides):
        y[tap.outputs] += x[tap.inputs]
        count[tap.outputs] += 1
    y /= count
    return y, Cache((x.shape, count, pool_size, strides, grid))


def averagepool2d_backward(dy: Array, cache: Cache) -> Array:
    """Each pixel of a window gets an equal share of the window's gradient.

    dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``.
    """
    x_shape, count, pool_size, strides, grid = cache
    dx = np.zeros(x_shape, dy.dtype)
    share = dy / count  # (N, OH, OW, C)
    for tap in taps(grid, x_shape[1:3], pool_size, strides):
        dx[tap.inputs] += share[tap.outputs]
    return dx


def dense_forward(x: Array, kernel: Array, bias: Array | None) -> Result:
    """``y = x @ kernel + bias``.

    x ``(…, D)``, kernel ``(D, U)``, bias ``(U,)`` or None -> y ``(…, U)``, cache.
    """
    y = x @ kernel
    if bias is not None:
        y += bias
    return y, Cache((x, kernel, bias))


def dense_backward(dy: Array, cache: Cache, input_gradient: bool = True) -> Gradients:
    """``dx = dy @ kernelᵀ``, ``dkernel = xᵀ @ dy``, ``dbias = Σ_n dy[n]``.

    dy ``(…, U)`` -> dx ``(…, D)``, dkernel ``(D, U)``, dbias ``(U,)``; None as in a convolution.
    """
    x, kernel, bias = cache
    D, U = kernel.shape
    dy_rows = dy.reshape(-1, U)  # (N, U)
    dkernel = product_over_rows(x.reshape(-1, D), dy_rows)  # (D, N) @ (N, U) -> (D, U)
    dbias = None if bias is None else dy_rows.sum(axis=0)
    dx = dy @ kernel.T if input_gradient else None  # (…, U) @ (U, D) -> (…, D)
    return dx, dkernel, dbias


def flatten_forward(x: Array) -> Result:
    """The numbers of a sample in one row, in C order: the channels of a pixel stay together.

    x ``(N, H, W, C)`` -> y ``(N, H·W·C)``, cache.
    """
    return x.reshape(len(x), int(np.prod(x.shape[1:]))), Cache((x.shape,))


def flatten_backward(dy: Array, cache: Cache) -> Array:
    """The inverse: dy ``(N, H·W·C)`` -> dx ``(N, H, W, C)``."""
    return dy.reshape(*cache)


def activation_forward(z: Array, activation: Any) -> Result:
    """``y = activation.value(z)``, an activation of `numcnn.activations`.

    z ``(N, …)`` -> y ``(N, …)``, cache.
    """
    y = activation.value(z)
    return y, Cache((activation, z, y))


def activation_backward(dy: Array, cache: Cache) -> Array:
    """``dz = activation.gradient(dy, z, y)``: dy ``(N, …)`` -> dz ``(N, …)``."""
    activation, z, y = cache
    return activation.gradient(dy, z, y)


def add(xs: list[Array]) -> Array:
    """``y = x_1 + x_2 + …``: results, or gradients of one result; each x and y ``(N, …)``."""
    return sum(xs[1:], start=xs[0])


def dropout_forward(x: Array, rate: float, rng: np.random.Generator) -> Result:
    """Set each number to zero with probability `rate`; multiply the others by 1 / (1 − rate).

    The mean stays the same.  A number is dropped where ``rng.random(x.shape, np.float32) < rate``.

    x ``(N, …)``, rate from 0 to 1 -> y ``(N, …)``, cache.
    """
    keep = rng.random(x.shape, np.float32) >= rate
    scale = 1 / (1 - rate) if rate < 1 else 0.0
    return np.where(keep, x * scale, 0), Cache((keep, scale))


def dropout_backward(dy: Array, cache: Cache) -> Array:
    """Drop and scale the gradient in the same way: dy ``(N, …)`` -> dx ``(N, …)``."""
    keep, scale = cache
    return np.where(keep, dy * scale, 0)


def softmax_cross_entropy_forward(logits: Array, targets: Array) -> Result:
    """``losses[n] = −Σ_c targets[n, c] · log softmax(logits[n])_c``.

    The logarithm of the softmax is ``z_c − log Σ_k exp(z_k)``: this form never rounds a probability
    to 0, so the loss is never infinite.

    logits ``(N, classes)``; targets ``(N, classes)``, rows that sum to 1 -> losses ``(N,)``, cache.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)  # the largest is 0: exp can't overflow
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    losses = -(targets * (shifted - np.log(sums))).sum(axis=1)
    return losses, Cache((exps / sums, targets))


def softmax_cross_entropy_backward(dlosses: Array, cache: Cache) -> Array:
    """``dlogits[n] = (softmax(logits[n]) − targets[n]) · dlosses[n]``; all else cancels.

    dlosses ``(N,)`` -> dlogits ``(N, classes)``.
    """
    probs, targets = cache
    return (probs - targets) * dlosses[:, np.newaxis]


def adam_update(
    value: Array,
    grad: Array,
    m: Array,
    v: Array,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """One step of Adam (Kingma and Ba 2015, section 2), on value, m and v **in place**.

    m and v are running means of the gradient and of its square.  All four arrays have one shape.
    """
    m += (grad - m) * (1 - beta_1)
    v += (grad * grad - v) * (1 - beta_2)
    value -= m * step_size / (np.sqrt(v) + epsilon)


def enter(x: Array, training: bool = True) -> Array:
    """Return x unchanged."""
    return x
