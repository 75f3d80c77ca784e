"""What waits to be computed until it is known what follows: convolutions, and their gradients.

Forward, a convolution is only noted down (`Convolution`).  relu notes that it comes next.  Then

* max pooling over windows that tile the image runs all three as one loop
  (`numcnn.engine.fast.fusion`);
* anything else asks for the numbers, and the convolution is computed there and then.

Backward, the gradient of pooling and the one of relu are noted down in the same way (`Waiting`),
and the convolution spreads them into its scratch array, block by block.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from numcnn.engine.fast import convolution, fusion, gradients, pooling
from numcnn.engine.fast.batch import Batch, inner_shape
from numcnn.geometry import WindowGrid, window_grid


class Called(NamedTuple):
    """A convolution as it was called; x, kernel and bias are not to change until it is computed."""

    x: Any
    kernel: np.ndarray
    bias: np.ndarray | None
    strides: tuple[int, int]
    grid: WindowGrid
    output_shape: tuple[int, int, int, int]


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

        None if self has been computed already, or that would not be worth a loop of its own.
        """
        if self._numbers is not None:
            return None
        return fusion.convolve_and_pool(*self.arguments(), self.relu, window)


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
    fill = gradients.masked
    if not isinstance(dy, Waiting):
        upstream = (dy.numbers, dy.numbers, dy.numbers, False)
    elif dy.window is None:
        upstream = (dy.dy, dy.y, dy.y, dy.relu)
    else:
        upstream = (dy.dy, dy.y, dy.winner, dy.relu)
        _, fill = fusion.pooling_parts(*dy.window)
    return gradients.backward(fill, upstream, x, kernel, strides, grid, input_gradient)
