"""From a trace to what computes it: programs, and the plain functions that stand between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.engine.fast.layouts.few_images import DeferredConvolution
from numcnn.engine.fast.predictor.plan import Plan
from numcnn.engine.fast.predictor.program import Program

Function = Callable[[np.ndarray], np.ndarray]


def compile_trace(y: Any) -> Function:
    """Return the function of a plain array that computes what was recorded on the way to y.

    It keeps the weights as they are now.  Several threads may call it at once.
    """
    parts = _parts(y.computed if isinstance(y, DeferredConvolution) else y) or [np.copy]

    def answer(x: np.ndarray) -> np.ndarray:
        for part in parts:
            x = part(x)
        return x

    return parts[0] if len(parts) == 1 else answer


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
