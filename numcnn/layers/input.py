"""Input: the shape of one sample, said at the head of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, without_batch_axis
from numcnn.layers.base import Layer


class InputLayer(Layer):
    """Says the shape of the samples that enter a model; computes nothing.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size : int, optional
        Accepted and left aside: a batch may have any size.
    dtype : str, optional
        Of the data that will come; they are converted to the model's.
    batch_shape : tuple, optional
        The shape with the batch axis, ``(None, 28, 28, 1)``.
    name : str, optional
    **options
        ``input_shape`` and ``batch_input_shape``, old spellings of `shape` and `batch_shape`.

    Examples
    --------
    >>> Input((28, 28, 1))
    <InputLayer input_layer (None, 28, 28, 1) -> (None, 28, 28, 1)>
    """

    takes_engine_layout = True

    def __init__(
        self,
        shape: tuple[int, ...] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        *,
        batch_shape: Shape | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        old = options.pop("batch_input_shape", None)
        with_batch = old if batch_shape is None else batch_shape
        sample = options.pop("input_shape", None) if shape is None else shape
        if with_batch is not None:
            sample = without_batch_axis(with_batch, "batch_shape")
        self.accept_fixed(options)
        super().__init__(name=name, input_shape=sample)
        if self.input_shape is None:
            raise TypeError("Input needs the shape of one sample, such as Input((28, 28, 1)).")
        self.build_for(self.input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the shape as Keras does."""
        return {
            "batch_shape": self.input_shape,
            "dtype": self.dtype.name,
            "sparse": False,
            "ragged": False,
            "optional": False,
            "name": self.name,
        }

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
