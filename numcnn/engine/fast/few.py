"""One image, or two or three, in the public layout.

Sixteen images side by side make no sense where there is one.  To predict it, `Few` keeps the layout
``(N, H, W, C)``, and a register holds neighbouring channels of one pixel
(`numcnn.engine.fast.few_loops`).  This is done for convolution, relu, max pooling over tiles, dense
layers and softmax; any other operation asks for the numbers and goes on with sixteen lanes.  There
is no way back through these loops: who trains comes in as a `Batch`.

The same operations on images that are still to come compute nothing, but note down what is to be
done (`numcnn.engine.fast.recipe`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from numcnn.engine.fast.batch import Batch, to_batch
from numcnn.engine.fast.blocks import channels_block, units_block
from numcnn.engine.fast.few_loops import (
    convolve_and_pool_loop,
    dense_in_registers_loop,
    dense_loop,
    pad_loop,
    sum_of_parts_loop,
)
from numcnn.engine.fast.pointwise import relu_loop, softmax_loop
from numcnn.engine.fast.threads import parallel
from numcnn.engine.fast.waiting import Called

FEW = 3
"""More images than this are done sooner side by side."""
PARTS = 8
"""Into so many sums a long dense sum is cut; threads share them, and must not change the result."""


class Few:
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

    def side_by_side(self) -> Batch:
        """Return the images as a batch."""
        return to_batch(self.plain)

    def then(
        self,
        loop: Any,
        shape: tuple[int, ...],
        units: int,
        work: int,
        weights: tuple[np.ndarray, ...] = (),
        settings: tuple[Any, ...] = (),
    ) -> Few:
        """Return y, computed by ``loop(x, *weights, *settings, y, start, stop)``.

        Parameters
        ----------
        loop : compiled loop
            Does the units from start to stop.
        shape : tuple of int
            Of y.
        units, work : int
            All there is to do, in units, and in multiplications or numbers moved.
        weights : tuple of numpy.ndarray
        settings : tuple
            Numbers, and tuples of them.
        """
        y = np.empty(shape, self.dtype)
        parallel(loop, units, work, self.plain, *weights, *settings, y)
        return Few(y)

    def reshape(self, *shape: int) -> Few:
        """Return the same numbers in another shape."""
        return Few(self.plain.reshape(shape))

    def by(self, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> Few:
        """Return y of this shape, computed by a function of plain arrays."""
        return Few(function(self.plain))


class FewConvolution(Few):
    """The output of a convolution, with relu if that came next; computed when it is asked for."""

    def __init__(self, called: Called, relu: bool = False) -> None:
        self.shape, self.dtype = called.output_shape, called.kernel.dtype
        self.called, self.relu = called, relu

    def with_relu(self) -> FewConvolution:
        """Return ``relu(self)``, which waits as well."""
        return FewConvolution(self.called, relu=True)

    def pooled(self, window: tuple[int, int]) -> Few:
        """Return the maximum of each window, computed in the same loop."""
        x, kernel, bias, strides, grid, (N, OH, OW, F) = self.called
        KH, KW, C, _ = kernel.shape
        PH, PW = window
        biases = np.zeros(F, self.dtype) if bias is None else bias
        lowest = self.dtype.type(0 if self.relu else -np.inf)
        P, XB = channels_block(F, OW)
        loop = convolve_and_pool_loop(P, XB, PH, PW)
        shape, units = (N, OH // PH, OW // PW, F), N * -(-F // P) * (OH // PH)
        work, settings = N * OH * OW * F * KH * KW * C, (P, strides, lowest, OW)
        return padded(x, grid[2:]).then(loop, shape, units, work, (kernel, biases), settings)

    @cached_property
    def result(self) -> Few:
        """``(N, OH, OW, F)``."""
        return self.pooled((1, 1))

    @property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """The result's numbers."""
        return self.result.plain

    def then(self, *step: Any) -> Few:
        """Return what a step makes of the result."""
        return self.result.then(*step)

    def reshape(self, *shape: int) -> Few:
        """Return the result in another shape."""
        return self.result.reshape(*shape)

    def by(self, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> Few:
        """Return what a function makes of the result."""
        return self.result.by(function, shape)


def padded(x: Few, pads: tuple[int, ...]) -> Few:
    """With so many rows of zeros above and below, and columns on the left and on the right."""
    top, bottom, left, right = pads
    if top + bottom + left + right == 0:
        return x
    N, H, W, C = x.shape
    shape = N, top + H + bottom, left + W + right, C
    rows = N * shape[1]
    return x.then(pad_loop, shape, rows, rows * shape[2] * C, (), (top, left))


def dense(x: Few, kernel: np.ndarray, bias: np.ndarray | None) -> Few:
    """``(N, D)`` -> ``(N, U)``."""
    N, (D, U) = len(x), kernel.shape
    large = D * U > 100_000
    UB = units_block(U)
    loop = dense_in_registers_loop(UB) if large and UB else dense_loop
    parts = PARTS if large else 1
    biases = np.zeros(U, x.dtype) if bias is None else bias
    sums = x.then(loop, (N, parts, U), parts, 8 * N * D * U, (kernel, biases))
    if parts == 1:
        return sums.reshape(N, U)
    return sums.then(sum_of_parts_loop, (N, U), N, N * parts * U)


def relu(z: Few) -> Few:
    """Any shape."""
    if isinstance(z, FewConvolution):
        return z.with_relu()
    size = math.prod(z.shape)
    return z.then(relu_loop, z.shape, size, 4 * size)


def softmax(z: Few) -> Few:
    """``(N, classes)``."""
    return z.then(softmax_loop, z.shape, len(z), 16 * len(z) * z.shape[1])
