"""An ONNX graph while it is written: nodes, constants, and how each value lies in memory.

numcnn computes with the channels last, ONNX with the channels first.  One Transpose at the input
changes from one to the other.  Flatten then gives the same numbers in another order; the next dense
layer makes up for it by the order of its rows, which costs nothing.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np

OPSET, IR_VERSION = 17, 10
BATCH = "batch"
FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)
"""The axes of Transpose that put the channels first, and last."""


class Value(NamedTuple):
    """A value of the graph: its name, and its shape in numcnn, without the batch axis.

    An image ``(H, W, C)`` lies as ``(C, H, W)``.  `flattened` is the shape of the image whose
    numbers a row holds in this other order.
    """

    name: str
    shape: tuple[int, ...]
    flattened: tuple[int, int, int] | None = None


class Graph:
    """The nodes and constants that have been written so far."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def node(self, operator: str, name: str, inputs: list[str], **attributes: Any) -> str:
        """Write a node, and return the name of its output."""
        output = f"{name}/{operator}"
        self.nodes.append(
            self.onnx.helper.make_node(operator, inputs, [output], name=output, **attributes)
        )
        return output

    def constant(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        """Write a constant, and return its name.

        The second call of a layer, ``dense#2``, reads what the first call wrote, if it is the same.
        """
        array = np.array(value, dtype, order="C")
        first = re.sub(r"#\d+(?=/)", "", name)
        tensor = self.onnx.numpy_helper.from_array(array, first)
        if self.constants.get(first, tensor) == tensor:
            name = first
        tensor.name = name
        self.constants[name] = tensor
        return name

    def channels_last(self, value: Value, name: str) -> str:
        """Return the name of a value whose numbers lie as in numcnn."""
        if len(value.shape) == 3:
            return self.node("Transpose", f"{name}/last", [value.name], perm=LAST)
        if value.flattened is None:
            return value.name
        order = np.argsort(rows_in_order(value.flattened))
        indices = self.constant(f"{name}/order", order, np.int64)
        return self.node("Gather", name, [value.name, indices], axis=1)

    def channels_first(self, name: str, shape: tuple[int, ...]) -> Value:
        """Return a value of numcnn's order in the order of this graph."""
        if len(shape) == 3:
            name = self.node("Transpose", f"{name}/first", [name], perm=FIRST)
        return Value(name, shape)

    def model(self, inputs: list[Value], outputs: list[tuple[str, str, tuple[int, ...]]]) -> Any:
        """Return the whole model; its inputs and its outputs lie as in numcnn.

        Parameters
        ----------
        inputs : list of Value
        outputs : list of (str, str, tuple)
            The name of an output, the value that it is, and its shape.
        """
        helper, float32 = self.onnx.helper, self.onnx.TensorProto.FLOAT

        def said(name: str, shape: tuple[int, ...]) -> Any:
            return helper.make_tensor_value_info(name, float32, [BATCH, *shape])

        ends = [
            helper.make_node("Identity", [value], [name], name=name) for name, value, _ in outputs
        ]
        graph = helper.make_graph(
            [*self.nodes, *ends],
            "numcnn",
            [said(value.name, value.shape) for value in inputs],
            [said(name, shape) for name, _, shape in outputs],
            list(self.constants.values()),
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="numcnn"
        )


def rows_in_order(image: tuple[int, int, int]) -> np.ndarray:
    """Return where each number of a row in channels-first order stands in a row of numcnn's.

    Examples
    --------
    >>> rows_in_order((1, 2, 2))        # two pixels of two channels
    array([0, 2, 1, 3])
    """
    return np.arange(math.prod(image)).reshape(image).transpose(2, 0, 1).ravel()
