"""Layers in a row, with the weights of one moment, as one function.

The layers are asked once what they do to images `ToCome`.  What is noted down becomes a `Program`.
A layer that computes with NumPy, or in a loop that is made for many images, stands between two
programs as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import config

from numcnn.engine.fast.few import Few, FewConvolution
from numcnn.engine.fast.plan import Plan
from numcnn.engine.fast.program import Program
from numcnn.engine.fast.recipe import StillToComeError, ToCome

Function = Callable[[np.ndarray], np.ndarray]


def frozen(layers: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype) -> Function:
    """Return what built layers do to a batch of this shape, at most `few.FEW` images."""
    y: Few = ToCome(shape, dtype)
    for layer in copy.deepcopy(list(layers)):
        y = _noted(layer, y)
    parts = _parts(y.result if isinstance(y, FewConvolution) else y) or [np.copy]

    def answer(x: np.ndarray) -> np.ndarray:
        for part in parts:
            x = part(x)
        return x

    return parts[0] if len(parts) == 1 else answer


def _noted(layer: Any, x: Few) -> Few:
    """Return what a layer makes of images to come."""
    if layer.takes_engine_layout and not config.DISABLE_JIT:
        try:
            return layer.forward(x)
        except StillToComeError:
            pass
    return x.by(layer.forward, (len(x), *layer.output_shape[1:]))


def _parts(y: Any) -> list[Function]:
    """Return what leads to y: programs, and the functions that stand between them."""
    first = y  # of the steps that one program can do
    while first.before is not None and not callable(first.step):
        first = first.before
    steps = [] if first is y else [_of_steps(Plan(first, y))]
    if first.before is None:
        return steps
    return [*_parts(first.before), first.step, *steps]


def _of_steps(plan: Plan) -> Function:
    """Return a program; if there is nothing to compute, the same numbers in another shape."""
    return Program(plan) if plan.stages else lambda x: x.reshape(plan.y.shape)
