"""A network and some samples inside a saved page, so that it can answer without Python."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS

from numcnn.explain import Trace
from numcnn.visor.ask.answers import grid
from numcnn.visor.ask.layers_view import LayersView
from numcnn.visor.figures.assets import read

BUDGET = 2_200_000
"""Bytes that all arrays may take; in the page they take a third more."""


class Arrays(list[Any]):
    """Arrays that go into a page, and the numbers by which its plan speaks of them."""

    def put(self, array: Any, kind: Any = np.float32) -> int:
        """Keep an array; return its number."""
        self.append(np.ascontiguousarray(np.ravel(array), kind))
        return len(self) - 1

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return sum(array.nbytes for array in self)


def wiring_plan(trace: Trace, arrays: Arrays) -> list[dict[str, Any]]:
    """Return how every level is made, as JSON knows it, and put weights and windows into `arrays`.

    That is `numcnn.explain.wiring` word for word.
    """
    plan = []
    for number, (name, output) in enumerate(zip(trace.names, trace.outputs, strict=True)):
        rows, columns, maps = grid(output.shape)
        wired = trace.wirings[number]
        level: dict[str, Any] = {
            "name": name,
            "kind": type(trace.layers[number - 1]).__name__ if number else "",
            "shape": output.shape,
            "count": output.size,
            "H": rows,
            "W": columns,
            "maps": maps,
            "rule": None,
            "activation": "linear",
            "steps": [],
            **dict.fromkeys(("source", "start", "window", "weights", "y", "z")),
        }
        if wired is not None:
            level |= {
                "rule": wired.rule,
                "activation": wired.activation.name,
                "source": arrays.put(wired.source, np.int32),
                "start": arrays.put(wired.start, np.int32),
                "window": arrays.put(wired.window, np.int32),
                "weights": None if wired.weights is None else arrays.put(wired.weights),
                "steps": [
                    {"symbol": step.symbol, "name": step.name, "operand": arrays.put(step.operand)}
                    for step in wired.steps
                ],
            }
        plan.append(level)
    return plan


def embed(
    view: LayersView,
    shown: ColumnDataSource,
    traces: Sequence[Trace],
    gradients: Sequence[Sequence[list[np.ndarray]]],
) -> None:
    """Let the page answer by itself.

    Parameters
    ----------
    view : LayersView
    shown : ColumnDataSource
        One row: which ``sample`` is shown, and in which ``mode``: 0, its numbers; 1, 2, …, the
        first gradients, the second, and so on.
    traces : sequence of Trace
        One a sample.
    gradients : sequence of sequences
        For each sample and mode, a list of arrays, one a level.
    """
    arrays = Arrays()
    plan = wiring_plan(traces[0], arrays)
    for number, level in enumerate(plan):
        level["y"] = arrays.put(np.stack([trace.outputs[number] for trace in traces]))
        if level["activation"] == "softmax":
            level["z"] = arrays.put(np.stack([trace.logits[number] for trace in traces]))
        level["gradients"] = [
            arrays.put(np.stack([modes[mode][number] for modes in gradients]))
            for mode in range(len(gradients[0]))
        ]
    code = CustomJS(
        args={
            "plan": json.dumps(plan),
            "arrays": list(arrays),
            "class_names": view.class_names,
            "asked": view.asked,
            "answered": view.answered,
            "shown": shown,
            "panel": view.panel,
            "pixels": view.pixels,
            "colours": view.colours,
        },
        code=read(__package__, "account.js") + read(__package__, "embedded.js"),
    )
    view.asked.js_on_change("data", code)
    shown.js_on_change("data", code)


def bytes_of_wiring(trace: Trace) -> int:
    """Return what weights and windows would take."""
    arrays = Arrays()
    wiring_plan(trace, arrays)
    return arrays.bytes


def bytes_of_sample(trace: Trace, modes: int) -> int:
    """Return what the numbers of one sample would take, with so many gradients."""
    numbers = sum(output.size for output in trace.outputs)
    return 4 * (numbers * (1 + modes) + trace.logits[-1].size)
