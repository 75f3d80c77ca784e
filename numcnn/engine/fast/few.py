"""One image, or two or three, in the public layout.

Sixteen images side by side make no sense where there is one.  To predict it, `Few` keeps the layout
``(N, H, W, C)``, and a register holds neighbouring channels of one pixel
(`numcnn.engine.fast.few_loops`).  This is done for convolution, relu, max pooling over tiles and
dense layers; any other operation goes on with sixteen lanes.  There is no way back through these
loops: who trains comes in as a `Batch`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from numcnn.engine.fast.batch import Batch, to_batch
from numcnn.engine.fast.blocks import channels_block
from numcnn.engine.fast.few_loops import convolve_and_pool_loop, dense_loop
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

    def side_by_side(self) -> Batch:
        """Return the images as a batch."""
        return to_batch(self.plain)


class FewConvolution(Few):
    """The output of a convolution, with relu if that came next; computed when it is asked for."""

    def __init__(self, called: Called, relu: bool = False) -> None:
        self.shape, self.dtype = called.output_shape, called.kernel.dtype
        self.called, self.relu = called, relu

    @cached_property
    def plain(self) -> np.ndarray:  # type: ignore[override]
        """``(N, OH, OW, F)``."""
        return self.pooled((1, 1)).plain

    def with_relu(self) -> FewConvolution:
        """Return ``relu(self)``, which waits as well."""
        return FewConvolution(self.called, relu=True)

    def pooled(self, window: tuple[int, int]) -> Few:
        """Return the maximum of each window, computed in the same loop."""
        x, kernel, bias, strides, grid, _ = self.called
        N, OH, OW, F = self.shape
        KH, KW, C, _ = kernel.shape
        PH, PW = window
        y = np.empty((N, OH // PH, OW // PW, F), self.dtype)
        biases = np.zeros(F, self.dtype) if bias is None else bias
        lowest = self.dtype.type(0 if self.relu else -np.inf)
        P, XB = channels_block(F, OW)
        run = convolve_and_pool_loop(P, XB, PH, PW)
        work, units = N * OH * OW * F * KH * KW * C, N * -(-F // P) * (OH // PH)
        parallel(run, units, work, P, x.plain, kernel, biases, strides, grid[2:], lowest, OW, y)
        return Few(y)


def dense(x: Few, kernel: np.ndarray, bias: np.ndarray | None) -> Few:
    """``(N, D)`` -> ``(N, U)``."""
    D, U = kernel.shape
    parts = PARTS if D * U > 100_000 else 1
    y = np.empty((len(x), parts, U), x.dtype)
    biases = np.zeros(U, x.dtype) if bias is None else bias
    parallel(dense_loop, parts, 8 * len(x) * D * U, x.plain, kernel, biases, y)
    return Few(y.sum(1) if parts > 1 else y.reshape(len(x), U))
