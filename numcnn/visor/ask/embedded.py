"""A network and some samples inside a saved page, so that it can answer without Python."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, LayoutDOM

from numcnn.explain import Trace
from numcnn.visor.ask.answers import grid, largest_place
from numcnn.visor.ask.layers_view import LayersView
from numcnn.visor.figures.assets import read

BUDGET = 2_200_000
"""Bytes that all arrays may take; in the page they take a third more."""


COMPUTED = ("linear", "relu", "sigmoid", "tanh", "softmax")
"""Activations that `forward.js` knows."""


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
    traces: dict[int, Trace],
    gradients: Sequence[Sequence[list[np.ndarray]]],
    inputs: dict[int, np.ndarray],
    without: LayoutDOM,
) -> None:
    """Let the page answer by itself.

    Parameters
    ----------
    view : LayersView
    shown : ColumnDataSource
        One row: which ``sample`` is shown, and in which ``mode``: 0, its numbers; 1, 2, …, the
        first gradients, the second, and so on.
    traces : dict of int to Trace
        The samples of which the page holds all numbers.
    gradients : sequence of sequences
        For each of these and each mode, a list of arrays, one a level.
    inputs : dict of int to numpy.ndarray
        Further samples, of which the page computes the numbers.
    without : LayoutDOM
        Is shown where there are no gradients of a sample.
    """
    arrays = Arrays()
    held = list(traces.values())
    plan = wiring_plan(held[0], arrays)
    for number, level in enumerate(plan):
        level["y"] = arrays.put(np.stack([trace.outputs[number] for trace in held]))
        if level["activation"] == "softmax":
            level["z"] = arrays.put(np.stack([trace.logits[number] for trace in held]))
        level["gradients"] = [
            arrays.put(np.stack([modes[mode][number] for modes in gradients]))
            for mode in range(len(gradients[0]))
        ]
    others: dict[str, Any] = {"samples": list(inputs), "inputs": None, "divisor": 1}
    if inputs:
        numbers, others["divisor"] = packed(np.stack(list(inputs.values())))
        others["inputs"] = arrays.put(numbers, numbers.dtype)
    shown.tags = [[level, largest_place(view.trace, level)] for level in view.followed]
    code = CustomJS(
        args={
            "plan": json.dumps(plan),
            "arrays": list(arrays),
            "samples": list(traces),
            "others": others,
            "without": without,
            "class_names": view.class_names,
            "asked": view.asked,
            "answered": view.answered,
            "shown": shown,
            "panel": view.panel,
            "pixels": view.pixels,
            "colours": view.colours,
        },
        code=read(__package__, "account.js")
        + read(__package__, "forward.js")
        + read(__package__, "embedded.js"),
    )
    view.asked.js_on_change("data", code)
    shown.js_on_change("data", code)


def bytes_of_wiring(trace: Trace) -> int:
    """Return the bytes of weights and windows."""
    arrays = Arrays()
    wiring_plan(trace, arrays)
    return arrays.bytes


def bytes_of_sample(trace: Trace, modes: int) -> int:
    """Return the bytes of the numbers of one sample, with this number of gradients."""
    numbers = sum(output.size for output in trace.outputs)
    return 4 * (numbers * (1 + modes) + trace.logits[-1].size)


def can_compute(trace: Trace) -> bool:
    """Whether `forward.js` can compute all levels."""
    return all(
        wired is not None and wired.activation.name in COMPUTED for wired in trace.wirings[1:]
    )


def packed(samples: np.ndarray) -> tuple[np.ndarray, int]:
    """Return samples as bytes if that loses nothing, and by what these are to be divided.

    Examples
    --------
    >>> packed(np.array([0, 0.2, 1], np.float32))
    (array([  0,  51, 255], dtype=uint8), 255)
    >>> packed(np.array([0.3], np.float32))
    (array([0.3], dtype=float32), 1)
    """
    numbers = np.asarray(samples, np.float32)
    for divisor in (255, 1):
        if ((numbers >= 0) & (numbers * divisor < 256)).all():
            whole = np.rint(numbers * divisor).astype(np.uint8)
            if np.array_equal(whole / np.float32(divisor), numbers):
                return whole, divisor
    return numbers, 1
