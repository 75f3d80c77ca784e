"""Operations: ``a + b``, ``a - b``, ``a * b`` and ``a / b`` between symbolic tensors and numbers.

Each makes a layer that computes it.  As in Keras these have names and rows in the summary, but are
not in ``model.layers``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, numeric_array
from numcnn.layers import merging
from numcnn.layers.merging import Arrays, Merge
from numcnn.layers.symbolic import Tensor


class Operation(Merge):
    """The base: one or two symbolic operands, the other a number or an array.

    Parameters
    ----------
    operands : tuple
        None for each symbolic operand, else the number.
    """

    module = "keras.src.ops.numpy"
    fewest, most = 1, 2

    def __init__(self, operands: tuple[Any, ...] = (None, None), **options: Any) -> None:
        super().__init__(**options)
        self.operands = tuple(
            None if one is None else numeric_array(one, "an operand") for one in operands
        )

    def get_config(self) -> dict[str, Any]:
        """Return the name, as Keras does; the numbers stand with the inputs."""
        return {"name": self.name}

    def serialized(self) -> Any:
        """Return the configuration in Keras's form."""
        return {**super().serialized(), "registered_name": type(self).__name__}

    def _filled(self, several: list[Any], constants: list[Any]) -> list[Any]:
        rest = iter(several)
        return [
            next(rest) if one is None else constant
            for one, constant in zip(self.operands, constants, strict=True)
        ]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The broadcast shape."""
        constants = [None if one is None else (None, *np.shape(one)) for one in self.operands]
        return super().compute_output_shape(self._filled(list(input_shape), constants))

    def forward(self, x: Any, training: bool = False) -> np.ndarray:
        """x, a list of ``(N, …)`` -> y ``(N, …)``."""
        xs = self._filled(self.checked(x), [self._constant(one, x[0]) for one in self.operands])
        y = self.value(xs)
        self.remember((xs, y, [one.shape for one in x]), training)
        return y

    def _constant(self, one: Any, x: np.ndarray) -> Any:
        """Return a number as a batch that broadcasts."""
        if one is None:
            return None
        return np.reshape(one, (1,) * (x.ndim - one.ndim) + one.shape).astype(self.dtype)

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …)`` -> a list of dx, one for each symbolic operand."""
        xs, y, shapes = self.recall()
        pairs = zip(self.operands, self.gradients(dy, xs, y), xs, strict=True)
        dxs = [merging.summed(dx, x.shape) for one, dx, x in pairs if one is None]
        return [dx.reshape(shape) for dx, shape in zip(dxs, shapes, strict=True)]


class Add(Operation):
    """``a + b``."""

    value, gradients = merging.Add.value, merging.Add.gradients


class Subtract(Operation):
    """``a - b``."""

    value, gradients = merging.Subtract.value, merging.Subtract.gradients


class Multiply(Operation):
    """``a * b``."""

    value, gradients = merging.Multiply.value, merging.Multiply.gradients


class TrueDivide(Operation):
    """``y = a / b``; the gradients are dy / b and −dy · y / b."""

    def value(self, xs: Arrays) -> np.ndarray:
        """The quotient."""
        return xs[0] / xs[1]

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy / b, −dy · y / b."""
        da = dy / xs[1]
        return [da, -da * y]


OPERATIONS = {kind.__name__: kind for kind in (Add, Subtract, Multiply, TrueDivide)}


def _operator(kind: type[Operation]) -> Any:
    def apply(a: Any, b: Any) -> Tensor:
        symbolic = [one for one in (a, b) if isinstance(one, Tensor)]
        operands = tuple(None if isinstance(one, Tensor) else one for one in (a, b))
        return kind(operands)(symbolic)

    return apply


for _kind, _name in zip(
    OPERATIONS.values(), ("add", "subtract", "multiply", "true_divide"), strict=True
):
    Tensor.operations[_name] = _operator(_kind)
