"""Deferred computations: an operation, or its gradient, waits until the next one is known.

Forward, a convolution, a batch normalization or a sum is only recorded (`Convolution`, `Depthwise`,
`Normalization`, `Sum`).  relu records that it comes next.  Then

* pooling over windows side by side runs all three as one loop
  (`numcnn.engine.fast.loops.fusion`);
* a sum adds in the loop of the batch normalization before it;
* any other operation asks for the numbers, and what was recorded is computed there and then.

Backward, the gradients of pooling and of relu are recorded in the same way (`Gradient`), and the
backward loop of the recorded operation computes them, a few channels at a time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast.loops import (
    convolution,
    depthwise,
    fusion,
    gradients,
    normalization,
    pointwise,
)
from numcnn.engine.fast.loops.gradients import Upstream
from numcnn.engine.fast.loops.layout import inner_shape
from numcnn.engine.fast.loops.windows import CELLS, Windows, pool_back, rows
from numcnn.geometry import WindowGrid

Pair = tuple[int, int]


class Convolution(NamedTuple):
    """A convolution, with relu if that comes next.

    x, in a layout of this engine, kernel and bias are not to change until it is computed.
    """

    x: Any
    kernel: np.ndarray
    bias: np.ndarray | None
    strides: Pair
    grid: WindowGrid
    relu: bool = False
    dilation: Pair = (1, 1)  # of a depthwise convolution

    @property
    def outputs(self) -> tuple[int, ...]:
        """The axes of the kernel that count the outputs."""
        return self.kernel.shape[3:]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The output's, ``(N, OH, OW, F)``."""
        return len(self.x), self.grid.OH, self.grid.OW, math.prod(self.outputs)

    @property
    def dtype(self) -> np.dtype:
        """The output's."""
        return self.kernel.dtype

    @property
    def biases(self) -> np.ndarray:
        """``(F,)``: zeros where there is no bias."""
        return np.zeros(math.prod(self.outputs), self.dtype) if self.bias is None else self.bias

    def numbers(self) -> np.ndarray:
        """Compute the output ``(B, F, OH, OW·16)``."""
        x, kernel, _, strides, grid, relu, _ = self
        y = convolution.forward(x.numbers, kernel, self.biases, strides, grid, relu)
        return x.only_images(y, kernel, self.biases)

    def with_relu(self) -> Convolution:
        """Return the convolution with relu behind it."""
        return self._replace(relu=True)

    def normalized(
        self,
        gamma: np.ndarray | None,
        beta: np.ndarray | None,
        epsilon: float,
        statistics: tuple[np.ndarray, np.ndarray],
    ) -> Convolution | None:
        """Return the convolution with batch normalization folded into its kernel and bias.

        ``gamma · (w·x + b − mean) / √(variance + epsilon) + beta`` is ``w'·x + b'``, if mean and
        variance are given.  None where relu stands between, or a channel has no finite scale.
        """
        mean, variance = statistics
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (1 if gamma is None else gamma) / np.sqrt(variance + epsilon)
        if self.relu or not np.isfinite(scale).all():
            return None
        bias = (self.biases - mean) * scale + (0 if beta is None else beta)
        kernel = self.kernel * scale.reshape(self.outputs)
        return self._replace(
            kernel=kernel.astype(self.dtype, copy=False), bias=bias.astype(self.dtype, copy=False)
        )

    def pooled(self, windows: Windows) -> tuple[np.ndarray, np.ndarray] | None:
        """Compute the maximum or mean of each window, and its byte, in the same loop.

        None if that is not worth a loop of its own.
        """
        x, kernel, _, strides, grid, relu, _ = self
        given = x.numbers, kernel, self.biases, strides, grid, relu, windows
        pooled = fusion.convolve_and_pool(*given)
        if pooled:
            x.only_images(pooled[0], kernel, self.biases)
        return pooled

    def backward(
        self, gradient: Gradient, input_gradient: bool
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Return dx, dkernel and dbias, given the gradient of the output."""
        x, kernel, _, strides, grid, _, _ = self
        loop = gradients.relu_gradient
        if gradient.windows is not None:
            _, loop = rows(gradient.windows)
        upstream = gradient.upstream
        return gradients.backward(loop, upstream, x.numbers, kernel, strides, grid, input_gradient)


class Depthwise(Convolution):
    """A depthwise convolution, kernel ``(KH, KW, C, M)``, with relu if that comes next."""

    @property
    def outputs(self) -> tuple[int, ...]:
        """C and M."""
        return self.kernel.shape[2:]

    def numbers(self) -> np.ndarray:
        """Compute the output ``(B, C·M, OH, OW·16)``."""
        x, kernel, _, strides, grid, relu, dilation = self
        y = depthwise.forward(x.numbers, kernel, self.biases, strides, dilation, grid, relu)
        return x.only_images(y, kernel, self.biases)

    def pooled(self, windows: Windows) -> None:
        """Not in the same loop."""

    def backward(
        self, gradient: Gradient, input_gradient: bool
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Return dx, dkernel and dbias, given the gradient of the output."""
        x, kernel, _, strides, grid, _, dilation = self
        dy, y, _, relu = gradient.upstream
        geometry = strides, dilation, grid
        return depthwise.backward(dy, y, relu, x.numbers, kernel, *geometry, input_gradient)


class Normalization(NamedTuple):
    """Batch normalization of x with these statistics, with relu if that comes next."""

    x: Any
    gamma: np.ndarray | None
    beta: np.ndarray | None
    epsilon: float
    statistics: tuple[np.ndarray, np.ndarray]
    relu: bool = False

    @property
    def shape(self) -> Any:
        """The output's, which is that of x."""
        return self.x.shape

    @property
    def dtype(self) -> np.dtype:
        """The output's."""
        return self.x.dtype

    @property
    def gammas(self) -> np.ndarray:
        """``(C,)``: ones where there is no gamma."""
        return np.ones(self.x.shape[-1], self.dtype) if self.gamma is None else self.gamma

    @property
    def betas(self) -> np.ndarray:
        """``(C,)``: zeros where there is no beta."""
        return np.zeros(self.x.shape[-1], self.dtype) if self.beta is None else self.beta

    def numbers(self) -> np.ndarray:
        """Compute the output, in the shape of x."""
        return self.plus(None, self.relu)

    def plus(self, other: np.ndarray | None, relu: bool) -> np.ndarray:
        """Compute the output without relu, plus other numbers, and relu of the sum."""
        parameters = self.gammas, self.betas, self.epsilon, self.statistics
        return normalization.forward(self.x.numbers, *parameters, relu, other)

    def with_relu(self) -> Normalization:
        """Return the same with relu behind it."""
        return self._replace(relu=True)

    def normalized(self, *parameters: Any) -> None:
        """Not in the same loop."""

    def pooled(self, windows: Windows) -> None:
        """Not in the same loop."""

    def backward(
        self, dy: np.ndarray, relu: bool, by_batch: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return dx, dgamma and dbeta; with `relu`, dy is the gradient behind it."""
        parameters = self.gammas, self.betas, self.epsilon
        given = self.x.numbers, parameters, by_batch, self.statistics
        return normalization.backward(len(self.x), dy, relu, *given)


class Sum(NamedTuple):
    """The sum of two batches of one shape, with relu if that comes next."""

    x: Any
    other: Any
    relu: bool = False

    @property
    def shape(self) -> Any:
        """The output's, which is that of x."""
        return self.x.shape

    @property
    def dtype(self) -> np.dtype:
        """The output's."""
        return self.x.dtype

    def numbers(self) -> np.ndarray:
        """Compute the sum, in one loop with a batch normalization that is still deferred."""
        for one, other in ((self.x, self.other), (self.other, self.x)):
            operation = one.operation
            if one.deferred and isinstance(operation, Normalization) and not operation.relu:
                return operation.plus(other.numbers, self.relu)
        return pointwise.add(self.x.numbers, self.other.numbers, self.relu)

    def with_relu(self) -> Sum:
        """Return the same with relu behind it."""
        return self._replace(relu=True)

    def normalized(self, *parameters: Any) -> None:
        """Not in the same loop."""

    def pooled(self, windows: Windows) -> None:
        """Not in the same loop."""


Operation = Convolution | Normalization | Sum


class Gradient(NamedTuple):
    """The gradient of an operation's output, on its way back through pooling and relu.

    of : the operation, with relu or without
    upstream : the gradient behind pooling and relu, their output, the bytes of the windows
    windows : of the pooling, if there was one
    """

    of: Operation
    upstream: Upstream
    windows: Windows | None = None

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """As that of the operation's output."""
        return self.of.shape

    @property
    def dtype(self) -> np.dtype:
        """Of the numbers."""
        return self.upstream.dy.dtype

    def through_relu(self) -> Gradient:
        """Return the gradient in front of relu."""
        return Gradient(self.of, Upstream(*self.upstream[:3], True), self.windows)

    def numbers(self) -> np.ndarray:
        """Compute it, ``(B, F, OH, OW·16)``, for an operation that can't take it as it is."""
        dy, y, _, relu = self.upstream
        if self.windows is not None:
            return pool_back(self.upstream, inner_shape(self.shape), self.windows)
        return pointwise.relu_back(dy, y) if relu else dy


def side_by_side(windows: Windows, strides: Pair, grid: WindowGrid) -> bool:
    """Return whether pooling windows neither overlap, nor leave gaps, nor have padding.

    And whether a byte can say enough of a window.
    """
    kind, PH, PW = windows
    return strides == (PH, PW) and grid[2:] == (0, 0, 0, 0) and CELLS[kind] >= PH * PW
