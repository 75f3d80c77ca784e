"""Input: the shape of one sample, said at the head of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape
from numcnn.layers.base import Layer


class InputLayer(Layer):
    """Says the shape of the samples that enter a model; computes nothing.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    name : str, optional
    input_shape : tuple of int, optional
        The same as `shape`, as older Keras programs say it.

    Examples
    --------
    >>> Input((28, 28, 1))
    <InputLayer input_layer (None, 28, 28, 1) -> (None, 28, 28, 1)>
    """

    takes_engine_layout = True

    def __init__(
        self,
        shape: tuple[int, ...] | None = None,
        name: str | None = None,
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__(shape if shape is not None else input_shape, name)
        if self.input_shape is None:
            raise TypeError("Input needs the shape of one sample, such as Input((28, 28, 1)).")
        self.build_for(self.input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape stays."""
        return input_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """y is x."""
        return self.checked(x)

    def backward(self, dy: np.ndarray) -> Any:
        """dx is dy."""
        return dy


Input = InputLayer
