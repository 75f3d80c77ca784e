"""An ONNX file as plain values, checked: its nodes, its arrays, its input and its output.

The library ``onnx`` takes the bytes apart.  What they claim is checked here before memory is taken:
an array has as many bytes as its shape asks for, in the file or in one beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import counted
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.onnx_library import need_onnx

MOST_NODES = 20_000
OLDEST = 7
"""The first opset that is read; before it, windows and broadcasting were written otherwise."""

DTYPES = {
    **{1: ("<f4", "float_data"), 2: ("u1", "int32_data"), 3: ("i1", "int32_data")},
    **{6: ("<i4", "int32_data"), 7: ("<i8", "int64_data"), 9: ("?", "int32_data")},
    **{10: ("<f2", "int32_data"), 11: ("<f8", "double_data")},
}
"""ONNX's numbers of the dtypes that are read, and the field of values that are not bytes."""


class Node(NamedTuple):
    """An operator with the names of what it reads and makes."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


class OnnxGraph(NamedTuple):
    """A file's content."""

    opset: int
    nodes: list[Node]
    constants: dict[str, np.ndarray]
    inputs: dict[str, tuple[int, ...]]  # without the batch axis
    batch: int  # 0 if any is taken
    outputs: list[str]
    size: int  # bytes of the file and of those beside it


def read_onnx(path: Path) -> OnnxGraph:
    """Return the content of an ONNX file.

    Raises
    ------
    ImportError
        If ``onnx`` is not installed.
    ModelFileError
        If it is damaged, or not what an ONNX file may be.
    OSError
        If it can't be read.
    """
    onnx = need_onnx()
    from google.protobuf.message import DecodeError

    data = path.read_bytes()
    with refusing(path, "it is damaged, or no ONNX file", DecodeError):
        model = onnx.ModelProto.FromString(data)
        return _Reader(onnx, model, path, len(data)).graph()


class _Reader:
    """Takes a model apart."""

    def __init__(self, onnx: Any, model: Any, path: Path, size: int) -> None:
        self.onnx, self.model, self.path, self.size = onnx, model, path, size
        self.beside: dict[str, bytes] = {}
        self.left: Counter[str] = Counter()

    def graph(self) -> OnnxGraph:
        """Return the content, after everything has been checked."""
        graph = self.model.graph
        if len(graph.node) > MOST_NODES:
            raise ModelFileError(f"{len(graph.node):,} nodes are more than {MOST_NODES:,}.")
        if self.model.functions or graph.sparse_initializer:
            raise ModelFileError("functions and sparse arrays in ONNX files are not read.")
        constants: dict[str, np.ndarray] = {}
        for tensor in graph.initializer:
            if not tensor.name or tensor.name in constants:
                raise ModelFileError(f"the array {tensor.name!r} is there twice, or has no name.")
            constants[tensor.name] = self.array(tensor)
        inputs = {entry.name: entry for entry in graph.input if entry.name not in constants}
        shapes = {name: _shape(entry) for name, entry in inputs.items()}
        batches = {shape[0] for shape in shapes.values()}
        return OnnxGraph(
            self.opset(),
            [self.node(node, number) for number, node in enumerate(graph.node)],
            constants,
            {name: shape[1:] for name, shape in shapes.items()},
            batches.pop() if len(batches) == 1 else 0,
            [entry.name for entry in graph.output],
            self.size,
        )

    def opset(self) -> int:
        """Return the version of ONNX's own operators."""
        versions = {
            entry.version for entry in self.model.opset_import if entry.domain in ("", "ai.onnx")
        }
        if len(versions) != 1 or min(versions) < OLDEST:
            raise ModelFileError(
                f"the file must state one version of ONNX's operators, {OLDEST} or later, and "
                f"states {sorted(versions)}: export the model again."
            )
        return versions.pop()

    def node(self, node: Any, number: int) -> Node:
        """Return a node in plain values."""
        name = node.name or f"{node.op_type} {number}"
        if node.domain not in ("", "ai.onnx"):
            raise ModelFileError(
                f'node "{name}": {node.op_type} of {node.domain!r} is no operator of ONNX itself.'
            )
        outputs = [output for output in node.output if output]
        if node.op_type in ("Dropout", "BatchNormalization"):
            outputs = outputs[:1]  # the others are for training only
        if len(outputs) != 1:
            raise ModelFileError(
                f'node "{name}" ({node.op_type}) must have one output, and has {len(outputs)}.'
            )
        attributes = {said.name: self.attribute(said, name) for said in node.attribute}
        return Node(node.op_type, name, tuple(node.input), outputs[0], attributes)

    def attribute(self, said: Any, name: str) -> Any:
        """Return the value of an attribute."""
        kinds = self.onnx.AttributeProto
        if said.type == kinds.TENSOR:
            return self.array(said.t)
        if said.type == kinds.STRING:
            return said.s.decode()
        if said.type in (kinds.INT, kinds.FLOAT):
            return said.i if said.type == kinds.INT else float(str(np.float32(said.f)))
        if said.type in (kinds.INTS, kinds.FLOATS):
            return list(said.ints if said.type == kinds.INTS else said.floats)
        raise ModelFileError(
            f'node "{name}": its attribute {said.name!r} is a graph or a list, which is not read.'
        )

    def array(self, tensor: Any) -> np.ndarray:
        """Return a tensor, if it has the bytes that its shape asks for."""
        what = f"the array {tensor.name!r}"
        if tensor.data_type not in DTYPES or tensor.HasField("segment"):
            raise ModelFileError(f"{what} is of a dtype that is not read ({tensor.data_type}).")
        dtype_name, field = DTYPES[tensor.data_type]
        dtype = np.dtype(dtype_name)
        if any(axis < 0 for axis in tensor.dims):
            raise ModelFileError(f"{what} has the shape {tuple(tensor.dims)}.")
        count = math.prod(tensor.dims)
        if tensor.data_location == self.onnx.TensorProto.EXTERNAL:
            data = self.external(tensor, what)
        elif tensor.HasField("raw_data"):
            data = tensor.raw_data
        else:
            values = getattr(tensor, field)
            if len(values) != count:
                raise ModelFileError(
                    f"{what} of shape {tuple(tensor.dims)} has {counted(len(values), 'value')}."
                )
            if tensor.data_type == 10:  # float16 is kept as its bits
                return np.array(values, np.uint16).view(dtype).reshape(tensor.dims)
            return np.array(values, dtype).reshape(tensor.dims)
        if len(data) != count * dtype.itemsize:
            raise ModelFileError(
                f"{what} of shape {tuple(tensor.dims)} has {counted(len(data), 'byte')}, and needs "
                f"{count * dtype.itemsize:,}."
            )
        return np.frombuffer(data, dtype).reshape(tensor.dims)

    def external(self, tensor: Any, what: str) -> bytes:
        """Return the bytes of a tensor from a file beside this one; no two may share bytes."""
        said = {entry.key: entry.value for entry in tensor.external_data}
        name = said.get("location", "")
        if name in ("", ".", "..") or set("/\\:\0") & set(name):
            raise ModelFileError(f"{what} is said to be in {name!r}, which is no file beside it.")
        if name not in self.beside:
            file = self.path.parent / name
            if file.is_symlink() or not file.is_file():
                raise ModelFileError(f"{what} is in the file {name!r}, which is not beside it.")
            self.beside[name] = file.read_bytes()
            self.left[name] = len(self.beside[name])
            self.size += self.left[name]
        data = self.beside[name]
        first = int(said.get("offset", 0))
        length = int(said.get("length", len(data) - first))
        if first < 0 or length < 0 or first + length > len(data) or length > self.left[name]:
            raise ModelFileError(f"{what} asks for bytes that {name!r} does not have, or twice.")
        self.left[name] -= length
        return data[first : first + length]


def _shape(entry: Any) -> tuple[int, ...]:
    """Return the shape of an input; 0 for a batch of any size."""
    tensor = entry.type.tensor_type
    dims = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in tensor.shape.dim]
    if len(dims) < 2 or any(axis <= 0 for axis in dims[1:]):
        raise ModelFileError(
            f"the input {entry.name!r} must state the shape of a sample, and has {dims} (0 is "
            "open): export the model with a fixed size of its images."
        )
    return (max(dims[0], 0), *dims[1:])
