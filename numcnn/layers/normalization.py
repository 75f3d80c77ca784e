"""Normalization: data brought to mean 0 and variance 1, by the mean and variance of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, flag, numeric_array
from numcnn.layers.base import Layer

EPSILON = 1e-7


class Normalization(Layer):
    """``y = (x − mean) / √variance``; mean and variance are given, or measured by `adapt`.

    Parameters
    ----------
    axis : int, tuple of int or None, default -1
        The axes that have a mean and a variance for each index; None for one of all numbers.
    mean, variance : float or array_like, optional
        Both or neither.
    invert : bool, default False
        Whether to compute ``y = x · √variance + mean``, which undoes it.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> print(layer.forward(np.array([[2.0, 40.0]])))
    [[0. 2.]]
    """

    takes_engine_layout = False

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ValueError("give both mean and variance, or neither and call adapt(data).")
        self.axis = axis
        self.mean = None if mean is None else numeric_array(mean, "mean").astype(float)
        self.variance = (
            None if variance is None else numeric_array(variance, "variance").astype(float)
        )
        self.invert = flag(invert, "invert")

    def _kept(self, rank: int) -> tuple[int, ...]:
        if self.axis is None:
            return ()
        several = self.axis if isinstance(self.axis, list | tuple) else [self.axis]
        if any(not isinstance(axis, int) or not -rank < axis < rank for axis in several):
            raise ValueError(f"axis {self.axis} is none of samples with {rank - 1} axes.")
        return tuple(sorted(axis % rank for axis in several))

    def build(self, input_shape: Shape) -> None:
        """Make mean, variance and the count of samples, unless they are given."""
        shape = tuple(input_shape[axis] for axis in self._kept(len(input_shape)))
        if self.mean is None:
            self.adapt_mean = self.add_parameter("mean", shape, "zeros", False)
            self.adapt_variance = self.add_parameter("variance", shape, "ones", False)
            self.count = self.add_parameter("count", (), "zeros", False)

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Measure mean and variance of data ``(N, …)``.

        Parameters
        ----------
        data : array_like
        batch_size, steps
            As in Keras; the whole data are measured at once.
        """
        if self.mean is not None:
            raise ValueError("mean and variance were given to this layer: there is nothing to do.")
        x = numeric_array(data, "data")
        if not self.built:
            self.build_for((None, *x.shape[1:]))
        kept = self._kept(x.ndim)
        axes = tuple(axis for axis in range(x.ndim) if axis not in kept)
        self.adapt_mean.value = x.mean(axis=axes, dtype=np.float64).astype(self.dtype)
        self.adapt_variance.value = x.var(axis=axes, dtype=np.float64).astype(self.dtype)
        self.count.value = np.asarray(len(x), self.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape."""
        return input_shape

    def _both(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation as they broadcast over x."""
        given = self.mean is not None
        mean: Any = self.mean if given else self.adapt_mean.value
        variance: Any = self.variance if given else self.adapt_variance.value
        kept = self._kept(rank)
        if mean.ndim == len(kept) and kept:
            shape = [1] * rank
            for axis, length in zip(kept, mean.shape, strict=True):
                shape[axis] = length
            mean, variance = mean.reshape(shape), variance.reshape(shape)
        deviation = np.maximum(np.sqrt(variance), EPSILON)
        return mean.astype(self.dtype), deviation.astype(self.dtype)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, …)`` -> y ``(N, …)``."""
        x = self.checked(x)
        mean, deviation = self._both(x.ndim)
        self.remember(deviation, training)
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def backward(self, dy: np.ndarray) -> Any:
        """``dx = dy / √variance``, or times it."""
        deviation = self.recall()
        return dy * deviation if self.invert else dy / deviation
