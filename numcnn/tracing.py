"""Tracing: from symbolic tensors back to the calls that make them, in Keras's order.

The order matters: it is that of ``model.layers``, of the weights in files, and of the names.
"""

from __future__ import annotations

from typing import Any

from numcnn.checks import shown
from numcnn.layers import InputLayer
from numcnn.layers.symbolic import Call, Tensor


def calls_between(inputs: list[Tensor], outputs: list[Tensor]) -> list[Call]:
    """Return the calls that lead from the inputs to the outputs, deepest first.

    A call's depth is the longest way from it to an output; a layer that is called several times is
    as deep as its deepest call.  Among equals the one that is met first on the way back comes
    first.

    Raises
    ------
    ValueError
        If an output depends on an `Input` that is not among the inputs.
    """
    order = _finished(inputs, outputs)
    depth: dict[Call, int] = {}
    of_layer: dict[Any, int] = {}
    for call in reversed(order):
        deep = max(depth.get(call, 0), of_layer.get(call.layer, 0))
        of_layer[call.layer] = depth[call] = deep
        if call.inputs and not _is_given(call, inputs):
            for tensor in call.inputs:
                depth[tensor.call] = max(deep + 1, depth.get(tensor.call, 0))
    met = {call: number for number, call in enumerate(_met(inputs, outputs))}
    return sorted(order, key=lambda call: (-depth[call], met[call]))


def layers_of(calls: list[Call]) -> list[Any]:
    """Return the layers of sorted calls, each once, in Keras's order."""
    return list(dict.fromkeys(call.layer for call in calls))


def _is_given(call: Call, inputs: list[Tensor]) -> bool:
    return any(tensor.call is call for tensor in inputs)


def _finished(inputs: list[Tensor], outputs: list[Tensor]) -> list[Call]:
    """Return the calls in order of computation."""
    given = {tensor.call for tensor in inputs}
    order: dict[Call, None] = {}
    waiting = [(tensor.call, False) for tensor in reversed(outputs)]
    while waiting:
        call, inputs_done = waiting.pop()
        if call in order:
            continue
        if inputs_done or call in given:
            order[call] = None
            continue
        if isinstance(call.layer, InputLayer):
            raise ValueError(
                f"the outputs depend on the Input {call.layer.name!r} {call.layer.input_shape}, "
                "which is not among the inputs of the model: Model([input1, input2], outputs)."
            )
        waiting.append((call, True))
        waiting += [(tensor.call, False) for tensor in reversed(call.inputs)]
    return list(order)


def _met(inputs: list[Tensor], outputs: list[Tensor]) -> list[Call]:
    """Return the calls in the order in which a search back from the outputs meets them."""
    given = {tensor.call for tensor in inputs}
    met: dict[Call, None] = {}
    waiting = [tensor.call for tensor in reversed(outputs)]
    while waiting:
        call = waiting.pop()
        if call in met:
            continue
        met[call] = None
        if call not in given:
            waiting += [tensor.call for tensor in reversed(call.inputs)]
    return list(met)


def checked_tensors(tensors: Any, name: str) -> tuple[list[Tensor], Any]:
    """Return symbolic tensors as a list, and how they were given: None, "list", or keys.

    Raises
    ------
    TypeError
        If one of them is none.
    """
    form: Any
    if isinstance(tensors, dict):
        flat, form = list(tensors.values()), list(tensors)
    elif isinstance(tensors, list | tuple):
        flat, form = list(tensors), "list"
    else:
        flat, form = [tensors], None
    for one in flat:
        if not isinstance(one, Tensor):
            raise TypeError(
                f"{name} of a Model must be symbolic tensors, made by Input(shape) and by calls of "
                f"layers on them, got {shown(one)}."
            )
    if not flat:
        raise ValueError(f"a Model needs at least one tensor as {name}.")
    return flat, form
