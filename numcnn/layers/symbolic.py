"""Symbolic tensors: the places between the layers of a graph, which have shapes and no numbers.

``Input((28, 28, 1))`` is one.  A layer that is called on one gives the next, and each knows the
call that made it.  So the last tensor of a network knows the whole graph; a model is made of its
first and its last tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, shown

made = count()
"""Numbers all calls in the order of their making."""


class Call:
    """One call of a layer, or of a model, on symbolic tensors.

    Parameters
    ----------
    layer : Layer or model
    inputs : tuple of Tensor
    training : bool or None
        The mode that was asked for in this call, ``layer(x, training=False)``; None for the mode
        of the whole network.
    shapes : list of tuple
        Of its results.
    """

    def __init__(
        self,
        layer: Any,
        inputs: tuple[Tensor, ...],
        training: bool | None,
        shapes: list[Shape],
    ) -> None:
        self.layer, self.inputs, self.training = layer, inputs, training
        self.shapes = shapes
        self.made = next(made)


class Tensor:
    """A batch that has no numbers yet: its shape and dtype, and the call that makes it.

    Parameters
    ----------
    shape : tuple
        With the batch axis, ``(None, 28, 28, 1)``.
    dtype : numpy.dtype
    call : Call
    index : int
        Which one of the call's results, if a model has several.
    """

    operations: ClassVar[dict[str, Callable[..., Tensor]]] = {}
    """What ``+ - * /`` do; `numcnn.layers.operations` fills the table."""
    __array_priority__ = 100.0  # array + tensor is the tensor's operation

    def __init__(self, shape: Shape, dtype: Any, call: Call, index: int = 0) -> None:
        self.shape, self.dtype, self.call, self.index = tuple(shape), dtype, call, index

    @property
    def ndim(self) -> int:
        """The number of axes, with that of the batch."""
        return len(self.shape)

    @property
    def name(self) -> str:
        """The name of the layer that makes it."""
        return self.call.layer.name

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype.name}, name={self.name}>"

    def __add__(self, other: Any) -> Tensor:
        return self.operations["add"](self, other)

    def __radd__(self, other: Any) -> Tensor:
        return self.operations["add"](other, self)

    def __sub__(self, other: Any) -> Tensor:
        return self.operations["subtract"](self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return self.operations["subtract"](other, self)

    def __mul__(self, other: Any) -> Tensor:
        return self.operations["multiply"](self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return self.operations["multiply"](other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return self.operations["true_divide"](self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self.operations["true_divide"](other, self)

    def __neg__(self) -> Tensor:
        return self.operations["multiply"](self, -1.0)

    def _no_numbers(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError(
            f"{self!r} is symbolic: it has a shape and no numbers yet. Between layers there are "
            "layers and + - * /; numbers come from model.predict."
        )

    __array__ = __bool__ = __len__ = __iter__ = __getitem__ = __float__ = _no_numbers
    __matmul__ = __pow__ = __floordiv__ = __mod__ = __abs__ = _no_numbers
    __lt__ = __le__ = __gt__ = __ge__ = numpy = _no_numbers


def unpacked(several: Any) -> Any:
    """Return the only item of a list, or a longer list as it is."""
    return several[0] if len(several) == 1 else list(several)


def tensors_in(x: Any) -> Iterator[Tensor]:
    """Yield the symbolic tensors of a tensor, a list or a dict of them."""
    for one in x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple) else [x]:
        if isinstance(one, list | tuple | dict):
            yield from tensors_in(one)
        elif isinstance(one, Tensor):
            yield one
        else:
            raise TypeError(
                f"a layer is called on symbolic tensors only, or on numbers only, got {shown(one)} "
                "beside symbolic tensors."
            )


def is_symbolic(x: Any) -> bool:
    """Say whether x is a symbolic tensor, or holds one."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, list | tuple):
        return any(is_symbolic(one) for one in x[:50])
    return isinstance(x, Tensor)


def float_dtype_of(dtype: Any) -> np.dtype:
    """Return the dtype in which a graph computes whose input is declared with this one."""
    return np.dtype(np.float64 if str(dtype) == "float64" else np.float32)
