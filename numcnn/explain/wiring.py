"""Wiring: the inputs and the weights from which a layer computes each number of its output.

Every layer described here computes a number of its output in the same four moves:

1. take some numbers of the input, the *cells*: a window, a row, or a single number;
2. combine them into one number: the weighted sum, the sum, the maximum, or a copy;
3. apply some *steps*, such as "+ bias" or "÷ 4";
4. apply the activation to the result, z.

Numbers are indexed within a sample, in C order: o is an index in the output, and F is the length of
the output's last axis (filters, channels, units).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numcnn import layers
from numcnn.activations import Activation, Linear
from numcnn.geometry import window_grid
from numcnn.layers import operations

PADDING = -1
"""Stands for a cell outside the image."""


@dataclass(frozen=True)
class Step:
    """One step of arithmetic: ``z = z symbol operand[o % len(operand)]``."""

    symbol: str  # + − × ÷
    name: str
    operand: np.ndarray


@dataclass(frozen=True)
class Wiring:
    """How a layer computes its output.

    Attributes
    ----------
    rule : {"weighted sum", "sum", "max", "copy"}
        How the cells are combined.
    source : numpy.ndarray
        ``(M,)`` int32, indices of the input, in the order in which windows cover them, with
        `PADDING` around.
    start : numpy.ndarray
        ``(O,)`` int32, the index in `source` where the window of output o begins.
    window : numpy.ndarray
        ``(K,)`` int32; the cells of output o are ``source[start[o] + window]``.
    weights : numpy.ndarray or None
        ``(K, F)``; the weight of cell k for output o is ``weights[k, o % F]``.
    steps : tuple of Step
    activation : Activation
    same_in_training : bool
        Whether the layer computes the same in training; dropout does not.
    """

    rule: str
    source: np.ndarray
    start: np.ndarray
    window: np.ndarray
    weights: np.ndarray | None = None
    steps: tuple[Step, ...] = ()
    activation: Activation = field(default_factory=Linear)
    same_in_training: bool = True

    def cells(self, o: Any) -> np.ndarray:
        """Return the input indices, or `PADDING`, of one output ``(K,)`` or several ``(n, K)``."""
        return self.source[self.start[o][..., np.newaxis] + self.window]


def wiring(layer: Any) -> Wiring | None:
    """Return the wiring of a built layer; None if its kind is not known here.

    A subclass is known if it computes in the same way as its parent.

    Examples
    --------
    >>> layer = layers.Dense(2, input_shape=(3,))
    >>> layer.build_for((None, 3))
    >>> wiring(layer).cells(np.array([0, 1]))
    array([[0, 1, 2],
           [0, 1, 2]], dtype=int32)
    """
    for kind in type(layer).__mro__:
        if kind in WIRINGS:
            computes_alike = all(
                getattr(type(layer), part, None) is getattr(kind, part, None)
                for part in ("forward", "linear")
            )
            wired = WIRINGS[kind](layer) if computes_alike else None
            return wired if wired and _is_known(wired.activation) else None
    return None


def _is_known(activation: Activation) -> bool:
    """Return whether an activation is pointwise or the softmax."""
    return activation.pointwise or activation.name == "softmax"


# --- the kinds of layers -------------------------------------------------------------------------


def _conv2d(layer: Any) -> Wiring | None:
    if layer.spread:
        return None
    corners, window, source = _windows(layer, layer.kernel_size)
    C = layer.input_shape[-1]
    every_channel = (window[:, np.newaxis] + np.arange(C)).reshape(-1)  # (KH·KW·C,)
    return Wiring(
        "weighted sum",
        source,
        _ints(np.repeat(corners, layer.filters)),
        _ints(every_channel),
        layer.kernel.value.reshape(-1, layer.filters),  # (KH·KW·C, F)
        _bias(layer),
        layer.activation,
    )


def _dense(layer: Any) -> Wiring:
    *rows, D = layer.input_shape[1:]
    return Wiring(
        "weighted sum",
        _ints(np.arange(math.prod(rows) * D)),
        _ints(np.repeat(np.arange(math.prod(rows)) * D, layer.units)),
        _ints(np.arange(D)),
        layer.kernel.value,
        _bias(layer),
        layer.activation,
    )


def _max_pooling(layer: Any) -> Wiring:
    corners, window, source = _windows(layer, layer.pool_size)
    return Wiring("max", source, _channel_by_channel(layer, corners), window)


def _average_pooling(layer: Any) -> Wiring:
    corners, window, source = _windows(layer, layer.pool_size)
    start = _channel_by_channel(layer, corners)
    cells = (source[start[:, np.newaxis] + window] != PADDING).sum(axis=1)  # (O,)
    step = Step("÷", "cells in the image", cells.astype(np.float32))
    return Wiring("sum", source, start, window, steps=(step,))


def _copy(layer: Any, **more: Any) -> Wiring:
    """The same numbers in the same order, such as Flatten."""
    places = _ints(np.arange(math.prod(layer.input_shape[1:])))
    return Wiring("copy", places, places, _ints(np.zeros(1)), **more)


def _activation(layer: Any) -> Wiring:
    return _copy(layer, activation=layer.activation)


def _unchanged(layer: Any) -> Wiring:
    return _copy(layer, same_in_training=False)


def _zero_padding(layer: Any) -> Wiring:
    places = np.arange(math.prod(layer.input_shape[1:])).reshape(layer.input_shape[1:])
    source = _ints(np.pad(places, (*layer.padding, (0, 0)), constant_values=PADDING))
    return Wiring("copy", source, _ints(np.arange(source.size)), _ints(np.zeros(1)))


def _global_average_pooling(layer: Any) -> Wiring:
    pixels = math.prod(layer.input_shape[1:3])
    return _over_the_image(layer, "sum", (Step("÷", "pixels", np.array([pixels], np.float32)),))


def _global_max_pooling(layer: Any) -> Wiring:
    return _over_the_image(layer, "max")


def _over_the_image(layer: Any, rule: str, steps: tuple[Step, ...] = ()) -> Wiring:
    """One window over the whole image, for each channel."""
    H, W, C = layer.input_shape[1:]
    channels = _ints(np.arange(C))
    return Wiring(
        rule, _ints(np.arange(H * W * C)), channels, _ints(np.arange(H * W) * C), steps=steps
    )


def _rescaling(layer: Any) -> Wiring:
    scale, offset = (np.atleast_1d(np.asarray(x, layer.dtype)) for x in (layer.scale, layer.offset))
    steps = (Step("×", "scale", scale), Step("+", "offset", offset))
    return _copy(layer, steps=steps if offset.any() else steps[:1])


def _batch_normalization(layer: Any) -> Wiring:
    deviation = np.sqrt(
        layer.moving_variance.value + layer.moving_variance.value.dtype.type(layer.epsilon)
    )
    steps = [
        Step("−", "moving mean", layer.moving_mean.value),
        Step("÷", "√(moving variance + epsilon)", deviation),
    ]
    if layer.gamma is not None:
        steps.append(Step("×", "gamma", layer.gamma.value))
    if layer.beta is not None:
        steps.append(Step("+", "beta", layer.beta.value))
    return _copy(layer, steps=tuple(steps), same_in_training=False)


def _merged(rule: str, sign: float = 1.0) -> Callable[[Any], Wiring | None]:
    """Return the wiring of layers that combine the same number of each input, of equal shapes.

    The inputs stand one after the other; with a sign of −1, the second is subtracted.
    """

    def wired(layer: Any) -> Wiring | None:
        shapes = layer.input_shape
        if any(tuple(shape) != tuple(shapes[0]) for shape in shapes):
            return None
        count, size = len(shapes), math.prod(shapes[0][1:])
        steps: tuple[Step, ...] = ()
        if isinstance(layer, layers.Average):
            steps = (Step("÷", "inputs", np.array([count], np.float32)),)
        weights = np.array([[1.0], [sign]], np.float32) if sign < 0 else None
        every, window = _ints(np.arange(count * size)), _ints(np.arange(count) * size)
        return Wiring(rule, every, _ints(np.arange(size)), window, weights, steps)

    return wired


def _added(layer: Any) -> Wiring | None:
    """``a + b`` of two symbolic tensors."""
    return _merged("sum")(layer) if layer.operands == (None, None) else None


def _concatenate(layer: Any) -> Wiring:
    begin, parts = 0, []
    for shape in layer.input_shape:
        size = math.prod(shape[1:])
        parts.append(begin + np.arange(size).reshape(1, *shape[1:]))
        begin += size
    source = _ints(np.concatenate(parts, layer.axis))
    return Wiring("copy", source, _ints(np.arange(source.size)), _ints(np.zeros(1)))


WIRINGS: dict[type, Callable[[Any], Wiring | None]] = {
    layers.Add: _merged("sum"),
    layers.Average: _merged("sum"),
    layers.Concatenate: _concatenate,
    layers.Maximum: _merged("max"),
    layers.Subtract: _merged("weighted sum", -1.0),
    operations.Add: _added,
    layers.Conv2D: _conv2d,
    layers.Dense: _dense,
    layers.MaxPooling2D: _max_pooling,
    layers.AveragePooling2D: _average_pooling,
    layers.Flatten: _copy,
    layers.OnlyActivation: _activation,
    layers.RandomLayer: _unchanged,
    layers.Reshape: _copy,
    layers.ZeroPadding2D: _zero_padding,
    layers.GlobalAveragePooling2D: _global_average_pooling,
    layers.GlobalMaxPooling2D: _global_max_pooling,
    layers.Rescaling: _rescaling,
    layers.BatchNormalization: _batch_normalization,
}


def _bias(layer: Any) -> tuple[Step, ...]:
    return () if layer.bias is None else (Step("+", "bias", layer.bias.value),)


def _windows(layer: Any, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the windows' corners ``(OH·OW,)``, the window ``(KH·KW,)``, and the source."""
    H, W, C = layer.input_shape[1:]
    (KH, KW), (SH, SW) = size, layer.strides
    grid = window_grid((H, W), size, layer.strides, layer.padding)
    source = np.pad(
        np.arange(H * W * C).reshape(H, W, C),
        ((grid.top, grid.bottom), (grid.left, grid.right), (0, 0)),
        constant_values=PADDING,
    )
    row, column = source.shape[1] * C, C  # one pixel down, one to the right
    corners = np.arange(grid.OH)[:, np.newaxis] * SH * row + np.arange(grid.OW) * SW * column
    window = np.arange(KH)[:, np.newaxis] * row + np.arange(KW) * column
    return corners.reshape(-1), _ints(window), _ints(source)


def _channel_by_channel(layer: Any, corners: np.ndarray) -> np.ndarray:
    """Return the corners of windows that see one channel each: ``(OH·OW·C,)``."""
    return _ints(corners[:, np.newaxis] + np.arange(layer.input_shape[-1]))


def _ints(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).astype(np.int32)
