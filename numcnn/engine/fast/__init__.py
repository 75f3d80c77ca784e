"""The fast engine: the same operations as the reference's, in compiled loops.

What each function takes and gives is said in the contract (`numcnn.engine`), what it computes in
`numcnn.engine.reference`.  Here are the doors between layers and loops; the loops themselves:

================  ================================================================================
`convolution`     the sum of a convolution, in the order that keeps it in registers
`winograd`        the same sum in fewer multiplications, for windows of 3 × 3; `tiles`, its loops
`gradients`       the sums of its gradients
`fusion`          convolution, relu and max pooling in one loop
`waiting`         how three layers become that one loop
`pooling`         maximum and mean of any window
`dense`           the products of a dense layer
`few`             one image, which has nobody at its side; `few_loops`, its loops
`frozen`          a whole network for one image, as one compiled function: `recipe`, what is
                  to be done; `plan`, where; `sharing`, by whom; `program`, the function
`pointwise`       number by number
`batch`           sixteen images side by side: the layout all of them work on
`blocks`          how much is kept in registers, by machine and size
`compiled`        how a loop is declared and compiled
`kept`            compiled loops on disk
`threads`         several cores for one loop; `helper`, a thread; `atomic`, what threads share
`memory`          arrays whose memory is used again
================  ================================================================================
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from numcnn.activations.classic import Linear, ReLU, Softmax
from numcnn.engine.fast import dense, few, pointwise, pooling, threads, waiting
from numcnn.engine.fast.batch import (
    Batch,
    flatten,
    inner_shape,
    to_batch,
    to_plain,
    unflatten,
)
from numcnn.engine.fast.few import FEW, Few, FewConvolution
from numcnn.engine.fast.frozen import frozen as frozen
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.engine.fast.waiting import Called, Convolution, Waiting
from numcnn.geometry import window_grid


class Cache(tuple):
    """What a backward function of this engine needs; only this engine can read it."""

    engine = sys.modules[__name__]


DTYPES = (np.dtype(np.float32), np.dtype(np.float64))

# --- the doors -----------------------------------------------------------------------------------


def enter(x: Any, training: bool = True) -> Any:
    """``(N, H, W, C)`` and ``(N, D)`` are put side by side; other arrays stay as they are.

    So do a few images that are only to be predicted.
    """
    if not isinstance(x, np.ndarray) or x.ndim not in (2, 4) or x.dtype not in DTYPES:
        return x
    if len(x) <= FEW and not training:
        return Few(np.ascontiguousarray(x))
    return to_batch(x)


def leave(y: Any) -> np.ndarray:
    """A batch is put back in order; a plain array is there already."""
    return y if isinstance(y, np.ndarray) else y.to_plain()


def _batch(x: Any) -> Batch:
    if isinstance(x, Batch):
        return x
    if isinstance(x, Few):
        return x.side_by_side()
    if x.dtype not in DTYPES:
        raise TypeError(f"the fast engine computes with float32 and float64, got {x.dtype}.")
    return to_batch(x)


def _as(x: Any, y: Batch) -> Any:
    """Return y in the layout that x came in."""
    return to_plain(y) if isinstance(x, np.ndarray) else y


# --- convolution ---------------------------------------------------------------------------------


def conv2d_forward(
    x: Any,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    strides: tuple[int, int],
    padding: str,
) -> tuple[Any, Any]:
    """Computed when it is known what follows: x, kernel and bias are not to change before that."""
    N, H, W, _ = x.shape
    grid = window_grid((H, W), kernel.shape[:2], strides, padding)
    kernel = np.ascontiguousarray(kernel, x.dtype)
    shape = N, grid.OH, grid.OW, kernel.shape[3]
    if isinstance(x, Few):
        return FewConvolution(Called(x, kernel, bias, strides, grid, shape)), Cache()
    y = Convolution(Called(_batch(x), kernel, bias, strides, grid, shape))
    return _as(x, y), Cache((y,))


def conv2d_backward(
    dy: Any, cache: Any, input_gradient: bool = True
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """All three gradients in one pass over the images."""
    (convolved,) = cache
    called = convolved.called
    numbers, dkernel, dbias = waiting.backward(_batch(dy), convolved, input_gradient)
    dx = None if numbers is None else _as(dy, called.x.like(numbers))
    return dx, dkernel, None if called.bias is None else dbias


# --- pooling -------------------------------------------------------------------------------------


def maxpool2d_forward(
    x: Any, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[Any, Any]:
    """In one loop with the convolution before it, where the windows tile the image."""
    N, H, W, C = x.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    tiles = pool_size == strides and grid[2:] == (0, 0, 0, 0)
    if isinstance(x, FewConvolution) and tiles:
        return x.pooled(pool_size), Cache()
    batch = _batch(x)
    source, fused = None, None
    if isinstance(batch, Convolution) and tiles:
        source, fused = batch, batch.pooled(pool_size)
    if fused is None:
        source = None
        fused = pooling.maximum(batch.numbers, pool_size, strides, grid)
    y, winner = fused
    cache = Cache((source, batch.shape, y, winner, pool_size, strides, grid))
    return _as(x, Batch((N, grid.OH, grid.OW, C), y)), cache


def maxpool2d_backward(dy: Any, cache: Any) -> Any:
    """To the winners; the convolution's own backward loop does it if there is one."""
    source, shape, y, winner, pool_size, strides, grid = cache
    numbers = _batch(dy).numbers
    if source is not None:
        return _as(dy, Waiting(source, numbers, y, winner, pool_size))
    inner = inner_shape(shape)
    return _as(
        dy,
        Batch(shape, pooling.maximum_back(numbers, winner, inner, pool_size, strides, grid)),
    )


def averagepool2d_forward(
    x: Any, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[Any, Any]:
    """Sums, divided by the number of cells inside the image."""
    batch = _batch(x)
    N, H, W, C = batch.shape
    grid = window_grid((H, W), pool_size, strides, padding)
    y = Batch((N, grid.OH, grid.OW, C), pooling.mean(batch.numbers, pool_size, strides, grid))
    return _as(x, y), Cache((batch.shape, pool_size, strides, grid))


def averagepool2d_backward(dy: Any, cache: Any) -> Any:
    """Shares, added up."""
    shape, pool_size, strides, grid = cache
    inner = inner_shape(shape)
    dx = pooling.mean_back(_batch(dy).numbers, inner, pool_size, strides, grid)
    return _as(dy, Batch(shape, dx))


# --- dense, and the way there --------------------------------------------------------------------


def dense_forward(x: Any, kernel: np.ndarray, bias: np.ndarray | None) -> tuple[Any, Any]:
    """All leading axes are images to it."""
    D, U = kernel.shape
    kernel = np.ascontiguousarray(kernel, x.dtype)
    if isinstance(x, Few) and len(x.shape) == 2:
        return few.dense(x, kernel, bias), Cache()
    rows = _rows(x, D)
    biases = np.zeros(U, rows.dtype) if bias is None else bias
    y = Batch((len(rows), U), dense.forward(rows.numbers, kernel, biases))
    return _unrows(x, y), Cache((rows, kernel, bias))


def dense_backward(
    dy: Any, cache: Any, input_gradient: bool = True
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Two loops: over the weights, and over the images."""
    x, kernel, bias = cache
    numbers = _rows(dy, kernel.shape[1]).numbers
    dx, dkernel, dbias = dense.backward(len(x), numbers, x.numbers, kernel, input_gradient)
    dx = None if dx is None else _unrows(dy, x.like(dx))
    return dx, dkernel, None if bias is None else dbias


def _rows(x: Any, D: int) -> Batch:
    """``(…, D)`` as rows side by side."""
    if isinstance(x, Batch) and len(x.shape) == 2:
        return x
    return to_batch(leave(x).reshape(-1, D))


def _unrows(x: Any, rows: Batch) -> Any:
    """Rows, in the layout and with the leading axes of x."""
    if isinstance(x, Batch) and len(x.shape) == 2:
        return rows
    y = to_plain(rows).reshape(*x.shape[:-1], rows.shape[1])
    return y if isinstance(x, np.ndarray) else to_batch(y)


def flatten_forward(x: Any) -> tuple[Any, Any]:
    """The channels of a pixel are far apart here, and have to be moved."""
    if isinstance(x, Batch):
        return flatten(x) if len(x.shape) == 4 else x, Cache((x.shape,))
    return x.reshape(len(x), math.prod(x.shape[1:])), Cache((x.shape,))


def flatten_backward(dy: Any, cache: Any) -> Any:
    """And moved back."""
    (x_shape,) = cache
    if isinstance(dy, Batch):
        return unflatten(dy, x_shape) if len(x_shape) == 4 else dy
    return dy.reshape(x_shape)


# --- activations and dropout ---------------------------------------------------------------------


def activation_forward(z: Any, activation: Any) -> tuple[Any, Any]:
    """relu in a loop, or in the convolution's; others by their own formula, on this layout."""
    if type(activation) is Linear:
        return z, Cache((activation, None, None))
    if isinstance(z, Few):
        if type(activation) is ReLU:
            return few.relu(z), Cache()
        if type(activation) is Softmax and len(z.shape) == 2:
            return few.softmax(z), Cache()
        return z.by(activation.value, z.shape), Cache()
    if not isinstance(z, Batch):
        y = activation.value(z)
        return y, Cache((activation, z, y))
    if type(activation) is ReLU:
        y = z.with_relu() if isinstance(z, Convolution) else None
        y = z.like(_pointwise(pointwise.relu_loop, z.numbers)) if y is None else y
        return y, Cache((activation, None, y))
    if activation.pointwise:
        y = z.like(activation.value(z.numbers))
        return y, Cache((activation, z, y))
    plain = to_plain(z)
    y = _by_formula(plain, activation)
    return to_batch(y), Cache((activation, plain, y))


def _by_formula(z: np.ndarray, activation: Any) -> np.ndarray:
    """The activation's own formula; softmax of rows in a loop."""
    if type(activation) is not Softmax or z.ndim != 2:
        return activation.value(z)
    y = np.empty_like(z)
    pointwise.softmax_loop(z, y, 0, len(z))
    return y


def activation_backward(dy: Any, cache: Any) -> Any:
    """As it went forward."""
    activation, z, y = cache
    if type(activation) is Linear:
        return dy
    if not isinstance(y, Batch):
        dz = activation.gradient(leave(dy), z, y)
        return to_batch(dz) if isinstance(dy, Batch) else dz
    if type(activation) is not ReLU:
        return _as(dy, y.like(activation.gradient(_batch(dy).numbers, z.numbers, y.numbers)))
    if isinstance(dy, Waiting) and dy.source is y:
        return dy.through_relu()
    batch = _batch(dy)
    if isinstance(y, Convolution):
        return _as(dy, Waiting(y, batch.numbers, y.numbers, relu=True))
    return _as(dy, y.like(_pointwise(pointwise.relu_back_loop, batch.numbers, y.numbers)))


def _pointwise(loop: Any, *arrays: np.ndarray) -> np.ndarray:
    """Run a pointwise loop over all numbers of arrays of one shape, into a new one."""
    y = empty(arrays[0].shape, arrays[0].dtype)
    parallel(loop, y.size, 4 * y.size, *(array.reshape(-1) for array in (*arrays, y)))
    return y


def dropout_forward(x: Any, rate: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Each number times 1 / (1 − rate) or nothing."""
    keep = rng.random(x.shape, np.float32) >= rate
    factors = keep * x.dtype.type(1 / (1 - rate) if rate < 1 else 0)
    if isinstance(x, Batch):
        factors = to_batch(factors)
    return _scaled(x, factors), Cache((factors,))


def dropout_backward(dy: Any, cache: Any) -> Any:
    """The same factors."""
    (factors,) = cache
    return _scaled(dy, factors)


def _scaled(x: Any, factors: Any) -> Any:
    """x times the factors, and 0 where a factor is 0, whatever x is there."""
    if isinstance(factors, Batch) and not isinstance(x, Batch):
        factors = to_plain(factors)
    if isinstance(x, Batch):
        factors = _batch(factors)
        return x.like(_pointwise(pointwise.scale_loop, x.numbers, factors.numbers))
    return np.where(factors > 0, x * factors, 0).astype(x.dtype, copy=False)


# --- loss and update -----------------------------------------------------------------------------


def softmax_cross_entropy_forward(
    logits: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, Any]:
    """One pass over the rows."""
    logits = np.ascontiguousarray(leave(logits))
    targets = np.ascontiguousarray(targets, logits.dtype)
    losses, probs = np.empty(len(logits), logits.dtype), np.empty_like(logits)
    pointwise.cross_entropy_loop(logits, targets, losses, probs)
    return losses, Cache((probs, targets))


def softmax_cross_entropy_backward(dlosses: np.ndarray, cache: Any) -> np.ndarray:
    """Another."""
    probs, targets = cache
    dlogits = np.empty_like(probs)
    pointwise.cross_entropy_back_loop(
        np.ascontiguousarray(dlosses, probs.dtype), probs, targets, dlogits
    )
    return dlogits


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
    arrays = (value, grad, m, v)
    if False in [array.flags.c_contiguous for array in arrays]:
        w, g, mean, mean_square = (array.copy() for array in arrays)
        adam_update(w, g, mean, mean_square, step_size, beta_1, beta_2, epsilon)
        value[...], m[...], v[...] = w, mean, mean_square
        return
    rows = [array.reshape(-1) for array in arrays]
    numbers = step_size, beta_1, beta_2, epsilon
    parallel(pointwise.adam_loop, value.size, 8 * value.size, *rows, *numbers)


# --- how long it takes ---------------------------------------------------------------------------


def stopwatch() -> threads.Stopwatch:
    """All loops go through `threads.parallel`, which looks at it."""
    return threads.stopwatch
