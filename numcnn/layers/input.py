"""Input: declares the shape of one sample, as the beginning of a model or a graph."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from numcnn.checks import Shape, without_batch_axis
from numcnn.layers.base import Layer
from numcnn.layers.symbolic import Call, Tensor, float_dtype_of


class InputLayer(Layer):
    """Declares the shape of a model's samples; it computes nothing.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size : int, optional
        Accepted but ignored: a batch may have any size.
    dtype : str, optional
        ``"float64"`` for a graph that computes in float64.  Any other is accepted but ignored: the
        data are converted to the model's dtype.
    batch_shape : tuple, optional
        The shape with the batch axis, ``(None, 28, 28, 1)``.
    name : str, optional
    **options
        ``input_shape`` and ``batch_input_shape``, old names of `shape` and `batch_shape`.

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
        self.dtype = float_dtype_of(dtype)
        if self.input_shape is None:
            raise TypeError("Input needs the shape of one sample, such as Input((28, 28, 1)).")
        self.build_for(self.input_shape)

    def connect(self, x: Any = None, training: bool | None = None) -> Any:
        """Return the symbolic tensor that begins a graph."""
        shape = self.input_shape or ()
        output = Tensor(shape, self.dtype, Call(self, (), None, [shape]))
        self._tensors = (weakref.ref(output),)
        return [output]

    @property
    def output(self) -> Any:
        """The symbolic tensor; the same one as long as somebody holds it."""
        alive = self._tensors[0]() if self._tensors else None
        return self.connect()[0] if alive is None else alive

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


def Input(  # noqa: N802 - Keras's name
    shape: tuple[int, ...] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    **options: Any,
) -> Tensor:
    """Return a symbolic tensor, with which a graph of layers begins, or a `Sequential`.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size, dtype, **options
        As in `InputLayer`.

    Examples
    --------
    >>> Input((28, 28, 1))
    <KerasTensor shape=(None, 28, 28, 1), dtype=float32, name=input_layer>
    """
    return InputLayer(shape, batch_size, dtype, **options).output
