"""One image, two or three, in the public layout.

Sixteen images side by side make no sense where there is one.  To predict it, `FewImages` keeps the
layout ``(N, H, W, C)``, and a register holds neighbouring channels of one pixel
(`numcnn.engine.fast.loops.few_images`).  That covers convolution, relu, max pooling over windows
side by side, dense layers and softmax; any other operation continues with sixteen lanes.  There are
no backward methods: whatever is trained enters as a `Batch`.

A subclass may replace `run`, `apply` and `reshape`: every operation here is one of these.  The
predictor records them (`numcnn.engine.fast.predictor.trace`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from numcnn.activations.classic import ReLU, Softmax
from numcnn.activations.units import BoundedReLU
from numcnn.engine.fast.layouts.batch import Batch, bounds, to_batch
from numcnn.engine.fast.layouts.deferred import Convolution, Depthwise, side_by_side
from numcnn.engine.fast.loops import columns
from numcnn.engine.fast.loops.block_sizes import channels_block, units_block
from numcnn.engine.fast.loops.few_images import (
    few_images_convolution_loop,
    few_images_dense_in_registers_loop,
    few_images_dense_loop,
    few_images_depthwise_loop,
    pad_loop,
    sum_of_parts_loop,
)
from numcnn.engine.fast.loops.pointwise import bounded_relu_loop, relu_loop, softmax_loop
from numcnn.engine.fast.loops.windows import Windows
from numcnn.engine.fast.runtime.thread_pool import parallel_for
from numcnn.geometry import WindowGrid, window_grid

MAX_IMAGES = 3
"""More images than this are computed faster side by side."""
PARTS = 8
"""A long dense sum is cut into this many sums.  Threads share them and must not change the
result, so their number is fixed."""

Pair = tuple[int, int]
NO_CACHE: tuple[Any, ...] = ()


class FewImages:
    """A few images as they are.

    Attributes
    ----------
    shape : tuple of int
        ``(N, H, W, C)`` or ``(N, D)``.
    dtype : numpy.dtype
    plain : numpy.ndarray
        The numbers, of that shape.
    """

    plain: np.ndarray

    def __init__(self, plain: np.ndarray) -> None:
        self.shape, self.dtype, self.plain = plain.shape, plain.dtype, plain

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.plain, dtype)

    def to_plain(self) -> np.ndarray:
        """Return the numbers as a plain array of its own."""
        return self.plain.copy()

    def to_batch(self) -> Batch:
        """Return the images side by side."""
        return to_batch(self.plain)

    # --- all that an operation can do ------------------------------------------------------------

    def run(
        self,
        loop: Any,
        shape: tuple[int, ...],
        units: int,
        work: int,
        weights: tuple[np.ndarray, ...] = (),
        settings: tuple[Any, ...] = (),
    ) -> FewImages:
        """Return y, computed by ``loop(x, *weights, *settings, y, start, stop)``.

        Parameters
        ----------
        loop : compiled loop
            Does the units from start to stop.
        shape : tuple of int
            Of y.
        units, work : int
            How much there is to do: in units, and in multiplications or numbers moved.
        weights : tuple of numpy.ndarray
        settings : tuple
            Numbers, and tuples of them.
        """
        y = np.empty(shape, self.dtype)
        parallel_for(loop, units, work, self.plain, *weights, *settings, y)
        return FewImages(y)

    def reshape(self, *shape: int) -> FewImages:
        """Return the same numbers in another shape."""
        return FewImages(self.plain.reshape(shape))

    def apply(
        self, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]
    ) -> FewImages:
        """Return y of this shape, computed by a function of plain arrays."""
        return FewImages(function(self.plain))

    # --- the operations --------------------------------------------------------------------------

    def conv2d(
        self, kernel: np.ndarray, bias: np.ndarray | None, strides: Pair, padding: str
    ) -> tuple[FewImages, tuple[Any, ...]]:
        """Deferred."""
        _, H, W, _ = self.shape
        grid = window_grid((H, W), kernel.shape[:2], strides, padding)
        return DeferredConvolution(Convolution(self, kernel, bias, strides, grid)), NO_CACHE

    def depthwise2d(
        self,
        kernel: np.ndarray,
        bias: np.ndarray | None,
        strides: Pair,
        grid: WindowGrid,
        dilation: Pair,
    ) -> tuple[FewImages, tuple[Any, ...]]:
        """Deferred; M outputs of a channel are those of M equal channels."""
        *window, C, M = kernel.shape
        x = self.apply(lambda x: x.repeat(M, axis=-1), (*self.shape[:3], C * M)) if M > 1 else self
        weights = kernel.reshape(*window, C * M, 1)
        convolution = Depthwise(x, weights, bias, strides, grid, False, dilation)
        return DeferredDepthwise(convolution), NO_CACHE

    def maxpool2d(self, window: Pair, strides: Pair, padding: str) -> tuple[Any, tuple[Any, ...]]:
        """Side by side; but see `DeferredConvolution`."""
        return self.to_batch().maxpool2d(window, strides, padding)

    def averagepool2d(
        self, window: Pair, strides: Pair, padding: str
    ) -> tuple[Any, tuple[Any, ...]]:
        """Side by side."""
        return self.to_batch().averagepool2d(window, strides, padding)

    def dense(self, kernel: np.ndarray, bias: np.ndarray | None) -> tuple[Any, tuple[Any, ...]]:
        """Rows are multiplied as they are, pixels side by side."""
        if len(self.shape) != 2:
            return self.to_batch().dense(kernel, bias)
        N, (D, U) = len(self), kernel.shape
        large = D * U > 100_000
        UB = units_block(U)
        in_registers = large and UB
        loop = few_images_dense_in_registers_loop(UB) if in_registers else few_images_dense_loop
        parts = PARTS if large else 1
        biases = np.zeros(U, self.dtype) if bias is None else bias
        sums = self.run(loop, (N, parts, U), parts, 8 * N * D * U, (kernel, biases))
        if parts == 1:
            return sums.reshape(N, U), NO_CACHE
        return sums.run(sum_of_parts_loop, (N, U), N, N * parts * U), NO_CACHE

    def activation(self, activation: Any) -> tuple[FewImages, tuple[Any, ...]]:
        """relu of either kind, and softmax of rows, in a loop; others by their own formula."""
        if type(activation) is ReLU:
            return self.relu(), NO_CACHE
        if type(activation) is BoundedReLU:
            size, limits = math.prod(self.shape), map(self.dtype.type, bounds(activation))
            loop = bounded_relu_loop
            return self.run(loop, self.shape, size, 4 * size, (), tuple(limits)), NO_CACHE
        if type(activation) is Softmax and len(self.shape) == 2:
            work = 16 * math.prod(self.shape)
            return self.run(softmax_loop, self.shape, len(self), work), NO_CACHE
        return self.apply(activation.value, self.shape), NO_CACHE

    def relu(self) -> FewImages:
        """Of any shape."""
        size = math.prod(self.shape)
        return self.run(relu_loop, self.shape, size, 4 * size)

    def batchnorm(
        self,
        gamma: np.ndarray | None,
        beta: np.ndarray | None,
        epsilon: float,
        statistics: tuple[np.ndarray, np.ndarray],
    ) -> tuple[FewImages, tuple[np.ndarray, np.ndarray], tuple[Any, ...]]:
        """By the formula."""
        mean, variance = statistics
        scale = (1 if gamma is None else gamma) / np.sqrt(variance + epsilon)
        shift = 0 if beta is None else beta
        y = self.apply(lambda x: (x - mean) * scale + shift, self.shape)
        return y, statistics, NO_CACHE

    def plus(self, other: Any) -> FewImages:
        """The sum with other images of the same shape."""
        return FewImages(self.plain + np.asarray(other))

    def scaled(self, factors: Batch) -> Batch:
        """Side by side."""
        return self.to_batch().scaled(factors)

    def padded(self, pads: tuple[int, ...]) -> FewImages:
        """Return the images with zeros above, below, on the left and on the right."""
        top, bottom, left, right = pads
        if top + bottom + left + right == 0:
            return self
        N, H, W, C = self.shape
        shape = N, top + H + bottom, left + W + right, C
        rows = N * shape[1]
        return self.run(pad_loop, shape, rows, rows * shape[2] * C, (), (top, left))


class DeferredConvolution(FewImages):
    """The output of a convolution, with relu if that comes next; computed when it is asked for."""

    def __init__(self, convolution: Convolution) -> None:
        self.shape, self.dtype = convolution.shape, convolution.dtype
        self.convolution = convolution

    def relu(self) -> FewImages:
        """Deferred too."""
        return type(self)(self.convolution.with_relu())

    def maxpool2d(self, window: Pair, strides: Pair, padding: str) -> tuple[Any, tuple[Any, ...]]:
        """In one loop with the convolution, where the windows are side by side."""
        _, H, W, _ = self.shape
        if side_by_side(
            Windows("maximum", *window), strides, window_grid((H, W), window, strides, padding)
        ):
            return self.pooled(window), NO_CACHE
        return super().maxpool2d(window, strides, padding)

    def batchnorm(
        self,
        gamma: np.ndarray | None,
        beta: np.ndarray | None,
        epsilon: float,
        statistics: tuple[np.ndarray, np.ndarray],
    ) -> tuple[FewImages, tuple[np.ndarray, np.ndarray], tuple[Any, ...]]:
        """Folded into the convolution."""
        folded = self.convolution.normalized(gamma, beta, epsilon, statistics)
        if folded is None:
            return super().batchnorm(gamma, beta, epsilon, statistics)
        return type(self)(folded), statistics, NO_CACHE

    def pooled(self, window: Pair) -> FewImages:
        """Return the maximum of each window, computed with the convolution."""
        x, kernel, _, strides, grid, relu, _ = self.convolution
        (N, OH, OW, F), (KH, KW, C, _), (PH, PW) = self.shape, kernel.shape, window
        lower_bound = self.dtype.type(0 if relu else -np.inf)
        P, XB = channels_block(F, OW)
        loop = few_images_convolution_loop(P, XB, PH, PW)
        weights = columns.blocks(kernel, P), self.convolution.biases
        shape, units = (N, OH // PH, OW // PW, F), N * len(weights[0]) * (OH // PH)
        work, settings = N * OH * OW * F * KH * KW * C, (P, strides, lower_bound, OW)
        return x.padded(grid[2:]).run(loop, shape, units, work, weights, settings)

    @cached_property
    def computed(self) -> FewImages:
        """The output, ``(N, OH, OW, F)``."""
        return self.pooled((1, 1))

    @property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """The output's numbers."""
        return self.computed.plain

    def run(self, *step: Any) -> FewImages:
        """Run a loop on the output."""
        return self.computed.run(*step)

    def reshape(self, *shape: int) -> FewImages:
        """Return the output in another shape."""
        return self.computed.reshape(*shape)

    def apply(
        self, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]
    ) -> FewImages:
        """Return what a function makes of the output."""
        return self.computed.apply(function, shape)


class DeferredDepthwise(DeferredConvolution):
    """The output of a depthwise convolution, M = 1, in the same way."""

    def maxpool2d(self, window: Pair, strides: Pair, padding: str) -> tuple[Any, tuple[Any, ...]]:
        """Side by side."""
        return self.computed.maxpool2d(window, strides, padding)

    @cached_property
    def computed(self) -> FewImages:
        """The output, ``(N, OH, OW, C)``."""
        x, kernel, _, strides, grid, relu, dilation = self.convolution
        weights = np.ascontiguousarray(kernel[..., 0]), self.convolution.biases
        settings = strides, dilation, self.dtype.type(0 if relu else -np.inf)
        rows, work = len(self) * grid.OH, math.prod(self.shape) * kernel[..., 0, 0].size
        loop = few_images_depthwise_loop
        return x.padded(grid[2:]).run(loop, self.shape, rows, work, weights, settings)
