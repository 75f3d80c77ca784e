"""Sixteen images side by side: the layout of training.

The numbers of a batch are an array ``(B, C, H, W·16)``, where ``B = ⌈N / 16⌉``.  One SIMD register
holds the same pixel of sixteen images, so a weight meets sixteen pixels at once, nothing is ever
shuffled, and no loop has a remainder.  A row of pixels and its sixteen lanes are one contiguous
axis: the next pixel is sixteen numbers further on.  Rows of features, ``(N, D)``, are
``(B, D, 1, 16)``: images of one pixel with D channels.  Lanes without an image are zeros when they
enter, may hold anything after that, and are left behind in the end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.activations.classic import ReLU, Softmax, Tanh
from numcnn.activations.units import BoundedReLU
from numcnn.engine.fast.layouts.deferred import (
    Convolution,
    Depthwise,
    Gradient,
    Normalization,
    Operation,
    Sum,
    side_by_side,
)
from numcnn.engine.fast.loops import dense, layout, normalization, pointwise, pooling
from numcnn.engine.fast.loops.gradients import Upstream
from numcnn.engine.fast.loops.windows import Windows, pool, pool_back
from numcnn.geometry import WindowGrid, window_grid
from numcnn.own_results import returned

Pair = tuple[int, int]


class Batch:
    """N samples, sixteen side by side.

    Parameters
    ----------
    shape : tuple of int
        The public shape, ``(N, H, W, C)`` or ``(N, D)``.
    numbers : numpy.ndarray, optional
        ``(B, C, H, W·16)`` or ``(B, D, 1, 16)``.  Without them the batch is deferred: the numbers
        are computed when they are asked for.
    operation, gradient : optional
        What makes the numbers, if they were deferred.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        numbers: np.ndarray | None = None,
        operation: Operation | None = None,
        gradient: Gradient | None = None,
    ) -> None:
        self.shape, self._numbers = shape, numbers
        self.operation, self.gradient = operation, gradient
        source: Any = operation or gradient if numbers is None else numbers
        self.dtype: np.dtype = source.dtype

    @property
    def deferred(self) -> bool:
        """Whether the numbers are still to be computed."""
        return self._numbers is None

    @property
    def numbers(self) -> np.ndarray:
        """``(B, C, H, W·16)`` or ``(B, D, 1, 16)``."""
        if self._numbers is None:
            source: Any = self.operation or self.gradient
            self._numbers = source.numbers()
        return self._numbers

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        plain = self.to_plain()
        return plain if dtype is None else plain.astype(dtype, copy=False)

    def to_plain(self) -> np.ndarray:
        """Return the samples in the public layout."""
        return layout.in_order(self.numbers, self.shape)

    def only_images(self, numbers: np.ndarray, *weights: np.ndarray) -> np.ndarray:
        """Set lanes without an image to 0, and return the numbers.

        Behind a weight that is infinite they are NaN: ∞ · 0.  Sums over all lanes must not see it.
        Behind weights that are all finite they are finite, and stay as they are.
        """
        images = len(self) % layout.L
        if images and not (weights and all(np.isfinite(w).all() for w in weights)):
            numbers[-1].reshape(*numbers.shape[1:3], -1, layout.L)[..., images:] = 0
        return numbers

    def like(self, numbers: np.ndarray) -> Batch:
        """Return a batch of this shape with other numbers."""
        return Batch(self.shape, numbers)

    def reshape(self, *shape: int) -> Any:
        """Return the same numbers in another public shape; a plain array unless it has 2 or 4 axes.

        The channels of a pixel are far apart here, and have to be moved to flatten an image.
        """
        if shape == self.shape:
            return self
        axes = len(self.shape), len(shape)
        if shape[0] == len(self) and axes == (4, 2):
            return Batch(shape, layout.flatten(self.numbers))
        if shape[0] == len(self) and axes == (2, 4):
            return Batch(shape, layout.unflatten(self.numbers, shape))
        y = self.to_plain().reshape(shape)
        return to_batch(y) if y.ndim in (2, 4) else y

    # --- convolution and pooling -----------------------------------------------------------------

    def conv2d(
        self, kernel: np.ndarray, bias: np.ndarray | None, strides: Pair, padding: str
    ) -> tuple[Batch, tuple[Any, ...]]:
        """Deferred."""
        _, H, W, _ = self.shape
        grid = window_grid((H, W), kernel.shape[:2], strides, padding)
        convolution = Convolution(self, kernel, bias, strides, grid)
        return Batch(convolution.shape, operation=convolution), (convolution,)

    def depthwise2d(
        self,
        kernel: np.ndarray,
        bias: np.ndarray | None,
        strides: Pair,
        grid: WindowGrid,
        dilation: Pair,
    ) -> tuple[Batch, tuple[Any, ...]]:
        """Deferred."""
        convolution = Depthwise(self, kernel, bias, strides, grid, False, dilation)
        return Batch(convolution.shape, operation=convolution), (convolution,)

    def conv2d_backward(
        self, convolution: Convolution, input_gradient: bool
    ) -> tuple[Batch | None, np.ndarray, np.ndarray | None]:
        """All three gradients in one pass over the images."""
        gradient = self.gradient
        if gradient is None:
            dy = self.numbers
            gradient = Gradient(convolution, Upstream(dy, dy, dy, False))
        dx, dkernel, dbias = convolution.backward(gradient, input_gradient)
        if dx is not None:
            dx = convolution.x.like(self.only_images(dx, convolution.kernel))
        return dx, dkernel, None if convolution.bias is None else dbias

    def maxpool2d(self, window: Pair, strides: Pair, padding: str) -> tuple[Batch, tuple[Any, ...]]:
        """In one loop with the convolution before it, where the windows are side by side."""
        return self._pooled(Windows("maximum", *window), strides, padding)

    def averagepool2d(
        self, window: Pair, strides: Pair, padding: str
    ) -> tuple[Batch, tuple[Any, ...]]:
        """The same."""
        return self._pooled(Windows("mean", *window), strides, padding)

    def _pooled(
        self, windows: Windows, strides: Pair, padding: str
    ) -> tuple[Batch, tuple[Any, ...]]:
        N, H, W, C = self.shape
        window = windows[1:]
        grid = window_grid((H, W), window, strides, padding)
        y_shape = N, grid.OH, grid.OW, C
        if not side_by_side(windows, strides, grid):
            reduced = pooling.maximum if windows.kind == "maximum" else pooling.mean
            y, argmax = reduced(self.numbers, window, strides, grid)
            return Batch(y_shape, y), (None, self.shape, y, argmax, windows, strides, grid)
        fused = self.operation.pooled(windows) if self.deferred and self.operation else None
        y, cells = fused or pool(self.numbers, windows)
        convolution = self.operation if fused else None
        return Batch(y_shape, y), (convolution, self.shape, y, cells, windows, strides, grid)

    def maxpool2d_backward(self, *cache: Any) -> Batch:
        """Deferred too, if the convolution's own backward loop can do it."""
        convolution, shape, y, cells, windows, strides, grid = cache
        upstream, inner = Upstream(self.numbers, y, cells, False), layout.inner_shape(shape)
        if convolution is not None:
            return Batch(shape, gradient=Gradient(convolution, upstream, windows))
        if side_by_side(windows, strides, grid):
            return Batch(shape, pool_back(upstream, inner, windows))
        back = pooling.maximum_back if windows.kind == "maximum" else pooling.mean_back
        return Batch(shape, back(self.numbers, cells, inner, windows[1:], strides, grid))

    averagepool2d_backward = maxpool2d_backward

    # --- dense layers, activations, dropout ------------------------------------------------------

    def dense(self, kernel: np.ndarray, bias: np.ndarray | None) -> tuple[Any, tuple[Any, ...]]:
        """Every pixel of an image is a row."""
        rows, U = self._rows(), kernel.shape[1]
        biases = np.zeros(U, self.dtype) if bias is None else bias
        numbers = dense.forward(rows.numbers, kernel, biases)
        y = Batch((len(rows), U), rows.only_images(numbers, kernel, biases))
        return y.reshape(*self.shape[:-1], U), (rows, kernel, bias)

    def dense_backward(
        self, x: Batch, kernel: np.ndarray, bias: np.ndarray | None, input_gradient: bool
    ) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Two loops: over the weights, and over the images."""
        dy = self._rows().numbers
        numbers, dkernel, dbias = dense.backward(len(x), dy, x.numbers, kernel, input_gradient)
        dx = None
        if numbers is not None:
            dx = x.like(x.only_images(numbers, kernel)).reshape(*self.shape[:-1], len(kernel))
        return dx, dkernel, None if bias is None else dbias

    def _rows(self) -> Batch:
        """Return every pixel as a row of its own, ``(N·H·W, C)``."""
        if len(self.shape) == 2:
            return self
        return self.reshape(math.prod(self.shape[:-1]), self.shape[-1])

    def activation(self, activation: Any) -> tuple[Any, tuple[Any, ...]]:
        """relu in a loop, or in that of the operation before it; most others by their own formula.

        A plain array comes from activations that need it, such as softmax.
        """
        if type(activation) is ReLU:
            y = self._relu()
            return y, (activation, None, y)
        if type(activation) is BoundedReLU:
            y = self.like(pointwise.bounded_relu(self.numbers, *bounds(activation)))
            return y, (activation, self, y)
        if type(activation) is Tanh and self.dtype == np.float32:
            y = self.like(pointwise.tanh(self.numbers))
            return y, (activation, self, y)
        if activation.pointwise:
            y = self.like(self.only_images(_given(activation, "value", "y", self.numbers)))
            return y, (activation, self, y)
        z = self.to_plain()
        in_a_loop = type(activation) is Softmax and z.ndim == 2
        plain = pointwise.softmax(z) if in_a_loop else activation.value(z)
        return plain, (activation, z, plain)

    def _relu(self) -> Batch:
        operation = self.operation
        if self.deferred and operation and not operation.relu:
            return Batch(self.shape, operation=operation.with_relu())
        return self.like(pointwise.relu(self.numbers))

    def activation_backward(self, activation: Any, z: Batch | None, y: Batch) -> Batch:
        """relu's is deferred, if the backward loop of the operation before it can do it."""
        if z is not None and type(activation) is BoundedReLU:
            arrays = self.numbers, z.numbers, y.numbers
            return y.like(pointwise.bounded_relu_back(*arrays, *bounds(activation)))
        if type(activation) is Tanh:
            return y.like(pointwise.tanh_back(self.numbers, y.numbers))
        if z is not None:
            arrays = self.numbers, z.numbers, y.numbers
            return y.like(self.only_images(_given(activation, "gradient", "dz", *arrays)))
        if self.gradient and self.gradient.of is y.operation:
            return Batch(self.shape, gradient=self.gradient.through_relu())
        dy = self.numbers
        if y.operation and y.operation.relu:
            upstream = Upstream(dy, y.numbers, y.numbers, True)
            return Batch(self.shape, gradient=Gradient(y.operation, upstream))
        return y.like(pointwise.relu_back(dy, y.numbers))

    def batchnorm(
        self,
        gamma: np.ndarray | None,
        beta: np.ndarray | None,
        epsilon: float,
        statistics: tuple[np.ndarray, np.ndarray] | None,
    ) -> tuple[Batch, tuple[np.ndarray, np.ndarray], tuple[Any, ...]]:
        """Deferred; with given statistics, folded into the convolution before it."""
        if statistics and self.deferred and self.operation:
            folded = self.operation.normalized(gamma, beta, epsilon, statistics)
            if folded:
                of = Normalization(self, gamma, beta, epsilon, statistics)
                return Batch(self.shape, operation=folded), statistics, (of, False)
        used = statistics or normalization.statistics(len(self), self.numbers)
        of = Normalization(self, gamma, beta, epsilon, used)
        return Batch(self.shape, operation=of), used, (of, statistics is None)

    def batchnorm_backward(
        self, of: Normalization, by_batch: bool
    ) -> tuple[Batch, np.ndarray, np.ndarray]:
        """Channel by channel, and through relu in the same loop."""
        if self.deferred and self.gradient and isinstance(self.gradient.of, Normalization):
            dy, _, _, relu = self.gradient.upstream
        else:
            dy, relu = self.numbers, False
        dx, dgamma, dbeta = of.backward(dy, relu, by_batch)
        return self.like(dx), dgamma, dbeta

    def plus(self, other: Any) -> Batch:
        """The sum with another batch of the same shape: deferred."""
        return Batch(self.shape, operation=Sum(self, other.to_batch()))

    def to_batch(self) -> Batch:
        """Return the batch itself; fewer images are put side by side."""
        return self

    def scaled(self, factors: Batch) -> Batch:
        """Each number times its factor; 0 where the factor is 0, whatever the number is."""
        return self.like(pointwise.scale(self.numbers, factors.numbers))


def to_batch(x: np.ndarray) -> Batch:
    """Put ``(N, H, W, C)`` or ``(N, D)`` side by side."""
    return Batch(x.shape, layout.side_by_side(x))


def _given(activation: Any, method: str, name: str, *arrays: np.ndarray) -> np.ndarray:
    """Return what an activation, maybe one of your own, makes of arrays: one of their shape."""
    found = getattr(activation, method)(*arrays)
    return returned(found, arrays[0].shape, activation, method, name, "that of z")


def bounds(activation: BoundedReLU) -> tuple[float, float, float]:
    """Return what the loops of a bounded relu are given."""
    return activation.ceiling, activation.threshold, activation.negative_slope
