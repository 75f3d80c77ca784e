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
from numcnn.travel.onnx_sums import MERGERS

IMAGE_CHANNELS = (1, 3, 4)
OF_IMAGES = (
    *("AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "GlobalAveragePool"),
    *("GlobalMaxPool", "GroupNormalization", "InstanceNormalization", "MaxPool", "Resize"),
)
"""The operators whose channels are the first axis."""


def load_onnx(path: Path) -> Any:
    """Return the model in an ONNX file: a `Sequential`, or a `Model`; it is not compiled.

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
        starts = [_start(reading, name, shape) for name, shape in graph.inputs.items()]
        for node in reading.nodes:
            read_node(reading, node)
        return reading.parts.model(starts, [_end(reading, name) for name in graph.outputs])


def _start(reading: Reading, name: str, shape: tuple[int, ...]) -> int:
    """Begin with an input of the file."""
    axes = tuple(range(len(shape)))
    if len(shape) == 3 and not _channels_last(reading.nodes, name, shape):
        shape, axes = (*shape[1:], shape[0]), CHANNELS_FIRST
    elif len(shape) == 3:
        reading.has_channels_last = True
    several = len(reading.graph.inputs) > 1
    part = reading.parts.start(shape, name if several else "input_layer")
    reading.put(name, Value(part, axes))
    return part


def _end(reading: Reading, name: str) -> int:
    """Return the part that makes an output of the file, laid out as an output of numcnn."""
    if name not in reading.values:
        raise ModelFileError(f"the output {name!r} does not depend on the input.")
    end = reading.values[name]
    if end.rows or end.axes != CHANNELS_FIRST or reading.has_channels_last:
        end = reading.as_in_file(end)
    if not reading.parts.all[end.part].inputs:
        end = reading.follow(end, "Activation", {"activation": "linear"})
    return end.part


def _channels_last(nodes: list[Node], name: str, shape: tuple[int, ...]) -> bool:
    """Say whether an input is ``(N, H, W, C)``: the first window or Transpose behind it says it."""
    same = {name}
    for node in nodes:
        if same.isdisjoint(node.inputs):
            continue
        if node.operator == "Transpose":
            return node.attributes.get("perm") == [0, 3, 1, 2]
        if node.operator in OF_IMAGES:
            return False
        if node.operator in ("Add", "Cast", "Div", "Identity", "Mul", "Sub"):
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
        reading.constants[node.output] = _shape(reading, node, reading.values[results[0]])
    else:
        try:
            reading.put(node.output, _read(reading, node, results))
        except ModelFileError:
            raise
        except ValueError as error:  # of a layer that can't be made so
            raise refuse(node, str(error).rstrip(".")) from error


def _read(reading: Reading, node: Node, results: list[str]) -> Value:
    """Return what a node makes of one result or of several."""
    reading.source = tuple(name for name in node.inputs if name in reading.constants)
    if len(results) > 1 and node.operator in MERGERS:
        if len(results) < len(node.inputs):
            raise refuse(node, "it reads several results and a constant, which no layer does")
        return MERGERS[node.operator](reading, node, [reading.values[name] for name in results])
    if node.operator not in READERS:
        raise refuse(node, f"numcnn has no layer for it; read are {', '.join(READERS)}")
    if len(results) > 1:
        merging = ", ".join(MERGERS)
        raise refuse(node, f"it reads two results; the operators that may do that are {merging}")
    constants = [reading.constants.get(name) for name in node.inputs]
    return READERS[node.operator](reading, node, reading.values[results[0]], constants)


def _shape(reading: Reading, node: Node, x: Value) -> np.ndarray:
    """Return the shape of a value, or a part of it; the batch is 0, which Reshape keeps."""
    shape = np.array([0, *reading.shape(x)], np.int64)
    return shape[node.attributes.get("start", 0) : node.attributes.get("end", len(shape))]


def _constant(node: Node) -> np.ndarray:
    """Return the value of a Constant node."""
    said = node.attributes
    if "value" in said:
        return said["value"]
    kind = np.int64 if any(name.startswith("value_int") for name in said) else np.float32
    (value,) = said.values()
    return np.array(value, kind)
