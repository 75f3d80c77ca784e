"""Regularizers: penalties on large weights.

A regularizer adds a penalty to the loss.  The penalty's gradient pulls the penalised numbers
towards zero: a kernel (``kernel_regularizer="l2"``), a bias, or the output of a layer.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn.checks import number
from numcnn.configuration import Configurable
from numcnn.families import Family


class Regularizer(Configurable):
    """A penalty on an array, and its gradient; a subclass defines both."""

    module: ClassVar[str] = "keras.regularizers"

    def __call__(self, x: np.ndarray) -> float:
        """Return the penalty of an array."""
        raise NotImplementedError

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the penalty's gradient with respect to the array."""
        raise NotImplementedError


class L1L2(Regularizer):
    """``l1 · Σ|x| + l2 · Σx²``, with the gradient ``l1 · sign(x) + 2 · l2 · x``.

    The first term drives small weights to zero; the second keeps large weights from growing.

    Parameters
    ----------
    l1, l2 : float, default 0.0
        0 or more.

    Examples
    --------
    >>> L1L2(l1=0.1, l2=0.01)(np.array([-3.0, 2.0]))
    0.63
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = number(0.0 if l1 is None else l1, "l1", minimum=0)
        self.l2 = number(0.0 if l2 is None else l2, "l2", minimum=0)

    def __call__(self, x: np.ndarray) -> float:
        """Return the penalty of an array."""
        return float(self.l1 * np.abs(x).sum() + self.l2 * np.square(x).sum())

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient of the penalty with respect to the array; 0 at 0."""
        return self.l1 * np.sign(x) + 2 * self.l2 * x


class L1(L1L2):
    """``l1 · Σ|x|``.

    Parameters
    ----------
    l1 : float, default 0.01
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)


class L2(L1L2):
    """``l2 · Σx²``.

    Parameters
    ----------
    l2 : float, default 0.01
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Return an `L1L2` with both penalties."""
    return L1L2(l1=l1, l2=l2)


l1, l2 = L1, L2

REGULARIZERS = Family("regularizer", Regularizer, {"l1": L1, "l2": L2, "l1_l2": L1L2})
serialize, deserialize = REGULARIZERS.serialize, REGULARIZERS.deserialize
__getattr__ = REGULARIZERS.missing(__name__)


def get(identifier: Any, name: str = "regularizer") -> Any:
    """Return the regularizer for a name, an object or a configuration; None for None.

    Parameters
    ----------
    identifier : str, Regularizer, dict or None
    name : str
        The name of the argument in error messages.
    """
    return None if identifier is None else REGULARIZERS.get(identifier, name)
