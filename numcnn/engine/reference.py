"""The reference engine: every operation of the network as its formula, in plain NumPy.

Read this first.  It is the definition that every other engine is tested against, and it is fast
enough to train on.  A convolution here is three steps (im2col):

1. copy each window of the image into a row of a matrix, ``cols``;
2. multiply that matrix by the kernel, written as a matrix too: one product for all windows;
3. on the way back, add each row of the gradient to the pixels that it was copied from (col2im).

What each function takes and gives is said once, in the contract (`numcnn.engine`).  Axes:
``N`` images, ``H, W`` image rows and columns, ``C`` channels in, ``F`` channels out (filters),
``KH, KW`` rows and columns of the window, ``OH, OW`` rows and columns of the output,
``D`` features in and ``U`` units out of a dense layer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from numcnn.geometry import WindowGrid, taps, window_grid

# --- convolution ---------------------------------------------------------------------------------


def conv2d_forward(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    strides: tuple[int, int],
    padding: str,
) -> tuple[np.ndarray, Any]:
    """im2col, then one matrix product."""
    N, H, W, _ = x.shape
    KH, KW, C, F = kernel.shape
    grid = window_grid((H, W), (KH, KW), strides, padding)

    cols = im2col(x, (KH, KW), strides, grid)  # (N·OH·OW, KH·KW·C)
    y = cols @ kernel.reshape(KH * KW * C, F)  # (N·OH·OW, F)
    if bias is not None:
        y += bias
    return y.reshape(N, grid.OH, grid.OW, F), (x.shape, cols, kernel, bias, strides, grid)


def conv2d_backward(
    dy: np.ndarray, cache: Any, input_gradient: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """The same matrix product, with respect to each of its two factors, then col2im."""
    x_shape, cols, kernel, bias, strides, grid = cache
    KH, KW, C, F = kernel.shape
    dy_rows = dy.reshape(-1, F)  # (N·OH·OW, F)

    dkernel = (cols.T @ dy_rows).reshape(KH, KW, C, F)
    dbias = None if bias is None else dy_rows.sum(axis=0)
    if not input_gradient:
        return None, dkernel, dbias

    # One product a window cell instead of one for all keeps the rows of each cell together:
    # (N·OH·OW, F) @ (KH·KW, F, C) -> (KH·KW, N·OH·OW, C)
    dcols = dy_rows @ kernel.reshape(KH * KW, C, F).transpose(0, 2, 1)
    dx = col2im(dcols.reshape(KH, KW, *dy.shape[:3], C), x_shape, strides, grid)
    return dx, dkernel, dbias


def im2col(
    x: np.ndarray, window: tuple[int, int], strides: tuple[int, int], grid: WindowGrid
) -> np.ndarray:
    """Copy each window of ``(N, H, W, C)`` into a row: ``(N·OH·OW, KH·KW·C)``."""
    N, _, _, C = x.shape
    (KH, KW), (SH, SW) = window, strides
    if grid.top or grid.bottom or grid.left or grid.right:
        x = np.pad(x, ((0, 0), (grid.top, grid.bottom), (grid.left, grid.right), (0, 0)))
    windows = sliding_window_view(x, window, axis=(1, 2))[:, ::SH, ::SW]  # (N, OH, OW, C, KH, KW)
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(N * grid.OH * grid.OW, KH * KW * C)


def col2im(
    dcols: np.ndarray, x_shape: tuple[int, ...], strides: tuple[int, int], grid: WindowGrid
) -> np.ndarray:
    """Add the gradient of every window cell, ``(KH, KW, N, OH, OW, C)``, to the pixel under it.

    The adjoint of `im2col`: where windows overlap a pixel gets the sum, and what falls on the
    padding is dropped.
    """
    dx = np.zeros(x_shape, dcols.dtype)  # (N, H, W, C)
    KH, KW = dcols.shape[:2]
    for tap in taps(grid, (x_shape[1], x_shape[2]), (KH, KW), strides):
        dx[tap.inputs] += dcols[tap.i, tap.j][tap.outputs]
    return dx


# --- pooling -------------------------------------------------------------------------------------


def maxpool2d_forward(
    x: np.ndarray, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[np.ndarray, Any]:
    """The largest pixel of each window; padding never wins, NaN always does."""
    N, H, W, C = x.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    y = np.full((N, grid.OH, grid.OW, C), -np.inf, x.dtype)
    for tap in taps(grid, (H, W), pool_size, strides):
        np.maximum(y[tap.outputs], x[tap.inputs], out=y[tap.outputs])
    return y, (x, y, pool_size, strides, grid)


def maxpool2d_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """All of a window's gradient goes to the first of its pixels that equals the maximum."""
    x, y, pool_size, strides, grid = cache
    dx = np.zeros(x.shape, dy.dtype)
    unclaimed = np.ones(y.shape, bool)
    for tap in taps(grid, x.shape[1:3], pool_size, strides):
        pixel = x[tap.inputs]
        wins = unclaimed[tap.outputs] & ((pixel == y[tap.outputs]) | np.isnan(pixel))
        dx[tap.inputs] += np.where(wins, dy[tap.outputs], 0)
        unclaimed[tap.outputs] &= ~wins
    return dx


def averagepool2d_forward(
    x: np.ndarray, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[np.ndarray, Any]:
    """The mean of each window over those of its cells that lie in the image."""
    N, H, W, C = x.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    y = np.zeros((N, grid.OH, grid.OW, C), x.dtype)
    count = np.zeros((1, grid.OH, grid.OW, 1), x.dtype)
    for tap in taps(grid, (H, W), pool_size, strides):
        y[tap.outputs] += x[tap.inputs]
        count[tap.outputs] += 1
    y /= count
    return y, (x.shape, count, pool_size, strides, grid)


def averagepool2d_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """Each of a window's pixels gets an equal share of its gradient."""
    x_shape, count, pool_size, strides, grid = cache
    dx = np.zeros(x_shape, dy.dtype)
    share = dy / count  # (N, OH, OW, C)
    for tap in taps(grid, x_shape[1:3], pool_size, strides):
        dx[tap.inputs] += share[tap.outputs]
    return dx


# --- dense, and the way there --------------------------------------------------------------------


def dense_forward(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
) -> tuple[np.ndarray, Any]:
    """(…, D) @ (D, U) -> (…, U)."""
    y = x @ kernel
    if bias is not None:
        y += bias
    return y, (x, kernel, bias)


def dense_backward(
    dy: np.ndarray, cache: Any, input_gradient: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """The product, with respect to each of its two factors."""
    x, kernel, bias = cache
    D, U = kernel.shape
    dy_rows = dy.reshape(-1, U)
    dkernel = x.reshape(-1, D).T @ dy_rows  # (D, U)
    dbias = None if bias is None else dy_rows.sum(axis=0)
    dx = dy @ kernel.T if input_gradient else None  # (…, U) @ (U, D) -> (…, D)
    return dx, dkernel, dbias


def flatten_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """(N, H, W, C) -> (N, H·W·C), the channels of a pixel side by side."""
    return x.reshape(len(x), int(np.prod(x.shape[1:]))), x.shape


def flatten_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """(N, H·W·C) -> (N, H, W, C)."""
    return dy.reshape(cache)


# --- activations and dropout ---------------------------------------------------------------------


def activation_forward(z: np.ndarray, activation: Any) -> tuple[np.ndarray, Any]:
    """The activation's own formula."""
    y = activation.value(z)
    return y, (activation, z, y)


def activation_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """The activation's own derivative."""
    activation, z, y = cache
    return activation.gradient(dy, z, y)


def dropout_forward(x: np.ndarray, rate: float, rng: np.random.Generator) -> tuple[np.ndarray, Any]:
    """Drop each number with probability `rate`; scale the others so that the mean stays."""
    keep = rng.random(x.shape, np.float32) >= rate
    scale = 1 / (1 - rate) if rate < 1 else 0.0
    return np.where(keep, x * scale, 0), (keep, scale)


def dropout_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """What was dropped has no gradient; what was kept, its scale."""
    keep, scale = cache
    return np.where(keep, dy * scale, 0)


# --- loss and update -----------------------------------------------------------------------------


def softmax_cross_entropy_forward(
    logits: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, Any]:
    """−Σ_c target_c · log softmax(logits)_c, without a logarithm of a rounded probability."""
    shifted = logits - logits.max(axis=1, keepdims=True)  # the largest is 0: exp can't overflow
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    losses = -(targets * (shifted - np.log(sums))).sum(axis=1)
    return losses, (exps / sums, targets)


def softmax_cross_entropy_backward(dlosses: np.ndarray, cache: Any) -> np.ndarray:
    """Probabilities minus targets: the whole of softmax and logarithm cancels down to this."""
    probs, targets = cache
    return (probs - targets) * dlosses[:, np.newaxis]


def adam_update(
    value: np.ndarray,
    grad: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """Move `value` by its gradient's running mean over the root of its running mean square."""
    m += (grad - m) * (1 - beta_1)
    v += (grad * grad - v) * (1 - beta_2)
    value -= m * step_size / (np.sqrt(v) + epsilon)


# --- the doors -----------------------------------------------------------------------------------


def enter(x: np.ndarray, training: bool = True) -> np.ndarray:
    """The public layout is this engine's own."""
    return x


def leave(y: np.ndarray) -> np.ndarray:
    """The public layout is this engine's own."""
    return y


def frozen(
    layers: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype
) -> Callable[[np.ndarray], np.ndarray]:
    """One layer after the other."""
    layers = copy.deepcopy(list(layers))

    def answer(x: np.ndarray) -> np.ndarray:
        for layer in layers:
            x = layer.forward(x)
        return x

    return answer


def stopwatch() -> None:
    """Nothing is compiled here."""
    return None
