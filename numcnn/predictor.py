"""Predictor: the predictions of a model, one sample at a time, with low latency."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import shown
from numcnn.data_checks import checked_samples
from numcnn.engine import active_engine
from numcnn.frame import Frame
from numcnn.predicted_graph import compiled_graph, compiled_row


class Predictor:
    """A whole model as one function of one sample.

    `Sequential.predict_on_batch` calls one layer after the other; for a single image these calls
    take longer than the arithmetic.  On the fast engine a predictor compiles all layers into one
    function; it calls a layer of your own, or one without a compiled loop, from Python.  The first
    predictor of a network takes some seconds, because it is compiled.

    In a graph of layers, each row of layers between two junctions is one function
    (`numcnn.predicted_graph`).

    A predictor keeps a copy of the weights.  After more training, make a new one.

    Parameters
    ----------
    model : Sequential
        Built.

    Raises
    ------
    TypeError
        If it is not a model.
    ValueError
        If it is not built.

    Examples
    --------
    >>> import numcnn
    >>> from numcnn import layers
    >>> model = numcnn.Sequential([layers.Input((2,)), layers.Dense(1, use_bias=False)])
    >>> model.set_weights([np.array([[3.0], [4.0]])])
    >>> predict = numcnn.Predictor(model)
    >>> model.set_weights([np.zeros((2, 1))])
    >>> predict([[10, 1]])
    array([[34.]], dtype=float32)
    """

    def __init__(self, model: Frame) -> None:
        if not isinstance(model, Frame):
            raise TypeError(f"Predictor needs a model, got {shown(model)}.")
        model.need_built("Predictor")
        if isinstance(model.input_shape, list):
            raise ValueError(
                f"a predictor takes one sample, and the model has {len(model.input_shape)} inputs: "
                "call model.predict_on_batch([x1, x2])."
            )
        self._input_shape, self._dtype = model.input_shape, model.dtype
        self._shape: Any = (1, *(model.input_shape or ())[1:])
        self._answer = _compiled(model, self._shape)

    def __call__(self, x: Any) -> Any:
        """Return the output for a batch of one sample.

        x ``(1, …)`` -> y ``(1, …)``

        Raises
        ------
        TypeError
            If x does not hold numbers.
        ValueError
            If it is not one sample of the model's input shape.
        """
        if type(x) is not np.ndarray or x.dtype != self._dtype or x.shape != self._shape:
            x = checked_samples(x, self._input_shape)
            if len(x) != 1:
                raise ValueError(
                    f"a predictor takes one sample at a time, {self._shape}, but got {len(x)}: "
                    "model.predict takes many."
                )
            x = np.asarray(x, self._dtype)
        return self._answer(x)


def is_graph(model: Any) -> bool:
    """Say whether a layer reads anything but the output of the one before it."""
    return model.walk_reads != [(number,) for number in range(len(model.walk_reads))]


def _compiled(model: Frame, shape: tuple[int, ...]) -> Callable[[np.ndarray], Any]:
    """Return the layers of a model as one function of a plain batch of this shape.

    The function keeps a copy of the layers.
    """
    model = copy.deepcopy(model)
    predictor = getattr(active_engine(), "predictor", None)
    if predictor is None:
        return model.forward
    if is_graph(model):
        return compiled_graph(model, predictor)
    return compiled_row([(layer, layer.output_shape) for layer in model.flat], shape, predictor)
