"""Merging layers: several batches of one shape become one, number by number."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from numcnn.checks import Shape, counted
from numcnn.engine import active_engine, leave
from numcnn.layers.base import Layer

Arrays = list[np.ndarray]


class Merge(Layer):
    """The base of layers that take a list of batches and return one, of the broadcast shape.

    An axis of length 1 fits any other length: its numbers are used again and again, and so their
    gradients are added.  A batch with fewer axes gets axes of length 1 behind that of the batch.

    A subclass defines `value` and `gradients`.
    """

    reads_several = True
    fewest, most = 2, 10_000

    def value(self, xs: Arrays) -> np.ndarray:
        """Return y for batches that broadcast."""
        raise NotImplementedError

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Return the gradient of each x, of the shape of y."""
        raise NotImplementedError

    def build_for(self, input_shape: Any) -> None:
        """Take a list of shapes; the layer has no parameters that could depend on them."""
        if not isinstance(input_shape, list) or isinstance(next(iter(input_shape), ()), int | None):
            raise ValueError(f"{type(self).__name__} takes a list of inputs, got one: {self._ask}")
        if not self.fewest <= len(input_shape) <= self.most:
            least = "" if self.fewest == self.most else "at least "
            raise ValueError(
                f"{type(self).__name__} takes {least}{counted(self.fewest, 'input')}, got "
                f"{len(input_shape)}."
            )
        self.output_shape = self.compute_output_shape(input_shape)
        self.input_shape = input_shape  # type: ignore[assignment]
        self.built = True

    @property
    def _ask(self) -> str:
        return f"{type(self).__name__}()([x1, x2])."

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """``[(None, …), (None, …)]`` -> ``(None, …)``, the broadcast shape."""
        rank = max(map(len, input_shape))
        try:
            shapes = [_with_axes(tuple(shape[1:]), rank - 1) for shape in input_shape]
            return (None, *np.broadcast_shapes(*shapes))
        except ValueError:
            shown = " and ".join(str(tuple(shape)) for shape in input_shape)
            raise ValueError(
                f'{type(self).__name__} "{self.name}" merges inputs of the same shape, or with '
                f"axes of length 1, got {shown}."
            ) from None

    def checked(self, x: Any) -> Any:
        """Return the batches with the same number of axes each; build the layer if necessary."""
        if not isinstance(x, list | tuple):
            raise ValueError(f"{type(self).__name__} takes a list of inputs, got one: {self._ask}")
        if not self.built:
            self.build_for([(None, *one.shape[1:]) for one in x])
        rank = max(one.ndim for one in x)
        return [one.reshape(len(one), *_with_axes(one.shape[1:], rank - 1)) for one in x]

    def forward(self, x: Any, training: bool = False) -> np.ndarray:
        """x, a list of ``(N, …)`` -> y ``(N, …)``."""
        xs = self.checked(x)
        y = self.value(xs)
        self.remember((xs, y, [one.shape for one in x]), training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …)`` -> a list of dx, each of the shape of its x."""
        xs, y, shapes = self.recall()
        gradients = self.gradients(dy, xs, y)
        return [
            summed(dx, x.shape).reshape(shape)
            for dx, x, shape in zip(gradients, xs, shapes, strict=True)
        ]


def summed(dx: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Add up the gradient of numbers that were used again and again along an axis."""
    axes = tuple(k for k, (m, n) in enumerate(zip(dx.shape, shape, strict=True)) if m != n)
    return dx.sum(axis=axes, keepdims=True) if axes else dx


def _with_axes(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (*(1,) * (rank - len(shape)), *shape)


class Add(Merge):
    """``y = x_1 + x_2 + …``, and the gradient of each is dy: a sum passes it on, unchanged.

    That is why networks of a hundred layers learn (He et al. 2015): around each block there is a
    way back that multiplies nothing.

    Examples
    --------
    >>> print(Add()([np.ones((1, 2)), np.full((1, 2), 3)]))
    [[4. 4.]]
    """

    @property
    def takes_engine_layout(self) -> bool:  # type: ignore[override]
        """Whether all inputs have one shape, so that the engine can add them."""
        shapes: Any = self.input_shape
        return bool(shapes) and all(shape == shapes[0] for shape in shapes)

    def forward(self, x: Any, training: bool = False) -> np.ndarray:
        """x, a list of ``(N, …)`` -> y ``(N, …)``."""
        if self.built and self.takes_engine_layout and len({one.shape for one in x}) == 1:
            self.remember(len(x), training)
            return active_engine().add(x)
        return super().forward([leave(one) for one in x], training)

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, …)`` -> a list of dx: dy for each input."""
        memory = self.recall()
        if isinstance(memory, int):
            return [dy] * memory
        self.remember(memory, True)
        return super().backward(leave(dy))

    def value(self, xs: Arrays) -> np.ndarray:
        """The sum."""
        return functools.reduce(np.add, xs)

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy for each."""
        return [dy] * len(xs)


class Subtract(Merge):
    """``y = x_1 − x_2``; the gradients are dy and −dy."""

    most = 2

    def value(self, xs: Arrays) -> np.ndarray:
        """The difference."""
        return xs[0] - xs[1]

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy, −dy."""
        return [dy, -dy]


class Multiply(Merge):
    """``y = x_1 · x_2 · …``; the gradient of each is dy times the product of the others."""

    def value(self, xs: Arrays) -> np.ndarray:
        """The product."""
        return functools.reduce(np.multiply, xs)

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy · the product of the others."""
        others = [[*xs[:k], *xs[k + 1 :]] for k in range(len(xs))]
        return [functools.reduce(np.multiply, factors, dy) for factors in others]


class Average(Merge):
    """``y = (x_1 + … + x_n) / n``; the gradient of each is dy / n."""

    def value(self, xs: Arrays) -> np.ndarray:
        """The mean."""
        return functools.reduce(np.add, xs) / xs[0].dtype.type(len(xs))

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy / n for each."""
        return [dy / dy.dtype.type(len(xs))] * len(xs)


class Maximum(Merge):
    """``y = max(x_1, x_2, …)``; dy goes to the largest, and to the first of equals."""

    def value(self, xs: Arrays) -> np.ndarray:
        """The largest."""
        return functools.reduce(np.maximum, xs)

    def gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """dy where x was chosen, else 0."""
        free, shares = np.ones(dy.shape, bool), []
        for x in xs:
            chosen = free & ((x == y) | (np.isnan(x) & np.isnan(y)))
            shares.append(np.where(chosen, dy, dy.dtype.type(0)))
            free &= ~chosen
        return shares


class Minimum(Maximum):
    """``y = min(x_1, x_2, …)``; dy goes to the smallest, and to the first of equals."""

    def value(self, xs: Arrays) -> np.ndarray:
        """The smallest."""
        return functools.reduce(np.minimum, xs)


def add(inputs: Any, **options: Any) -> Any:
    """``Add(**options)(inputs)``, and so do the other functions of this file with their layers."""
    return Add(**options)(inputs)


def subtract(inputs: Any, **options: Any) -> Any:
    """``Subtract(**options)(inputs)``."""
    return Subtract(**options)(inputs)


def multiply(inputs: Any, **options: Any) -> Any:
    """``Multiply(**options)(inputs)``."""
    return Multiply(**options)(inputs)


def average(inputs: Any, **options: Any) -> Any:
    """``Average(**options)(inputs)``."""
    return Average(**options)(inputs)


def maximum(inputs: Any, **options: Any) -> Any:
    """``Maximum(**options)(inputs)``."""
    return Maximum(**options)(inputs)


def minimum(inputs: Any, **options: Any) -> Any:
    """``Minimum(**options)(inputs)``."""
    return Minimum(**options)(inputs)
