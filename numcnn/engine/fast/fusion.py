"""Convolution, relu and max pooling in one loop, though they are three layers.

The numbers between a convolution and the pooling behind it are the largest array of a network, four
times what goes on to the next layer.  Written, read by relu, written, read by pooling, and all of
that again on the way back, they cost more time than the convolution itself.  So this engine waits.

Forward, a convolution is only noted down (`Convolution`).  relu notes that it comes next.  Then

* max pooling over windows that tile the image runs all three as one loop, which holds a row or two
  of the large array at a time;
* anything else asks for the numbers, and the convolution is computed there and then.

Backward, the gradient of pooling and the one of relu are noted down in the same way (`Waiting`),
and the convolution spreads them into its scratch array, block by block.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numcnn.engine.fast import convolution, pooling
from numcnn.engine.fast.batch import Batch, inner_shape
from numcnn.engine.fast.blocks import LITTLE, correlation_block
from numcnn.engine.fast.compiled import LANES, loop, part, scratch, u
from numcnn.engine.fast.convolution import Called, correlation, masked, padded, room_for
from numcnn.engine.fast.memory import empty
from numcnn.engine.fast.threads import parallel
from numcnn.geometry import WindowGrid, window_grid

L = LANES

# --- the loops -----------------------------------------------------------------------------------


@cache
def pooling_parts(PH: int, PW: int) -> tuple[Any, Any]:
    """Max pooling over tiles of PH × PW, a constant, so that the compiler writes the window out."""

    @part
    def pool(lanes, x, f, y, oy, winner):
        """PH rows of some channels x -> one row of the channels f.. of y."""
        C = x.shape[0]
        for c in range(C):
            for ox in range(y.shape[2] // lanes):
                for l in range(lanes):
                    best = x[c, 0, u(ox * PW * lanes + l)]
                    where = np.uint8(0)
                    for i in range(PH):
                        for j in range(PW):
                            v = x[c, i, u((ox * PW + j) * lanes + l)]
                            if not (v <= best) and best == best:  # larger, or the first NaN
                                best = v
                                where = np.uint8(i * PW + j)
                    y[u(f + c), u(oy), u(ox * lanes + l)] = best
                    winner[u(f + c), u(oy), u(ox * lanes + l)] = where

    @part
    def spread(lanes, dy, y, winner, relu, f, count, strides, inside, at, g, dbias):
        """The gradient of `count` channels to the winner of each window, as `masked` does it."""
        _, OH, OQ = dy.shape
        SH, SW = strides
        top, _, left, _ = inside
        zero = dbias.dtype.type(0)
        for k in range(count):
            total = zero
            for oy in range(OH):
                for ox in range(OQ // lanes):
                    for l in range(lanes):
                        d = dy[u(f + k), oy, u(ox * lanes + l)]
                        if relu:
                            d = d if y[u(f + k), oy, u(ox * lanes + l)] > zero else zero
                        total += d
                        where = winner[u(f + k), oy, u(ox * lanes + l)]
                        for i in range(PH):
                            for j in range(PW):
                                here = where == np.uint8(i * PW + j)
                                g[
                                    u(at + k),
                                    u(top + (oy * PH + i) * SH),
                                    u((left + (ox * PW + j) * SW) * lanes + l),
                                ] = d if here else zero
            dbias[f + k] = total

    return pool, spread


@cache
def convolve_and_pool_loop(FB: int, XB: int, PH: int, PW: int) -> Any:
    """PH rows of the convolution, then one row of pooling."""
    correlate = correlation(FB, XB)
    pool, _ = pooling_parts(PH, PW)

    @loop
    def forward(lanes, x, kernel, bias, strides, pads, lowest, OW, y, winner, start, stop):
        H, Q = x.shape[2:]
        F, OH = y.shape[1:3]
        inside = (pads[0], pads[0] + H, pads[2], pads[2] + Q // L)
        sums = np.empty(FB * XB * L, x.dtype)
        rows = scratch((FB, PH, OW * L), x)
        room = room_for(x, pads)
        for n in range(start, stop):
            view = (padded(x[n], room, pads), inside, strides)
            for f0 in range(0, F, FB):
                f = min(f0, F - FB)
                for oy in range(OH):
                    for i in range(PH):
                        correlate(view, kernel, bias, lowest, f, oy * PH + i, rows, i, sums)
                    pool(lanes, rows, f, y[n], oy, winner[n])

    return forward


# --- what waits ----------------------------------------------------------------------------------


class Convolution(Batch):
    """The output of a convolution, with relu if that came next; computed when it is asked for."""

    def __init__(self, called: Called, relu: bool = False) -> None:
        self.shape, self.dtype = called.output_shape, called.kernel.dtype
        self.called, self.relu = called, relu
        self._numbers: np.ndarray | None = None

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """Whether nobody has asked for the numbers yet."""
        return self._numbers is None

    @property
    def numbers(self) -> np.ndarray:  # type: ignore[override]
        """``(B, F, OH, OW·16)``."""
        if self._numbers is None:
            self._numbers = convolution.forward(*self.arguments(), self.relu)
        return self._numbers

    def arguments(
        self,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, int], WindowGrid]:
        """Return what the loops need: numbers of x, kernel, bias, strides, grid."""
        x, kernel, bias, strides, grid, _ = self.called
        biases = np.zeros(self.shape[3], self.dtype) if bias is None else bias
        return x.numbers, kernel, biases, strides, grid

    def with_relu(self) -> Convolution | None:
        """Return ``relu(self)``, which waits as well; None if self has been computed already."""
        if self._numbers is not None or self.relu:
            return None
        return Convolution(self.called, relu=True)

    def pooled(self, window: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the maximum of each window, and its winning cell, in the same loop.

        None if self has been computed already, or is too small to be worth a loop of its own.
        """
        x, kernel, bias, strides, grid = self.arguments()
        B, C, _, Q = x.shape
        (PH, PW), (KH, KW, _, F) = window, kernel.shape
        work = B * F * grid.OH * grid.OW * L * KH * KW * C
        if self._numbers is not None or work <= LITTLE or PH * PW > 255:
            return None
        y = empty((B, F, grid.OH // PH, grid.OW // PW * L), x.dtype)
        winner = empty(y.shape, np.uint8)
        lowest = x.dtype.type(0 if self.relu else -np.inf)
        size = correlation_block(F, grid.OW, Q // L, KW, grid.left, strides[1], work)
        run, pads = convolve_and_pool_loop(*size, PH, PW), grid[2:]
        parallel(run, B, work, L, x, kernel, bias, strides, pads, lowest, grid.OW, y, winner)
        return y, winner


class Waiting(Batch):
    """The gradient of a `Convolution`, on its way back through pooling and relu.

    Attributes
    ----------
    source : Convolution
        What it is the gradient of, with relu or without.
    dy, y, winner : numpy.ndarray
        Gradient and output behind pooling, and the winning cells; without pooling, behind relu.
    window : tuple or None
        Of the pooling.
    relu : bool
        Whether it has gone back through relu.
    """

    def __init__(
        self,
        source: Convolution,
        dy: np.ndarray,
        y: np.ndarray,
        winner: Any = None,
        window: tuple[int, int] | None = None,
        relu: bool = False,
    ) -> None:
        self.shape, self.dtype = source.shape, dy.dtype
        self.source, self.dy, self.y, self.winner = source, dy, y, winner
        self.window, self.relu = window, relu

    @property
    def numbers(self) -> np.ndarray:  # type: ignore[override]
        """``(B, F, OH, OW·16)``, for a layer that is not made to take this as it is."""
        g = self.dy
        if self.relu:
            g = np.where(self.y > 0, g, 0)
        if self.window is not None:
            _, H, W, _ = self.shape
            tiles = window_grid((H, W), self.window, self.window, "valid")
            inner, winner = inner_shape(self.shape), self.winner.astype(np.int32)
            g = pooling.maximum_back(g, winner, inner, self.window, self.window, tiles)
        return g

    def through_relu(self) -> Waiting:
        """Return this gradient in front of relu."""
        return Waiting(self.source, self.dy, self.y, self.winner, self.window, relu=True)


def backward(
    dy: Batch, convolved: Convolution, input_gradient: bool
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """The gradients of a convolution, given its own: numbers of dx, dkernel, dbias."""
    x, kernel, _, strides, grid = convolved.arguments()
    fill = masked
    if not isinstance(dy, Waiting):
        upstream = (dy.numbers, dy.numbers, dy.numbers, False)
    elif dy.window is None:
        upstream = (dy.dy, dy.y, dy.y, dy.relu)
    else:
        upstream = (dy.dy, dy.y, dy.winner, dy.relu)
        _, fill = pooling_parts(*dy.window)
    return convolution.backward(fill, upstream, x, kernel, strides, grid, input_gradient)
