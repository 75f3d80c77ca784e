"""The engine contract: the operations a network is made of, and who carries them out.

A layer is mathematics and state; the arithmetic on whole batches is the engine's.  Layers call
the functions of this module, which hand each call to the engine in use:

* ``"reference"``: plain NumPy, the definition of every operation (`numcnn.engine.reference`);
* ``"fast"``: the same in loops compiled by Numba, sixteen images side by side
  (`numcnn.engine.fast`).  It is the default.

Rules that every engine keeps:

* Pure: the same arguments give the same result, and no argument is written to
  (`adam_update` alone updates in place, as it says).
* The dtype is kept: float32 to train, float64 to check gradients.
* A ``_forward`` returns its result and a cache.  The cache is a small tuple that only the engine
  that made it can read; the ``_backward`` of the same engine takes it back.
* Arguments have been checked before they come here.
* Images are ``(N, H, W, C)`` outside.  Between its operations an engine may keep batches in a
  layout of its own; `enter` and `leave` are the doors.  What comes into an operation as a plain
  array leaves it as a plain array.

Axes: ``N`` images, ``H, W`` rows and columns, ``C`` channels in, ``F`` filters (channels out),
``KH, KW`` window rows and columns, ``SH, SW`` strides, ``OH, OW`` output rows and columns.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Sequence
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from numcnn.checks import one_of
from numcnn.engine import reference

ENGINES = ("fast", "reference")

log = logging.getLogger("numcnn")

_active: ModuleType | None = None


def active_engine() -> ModuleType:
    """Return the module that carries out the operations now."""
    global _active
    if _active is None:
        name = os.environ.get("NUMCNN_ENGINE")
        _active = engine_named(name) if name else _default_engine()
    return _active


def engine_named(name: str) -> ModuleType:
    """Return an engine; it is imported only now, because Numba takes its time.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ImportError
        If it can't be imported.
    """
    return importlib.import_module(f"numcnn.engine.{one_of(name, ENGINES, 'engine')}")


def _default_engine() -> ModuleType:
    """Return the fast engine, or the reference where Numba does not work."""
    try:
        return engine_named("fast")
    except Exception as error:  # Numba fails in many ways where it does not fit the Python or NumPy
        log.warning("the fast engine does not work here (%s); the reference engine does.", error)
        return reference


class use_engine:  # noqa: N801 - it reads as a verb, alone or after `with`
    """Choose the engine, for good or within a ``with`` block.

    The environment variable ``NUMCNN_ENGINE`` chooses the engine that a process starts with.
    The choice holds for the whole process, all of its threads included.

    Parameters
    ----------
    name : {"fast", "reference"}

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ImportError
        If it can't be imported.

    Examples
    --------
    >>> import numcnn
    >>> with numcnn.use_engine("reference"):
    ...     numcnn.engine.active_engine().__name__
    'numcnn.engine.reference'
    """

    def __init__(self, name: str) -> None:
        global _active
        chosen = engine_named(name)
        self._previous = _active
        _active = chosen

    def __enter__(self) -> use_engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        global _active
        _active = self._previous


# --- the operations ------------------------------------------------------------------------------


def conv2d_forward(
    x: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    strides: tuple[int, int],
    padding: str,
) -> tuple[np.ndarray, Any]:
    """Slide the kernel over the images.

    ``y[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, f]``, where x is zero outside the image.

    x ``(N, H, W, C)``, kernel ``(KH, KW, C, F)``, bias ``(F,)`` or None
    -> y ``(N, OH, OW, F)``, cache.
    """
    engine = active_engine()
    y, cache = engine.conv2d_forward(x, kernel, bias, strides, padding)
    return y, (engine, cache)


def conv2d_backward(
    dy: np.ndarray, cache: Any, input_gradient: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """The gradients of a convolution.

    ``dkernel[i, j, c, f] = Σ_{n,oy,ox} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    dy[n, oy, ox, f]``; ``dbias[f] = Σ_{n,oy,ox} dy[n, oy, ox, f]``; and dx gets, for every term
    of the forward sum, ``dy[n, oy, ox, f] · kernel[i, j, c, f]`` at the pixel of that term.

    dy ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)`` (None without `input_gradient`),
    dkernel ``(KH, KW, C, F)``, dbias ``(F,)`` (None where there is no bias).
    """
    engine, own_cache = cache
    return engine.conv2d_backward(dy, own_cache, input_gradient)


def maxpool2d_forward(
    x: np.ndarray, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[np.ndarray, Any]:
    """The largest pixel of each window, channel by channel.

    Padding never wins.  A NaN in the window makes the result NaN.

    x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``, cache.
    """
    engine = active_engine()
    y, cache = engine.maxpool2d_forward(x, pool_size, strides, padding)
    return y, (engine, cache)


def maxpool2d_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """Each window's gradient goes to its largest pixel.

    Among equals that is the first in row-major order; a NaN counts as larger than any number.

    dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``.
    """
    engine, own_cache = cache
    return engine.maxpool2d_backward(dy, own_cache)


def averagepool2d_forward(
    x: np.ndarray, pool_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[np.ndarray, Any]:
    """The mean of each window, channel by channel, over the window's cells inside the image.

    x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``, cache.
    """
    engine = active_engine()
    y, cache = engine.averagepool2d_forward(x, pool_size, strides, padding)
    return y, (engine, cache)


def averagepool2d_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """Each window's gradient is shared equally among its pixels inside the image.

    dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``.
    """
    engine, own_cache = cache
    return engine.averagepool2d_backward(dy, own_cache)


def dense_forward(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
) -> tuple[np.ndarray, Any]:
    """``y = x @ kernel + bias``.

    x ``(…, D)``, kernel ``(D, U)``, bias ``(U,)`` or None -> y ``(…, U)``, cache.
    """
    engine = active_engine()
    y, cache = engine.dense_forward(x, kernel, bias)
    return y, (engine, cache)


def dense_backward(
    dy: np.ndarray, cache: Any, input_gradient: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """``dx = dy @ kernelᵀ``, ``dkernel = xᵀ @ dy``, ``dbias = Σ_n dy[n]``.

    dy ``(…, U)`` -> dx ``(…, D)`` (None without `input_gradient`), dkernel ``(D, U)``,
    dbias ``(U,)`` (None where there is no bias).
    """
    engine, own_cache = cache
    return engine.dense_backward(dy, own_cache, input_gradient)


def flatten_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """All numbers of a sample in one row, in C order.

    x ``(N, …)`` -> y ``(N, D)``, cache.
    """
    engine = active_engine()
    y, cache = engine.flatten_forward(x)
    return y, (engine, cache)


def flatten_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """The row, back in its shape.

    dy ``(N, D)`` -> dx ``(N, …)``.
    """
    engine, own_cache = cache
    return engine.flatten_backward(dy, own_cache)


def activation_forward(z: np.ndarray, activation: Any) -> tuple[np.ndarray, Any]:
    """``y = activation.value(z)``, an activation of `numcnn.activations`.

    z ``(N, …)`` -> y ``(N, …)``, cache.
    """
    engine = active_engine()
    y, cache = engine.activation_forward(z, activation)
    return y, (engine, cache)


def activation_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """``dz = activation.gradient(dy, z, y)``.

    dy ``(N, …)`` -> dz ``(N, …)``.
    """
    engine, own_cache = cache
    return engine.activation_backward(dy, own_cache)


def dropout_forward(x: np.ndarray, rate: float, rng: np.random.Generator) -> tuple[np.ndarray, Any]:
    """Set each number to zero with probability `rate`; multiply the others by 1 / (1 − rate).

    A number is dropped where ``rng.random(x.shape, np.float32) < rate``, in the public layout, so
    that every engine drops the same ones.

    x ``(N, …)``, rate from 0 to 1 -> y ``(N, …)``, cache.
    """
    engine = active_engine()
    y, cache = engine.dropout_forward(x, rate, rng)
    return y, (engine, cache)


def dropout_backward(dy: np.ndarray, cache: Any) -> np.ndarray:
    """Drop and scale the gradient as the forward pass did the numbers.

    dy ``(N, …)`` -> dx ``(N, …)``.
    """
    engine, own_cache = cache
    return engine.dropout_backward(dy, own_cache)


def softmax_cross_entropy_forward(
    logits: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, Any]:
    """``losses[n] = −Σ_c targets[n, c] · log softmax(logits[n])_c``.

    logits ``(N, classes)``; targets ``(N, classes)``, rows that sum to 1 -> losses ``(N,)``, cache.
    """
    engine = active_engine()
    y, cache = engine.softmax_cross_entropy_forward(logits, targets)
    return y, (engine, cache)


def softmax_cross_entropy_backward(dlosses: np.ndarray, cache: Any) -> np.ndarray:
    """``dlogits[n] = (softmax(logits[n]) − targets[n]) · dlosses[n]``.

    dlosses ``(N,)`` -> dlogits ``(N, classes)``.
    """
    engine, own_cache = cache
    return engine.softmax_cross_entropy_backward(dlosses, own_cache)


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
    """One step of Adam (Kingma and Ba 2015, section 2), on value, m and v **in place**.

    ``m += (g − m)·(1 − beta_1)``; ``v += (g² − v)·(1 − beta_2)``;
    ``value −= step_size · m / (√v + epsilon)``.  All four arrays have the same shape.
    """
    active_engine().adam_update(value, grad, m, v, step_size, beta_1, beta_2, epsilon)


# --- the doors -----------------------------------------------------------------------------------


def enter(x: np.ndarray, training: bool = True) -> Any:
    """Bring a public array ``(N, …)`` into the layout of the engine in use.

    Without `training` no backward operation may follow.
    """
    return active_engine().enter(x, training)


def leave(y: Any) -> np.ndarray:
    """Bring a batch in any engine's layout back into a public array ``(N, …)``."""
    return active_engine().leave(y)


def frozen(
    layers: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what built layers in a row do to a plain batch of this shape, as one function.

    The function keeps the weights, and all else, as they are now.  It may be called by several
    threads at once.
    """
    return active_engine().frozen(layers, shape, dtype)


def stopwatch() -> Any:
    """Return what measures the compiled loops of the engine in use; None if it has none.

    As long as a thread holds it, ``with stopwatch():``, it adds up the ``seconds`` of its loops.
    """
    return active_engine().stopwatch()
