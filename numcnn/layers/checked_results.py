"""CheckedResults: what the methods of a layer of your own return, checked before it is used."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from numcnn.checks import Shape, shown
from numcnn.own_results import returned


class CheckedResults:
    """Checks arrays and shapes that a class outside numcnn returns.

    Attributes
    ----------
    of_your_own : bool
        True for a class outside numcnn.
    """

    of_your_own = False
    name: str
    dtype: Any
    reads_several: bool
    input_gradient: bool
    _parameters: Any
    _x_shape: Any = None
    """The shape of the last x, or of several; the gradient dx must have it."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Set `of_your_own`."""
        super().__init_subclass__(**options)
        cls.of_your_own = not cls.__module__.startswith("numcnn.")

    def checked_shape(self, shape: Any) -> Shape:
        """Return the result of `compute_output_shape` as a shape ``(None, …)``."""
        if not self.of_your_own:
            return tuple(shape)
        axes = shape[1:] if isinstance(shape, tuple | list) and shape else [None]
        if not all(isinstance(axis, Integral) and int(axis) > 0 for axis in axes):
            raise ValueError(
                f"{type(self).__name__}: compute_output_shape must return a shape with the batch "
                f"axis, such as (None, 5), got {shown(shape)}."
            )
        return (None, *map(int, axes))

    def checked_output(self, x: Any, y: Any, shape: Shape | None = None) -> Any:
        """Return y after checking that `forward` kept the batch of x, and that y has its shape."""
        samples = len(x[0] if self.reads_several else x)
        axes: Any = getattr(y, "shape", ()) if shape is None else shape
        why = "the batch of x" if shape is None else "the batch of x and the layer's output_shape"
        return returned(y, (samples, *axes[1:]), self, "forward", "y", why)

    def checked_gradients(self, dx: Any) -> Any:
        """Return dx after checking it, and the gradients of the parameters."""
        for name, p in self._parameters.items():
            if p.grad is not None:
                what = f"self.{name}.grad"
                p.grad = returned(p.grad, p.shape, self, "backward", what, f"that of {name}")
        if self._x_shape is None or not self.input_gradient:
            return dx
        if not self.reads_several:
            return self._checked_gradient(dx, self._x_shape, "dx")
        if not isinstance(dx, list | tuple) or len(dx) != len(self._x_shape):
            raise ValueError(
                f'{type(self).__name__} "{self.name}": backward must return a list of '
                f"{len(self._x_shape)} gradients, one for each input, got {shown(dx)}."
            )
        pairs = enumerate(zip(dx, self._x_shape, strict=True))
        return [self._checked_gradient(one, shape, f"dx[{k}]") for k, (one, shape) in pairs]

    def _checked_gradient(self, dx: Any, shape: Any, name: str) -> Any:
        dx = returned(dx, shape, self, "backward", name, "that of x")
        return dx.astype(self.dtype, copy=False) if isinstance(dx, np.ndarray) else dx
