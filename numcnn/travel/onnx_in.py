"""An ONNX file of any library as a model of layers.

ONNX computes on images ``(N, C, H, W)``, numcnn on ``(N, H, W, C)``: the model takes its images
with the channels last, whatever the file takes.  For each value of the file it is kept which of
numcnn's axes lies where, so a Transpose is no layer; kernels are transposed, and the rows of a
dense layer behind a Flatten are put in numcnn's order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.onnx_file import Node, read_onnx
from numcnn.travel.onnx_layers import READERS
from numcnn.travel.onnx_reading import CHANNELS_FIRST, Reading, Value, refuse

IMAGE_CHANNELS = (1, 3, 4)


def load_onnx(path: Path, kind: Any) -> Any:
    """Return the model in an ONNX file, as one of the class `kind`; it is not compiled.

    Raises
    ------
    ImportError
        If ``onnx`` is not installed.
    ModelFileError
        If the file is damaged, or holds what numcnn has no layers for: the message names the node.
    """
    graph = read_onnx(path)
    with refusing(path, "it holds what an ONNX model can't hold"):
        reading = Reading(graph)
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise ModelFileError(
                "a model with several inputs or outputs can't be read: the file has the inputs "
                f"{list(graph.inputs)} and the outputs {graph.outputs}."
            )
        (name, shape), (output,) = *graph.inputs.items(), graph.outputs
        axes = tuple(range(len(shape)))
        if len(shape) == 3 and not _channels_last(reading.nodes, name, shape):
            shape, axes = (*shape[1:], shape[0]), CHANNELS_FIRST
        reading.put(name, Value(reading.parts.start(shape), axes))
        for node in reading.nodes:
            read_node(reading, node)
        if output not in reading.values:
            raise ModelFileError(f"the output {output!r} does not depend on the input.")
        end = reading.values[output]
        if end.flattened:
            raise ModelFileError(
                "the file ends with the numbers of an image in a row, channels first, and numcnn's "
                "Flatten has the channels last."
            )
        if end.axes not in (tuple(range(len(end.axes))), CHANNELS_FIRST):
            raise ModelFileError("the file ends with axes in an order that numcnn's layers lack.")
        if end.part == 0:
            end = reading.follow(end, "Activation", {"activation": "linear"})
        return reading.parts.model(kind, end.part)


def _channels_last(nodes: list[Node], name: str, shape: tuple[int, ...]) -> bool:
    """Say whether an input is ``(N, H, W, C)``: the first that reads more than a number says it."""
    same = {name}
    for node in nodes:
        if same.isdisjoint(node.inputs):
            continue
        if node.operator == "Transpose":
            return node.attributes.get("perm") == [0, 3, 1, 2]
        if node.operator in ("Conv", "MaxPool", "AveragePool", "BatchNormalization"):
            return False
        if node.operator not in ("Add", "Cast", "Div", "Identity", "Mul", "Sub"):
            break
        same.add(node.output)
    return shape[2] in IMAGE_CHANNELS and shape[0] not in IMAGE_CHANNELS


def read_node(reading: Reading, node: Node) -> None:
    """Read a node whose inputs have been read."""
    if node.operator == "Constant":
        reading.constants[node.output] = _constant(node)
        return
    for name in node.inputs:
        if name and name not in reading.values and name not in reading.constants:
            raise refuse(node, f"it reads {name!r}, which no node before it makes")
    results = [name for name in node.inputs if name in reading.values]
    if not results:
        arrays = [reading.constants[name] for name in node.inputs if name]
        reading.constants[node.output] = reading.fold(node, arrays)
    elif node.operator == "Shape":
        x = reading.values[results[0]]
        reading.constants[node.output] = np.array([0, *reading.shape(x)], np.int64)
    elif node.operator not in READERS:
        raise refuse(node, f"numcnn has no layer for it; read are {', '.join(READERS)}")
    elif len(results) > 1:
        raise refuse(node, "it reads two results, so the model is no row of layers")
    else:
        constants = [reading.constants.get(name) for name in node.inputs]
        x = reading.values[results[0]]
        reading.put(node.output, READERS[node.operator](reading, node, x, constants))


def _constant(node: Node) -> np.ndarray:
    """Return the value of a Constant node."""
    said = node.attributes
    if "value" in said:
        return said["value"]
    kind = np.int64 if any(name.startswith("value_int") for name in said) else np.float32
    (value,) = said.values()
    return np.array(value, kind)
