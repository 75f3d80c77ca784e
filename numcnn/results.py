"""Results as programs for TensorFlow take them: NumPy's arrays and floats, with ``.numpy()``."""

from __future__ import annotations

import numpy as np


class Result(np.ndarray):
    """An array that a model, a layer or a function has returned when it was called.

    Examples
    --------
    >>> result = np.ones(2).view(Result)
    >>> result.numpy()
    array([1., 1.])
    >>> type(result.numpy()), type(np.asarray(result)), np.shares_memory(result, result.numpy())
    (<class 'numpy.ndarray'>, <class 'numpy.ndarray'>, True)
    """

    def numpy(self) -> np.ndarray:
        """Return the same numbers as a plain array, without a copy."""
        return self.view(np.ndarray)

    def __repr__(self) -> str:
        return repr(self.numpy())


class Number(float):
    """A single number that a loss, a metric or an optimizer has returned.

    Examples
    --------
    >>> Number(0.5), Number(0.5).numpy(), Number(0.5) + 1
    (0.5, np.float64(0.5), 1.5)
    """

    def numpy(self) -> np.float64:
        """Return the number as NumPy's."""
        return np.float64(self)
