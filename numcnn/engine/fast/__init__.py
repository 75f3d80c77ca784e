"""The fast engine: the same operations as the reference's, in compiled loops.

`numcnn.engine.reference` says what each function computes; the docstrings here say how it is made
fast.  An operation is a method of the layout that its input comes in; a plain array is put side by
side for it, and its result comes back as a plain array.

`layouts`
    Sixteen images side by side, or up to three images unchanged; and deferred operations.
`loops`
    Everything that is computed.
`runtime`
    How loops are compiled, kept on disk, shared by threads, and given memory.
`predictor`
    A whole network for one image as one compiled function.

Four names here are not part of the contract: `predictor`, which `numcnn.Predictor` looks for,
`stopwatch`, which `numcnn.profile` looks for, `run_step` and `use_threads`.

May import: `activations`, `geometry`.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from numcnn.activations.classic import Linear
from numcnn.engine.fast import predictor as predictor
from numcnn.engine.fast.layouts.batch import to_batch
from numcnn.engine.fast.layouts.few_images import MAX_IMAGES, FewImages
from numcnn.engine.fast.loops import pointwise
from numcnn.engine.fast.runtime.stopwatch import stopwatch as stopwatch
from numcnn.engine.fast.runtime.thread_pool import run_step as run_step
from numcnn.engine.fast.runtime.thread_pool import use_threads as use_threads
from numcnn.engine.fast.shapes import fitting
from numcnn.geometry import window_grid

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


class Cache(tuple):
    """The values for a backward function of this engine, and the shape of y.

    Only this engine can read them.
    """

    engine = sys.modules[__name__]


# --- layouts -------------------------------------------------------------------------------------


def enter(x: Any, training: bool = True) -> Any:
    """Put ``(N, H, W, C)`` and ``(N, D)`` side by side; a few images to predict stay as they are.

    Any other array is returned unchanged.
    """
    if not isinstance(x, np.ndarray) or x.ndim not in (2, 4) or x.dtype not in DTYPES:
        return x
    if len(x) <= MAX_IMAGES and not training:
        return FewImages(np.ascontiguousarray(x))
    return to_batch(x)


def leave(y: Any) -> np.ndarray:
    """Put a batch back in order; a plain array is returned as it is."""
    return y if isinstance(y, np.ndarray) else y.to_plain()


def _inside(x: Any, shape: tuple[int, ...] | None = None) -> Any:
    """Return x in a layout of this engine; refuse a gradient that has not the shape of y."""
    if shape is not None and getattr(x, "shape", None) != shape:
        fitting(x, shape)
    if not isinstance(x, np.ndarray):
        return x
    if x.dtype not in DTYPES:
        raise TypeError(f"the fast engine computes with float32 and float64, got {x.dtype}.")
    return to_batch(x if x.ndim in (2, 4) else x.reshape(-1, x.shape[-1]))


def _as(x: Any, y: Any) -> Any:
    """Return y as a plain array if x is one, else as it is."""
    return leave(y) if isinstance(x, np.ndarray) else y


# --- convolution and pooling ---------------------------------------------------------------------


def conv2d_forward(
    x: Any,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    strides: tuple[int, int],
    padding: str,
) -> tuple[Any, Cache]:
    """Deferred until the next operation: x, kernel and bias are not to change before that."""
    weights = np.ascontiguousarray(kernel, x.dtype)
    y, cache = _inside(x).conv2d(weights, bias, strides, padding)
    return _as(x, y), Cache((*cache, y.shape))


def conv2d_backward(
    dy: Any, cache: Cache, input_gradient: bool = True
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """All three gradients in one pass over the images."""
    convolution, y_shape = cache
    dx, dkernel, dbias = _inside(dy, y_shape).conv2d_backward(convolution, input_gradient)
    return None if dx is None else _as(dy, dx), dkernel, dbias


def depthwise2d_forward(
    x: Any,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    strides: tuple[int, int],
    padding: str,
    dilation: tuple[int, int],
) -> tuple[Any, Cache]:
    """Deferred too."""
    _, H, W, _ = x.shape
    (KH, KW), (DH, DW) = kernel.shape[:2], dilation
    grid = window_grid((H, W), ((KH - 1) * DH + 1, (KW - 1) * DW + 1), strides, padding)
    weights = np.ascontiguousarray(kernel, x.dtype)
    y, cache = _inside(x).depthwise2d(weights, bias, strides, grid, dilation)
    return _as(x, y), Cache((*cache, y.shape))


depthwise2d_backward = conv2d_backward


def maxpool2d_forward(
    x: Any, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[Any, Cache]:
    """In one loop with the convolution before it, where the windows are side by side."""
    y, cache = _inside(x).maxpool2d(pool_size, strides, padding)
    return _as(x, y), Cache((*cache, y.shape))


def maxpool2d_backward(dy: Any, cache: Cache) -> Any:
    """In one loop with the convolution's, if that is how it went forward."""
    *values, y_shape = cache
    return _as(dy, _inside(dy, y_shape).maxpool2d_backward(*values))


def averagepool2d_forward(
    x: Any, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[Any, Cache]:
    """The same: in one loop with the convolution before it, where the windows are side by side."""
    y, cache = _inside(x).averagepool2d(pool_size, strides, padding)
    return _as(x, y), Cache((*cache, y.shape))


def averagepool2d_backward(dy: Any, cache: Cache) -> Any:
    """The same."""
    *values, y_shape = cache
    return _as(dy, _inside(dy, y_shape).averagepool2d_backward(*values))


def global_mean_forward(x: Any) -> tuple[Any, Cache]:
    """The mean of a window as large as the image."""
    _, H, W, _ = x.shape
    return averagepool2d_forward(x, (H, W), (H, W), "valid")


global_mean_backward = averagepool2d_backward


# --- dense layers --------------------------------------------------------------------------------


def dense_forward(x: Any, kernel: np.ndarray, bias: np.ndarray | None) -> tuple[Any, Cache]:
    """Blocks of units stay in registers."""
    y, cache = _inside(x).dense(np.ascontiguousarray(kernel, x.dtype), bias)
    y = _rows_as(x, y)
    return y, Cache((*cache, y.shape))


def dense_backward(
    dy: Any, cache: Cache, input_gradient: bool = True
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Two loops: over the weights, and over the images."""
    x, kernel, bias, y_shape = cache
    dx, dkernel, dbias = _inside(dy, y_shape).dense_backward(x, kernel, bias, input_gradient)
    return None if dx is None else _rows_as(dy, dx), dkernel, dbias


def _rows_as(x: Any, y: Any) -> Any:
    """Return rows y as a plain array with the leading axes of x if x is one, else as they are."""
    if isinstance(x, np.ndarray):
        return leave(y).reshape(*x.shape[:-1], y.shape[-1])
    return y


def flatten_forward(x: Any) -> tuple[Any, Cache]:
    """Side by side, the channels of a pixel are far apart, and have to be moved."""
    y = x.reshape(len(x), math.prod(x.shape[1:]))
    return y, Cache((x.shape, y.shape))


def flatten_backward(dy: Any, cache: Cache) -> Any:
    """And moved back."""
    x_shape, y_shape = cache
    return fitting(dy, y_shape).reshape(*x_shape)


def batchnorm_forward(
    x: Any,
    gamma: np.ndarray | None,
    beta: np.ndarray | None,
    epsilon: float,
    statistics: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[Any, tuple[np.ndarray, np.ndarray], Cache]:
    """A channel at a time: its sums, and then its numbers, which are still in the cache."""
    y, used, cache = _inside(x).batchnorm(gamma, beta, epsilon, statistics)
    return _shaped_as(x, y), used, Cache((*cache, x.shape))


def batchnorm_backward(dy: Any, cache: Cache) -> tuple[Any, np.ndarray, np.ndarray]:
    """In the same way."""
    *values, y_shape = cache
    dx, dgamma, dbeta = _inside(dy, y_shape).batchnorm_backward(*values)
    return _shaped_as(dy, dx), dgamma, dbeta


def _shaped_as(x: Any, y: Any) -> Any:
    """Return y as a plain array of the shape of x if x is one, else as it is."""
    return leave(y).reshape(x.shape) if isinstance(x, np.ndarray) else y


# --- activations and dropout ---------------------------------------------------------------------


def activation_forward(z: Any, activation: Any) -> tuple[Any, Cache]:
    """relu in one loop with the convolution before it, if there is one."""
    if type(activation) is Linear:
        return z, Cache((activation, None, None, z.shape))
    if isinstance(z, np.ndarray):
        y = activation.value(z)
        return y, Cache((activation, z, y, z.shape))
    y, cache = z.activation(activation)
    return y, Cache((*cache, z.shape))


def activation_backward(dy: Any, cache: Cache) -> Any:
    """In one loop with the convolution's, if that is how it went forward."""
    activation, z, y, y_shape = cache
    dy = fitting(dy, y_shape)
    if type(activation) is Linear:
        return dy
    if isinstance(y, np.ndarray):
        return _as(dy, activation.gradient(leave(dy), z, y))
    return _as(dy, _inside(dy).activation_backward(activation, z, y))


def add(xs: list[Any]) -> Any:
    """In the layout of the first one; where only some are plain arrays, side by side."""
    if all(isinstance(x, np.ndarray) for x in xs):
        return sum(xs[1:], start=xs[0])
    first, *others = (_inside(x) for x in xs)
    for x in others:
        first = first.plus(x)
    return first


def dropout_forward(x: Any, rate: float, rng: np.random.Generator) -> tuple[Any, Cache]:
    """The factor of every number, 0 or 1 / (1 − rate), is chosen in the public layout."""
    keep = rng.random(x.shape, np.float32) >= rate
    factors = keep * x.dtype.type(1 / (1 - rate) if rate < 1 else 0)
    if not isinstance(x, np.ndarray):
        factors = _inside(factors)
    return _scaled(x, factors), Cache((factors, x.shape))


def dropout_backward(dy: Any, cache: Cache) -> Any:
    """The same factors."""
    factors, y_shape = cache
    return _scaled(fitting(dy, y_shape), factors)


def _scaled(x: Any, factors: Any) -> Any:
    """x times the factors, in the layout of x; 0 where a factor is 0, whatever x is there."""
    if isinstance(x, np.ndarray):
        factors = leave(factors)
        return np.where(factors > 0, x * factors, 0).astype(x.dtype, copy=False)
    return x.scaled(_inside(factors))


# --- loss and update -----------------------------------------------------------------------------


def softmax_cross_entropy_forward(
    logits: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, Cache]:
    """One pass over the rows."""
    logits = np.ascontiguousarray(leave(logits))
    targets = np.ascontiguousarray(targets, logits.dtype)
    losses, probs = pointwise.cross_entropy(
        logits, fitting(targets, logits.shape, "the targets", "of the logits")
    )
    return losses, Cache((probs, targets, losses.shape))


def softmax_cross_entropy_backward(dlosses: np.ndarray, cache: Cache) -> np.ndarray:
    """Another."""
    probs, targets, shape = cache
    dlosses = np.ascontiguousarray(fitting(dlosses, shape, "dlosses", "of the losses"), probs.dtype)
    return pointwise.cross_entropy_back(dlosses, probs, targets)


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
    """All four arrays in one pass."""
    if grad.shape != value.shape:
        fitting(grad, value.shape, "a gradient", "of its parameter")
    numbers = step_size, beta_1, beta_2, epsilon
    if value.flags.c_contiguous and m.flags.c_contiguous and v.flags.c_contiguous:
        pointwise.adam(value, grad, m, v, *numbers)
    else:
        w, mean, mean_square = value.copy(), m.copy(), v.copy()
        pointwise.adam(w, grad, mean, mean_square, *numbers)
        value[...], m[...], v[...] = w, mean, mean_square
