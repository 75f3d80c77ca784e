"""Input: declares the shape of one sample, as the first layer of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, without_batch_axis
from numcnn.layers.base import Layer


class InputLayer(Layer):
    """Declares the shape of a model's samples; it computes nothing.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size : int, optional
        Accepted but ignored: a batch may have any size.
    dtype : str, optional
        Accepted but ignored: the data is converted to the model's dtype.
    batch_shape : tuple, optional
        The shape with the batch axis, ``(None, 28, 28, 1)``.
    name : str, optional
    **options
        ``input_shape`` and ``batch_input_shape``, old names of `shape` and `batch_shape`.

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
        """Return the shape in Keras's form."""
        return {
            "batch_shape": self.input_shape,
            "dtype": self.dtype.name,
            "sparse": False,
            "ragged": False,
            "optional": False,
            "name": self.name,
        }

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return x."""
        return self.checked(x)

    def backward(self, dy: np.ndarray) -> Any:
        """Return dy."""
        return dy


Input = InputLayer
