"""Layers in a row, with the weights of one moment, as one function.

The layers are asked once what they do to images `ToCome`; none of them knows that nothing is
computed.  What they note down becomes a `Program`.  A layer that computes with NumPy, or in a way
that is made for many images, stands between two programs as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import config

from numcnn.engine.fast.few import Few, FewConvolution, StillToComeError, ToCome
from numcnn.engine.fast.program import Plan, Program

Function = Callable[[np.ndarray], np.ndarray]


def frozen(layers: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype) -> Function:
    """Return what built layers do to a batch of this shape, at most `few.FEW` images."""
    y: Few = ToCome(shape, dtype)
    for layer in copy.deepcopy(list(layers)):
        y = _noted(layer, y)
    parts = _parts(y.result if isinstance(y, FewConvolution) else y)

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
    """Return programs, and the functions that stand between them."""
    nodes = [y]
    while nodes[0].before is not None:
        nodes.insert(0, nodes[0].before)
    parts: list[Function] = []
    first = nodes[0]
    for node, following in zip(nodes, [*nodes[1:], None], strict=True):
        if callable(node.step):
            parts.append(node.step)
            first = node
        if node is not first and (following is None or callable(following.step)):
            plan = Plan(first, node)
            parts.append(Program(plan) if plan.stages else _reshaping(node.shape))
    return parts or [np.copy]


def _reshaping(shape: tuple[int, ...]) -> Function:
    return lambda x: x.reshape(shape)
