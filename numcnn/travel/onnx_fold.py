"""What a graph computes from constants and shapes alone is computed once, when it is read.

PyTorch writes ``x.view(x.size(0), -1)`` as six nodes about a shape, and Keras transposes its
kernels; none of this is a layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.saving.errors import ModelFileError
from numcnn.travel.onnx_file import DTYPES, Node

Arrays = list[np.ndarray]


class Folding:
    """Computes nodes whose inputs are constants, within a budget of bytes."""

    def __init__(self, budget: int) -> None:
        self.left = budget

    def __call__(self, node: Node, arrays: Arrays) -> np.ndarray:
        """Return what a node makes of constants.

        Raises
        ------
        ModelFileError
            If it is not one of the operators that are folded, or makes more than the file holds.
        """
        if node.operator not in FOLDS:
            raise ModelFileError(
                f'node "{node.name}" ({node.operator}) computes something from constants, and '
                f"only {', '.join(FOLDS)} are computed so."
            )
        self.spend(node, arrays)
        return np.asarray(FOLDS[node.operator](node, arrays))

    def spend(self, node: Node, arrays: Arrays) -> None:
        """Take what a node will make at most from the budget."""
        size = sum(array.nbytes for array in arrays)
        if node.operator in PAIRS:
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
            size = 8 * math.prod(shape)
        elif node.operator == "Gather":
            size = arrays[0].nbytes * max(arrays[1].size, 1)
        elif node.operator == "ConstantOfShape":
            size = 8 * math.prod(int(axis) for axis in np.ravel(arrays[0]) if axis > 0)
        self.left -= size
        if self.left < 0:
            raise ModelFileError(
                f'node "{node.name}" ({node.operator}): the constants grow beyond the file.'
            )


def _axes(node: Node, arrays: Arrays) -> tuple[int, ...]:
    """Return the axes of Squeeze and Unsqueeze, an input since opset 13."""
    axes = arrays[1] if len(arrays) > 1 else node.attributes.get("axes", [])
    return tuple(int(axis) for axis in np.ravel(axes))


def cast(node: Node, arrays: Arrays) -> np.ndarray:
    """Return numbers of another dtype."""
    return arrays[0].astype(DTYPES[node.attributes["to"]][0])


def gather(node: Node, arrays: Arrays) -> np.ndarray:
    """Pick along an axis."""
    return np.take(arrays[0], arrays[1], axis=node.attributes.get("axis", 0))


def cut(node: Node, arrays: Arrays) -> np.ndarray:
    """Slice, whose ends are inputs since opset 10."""
    said = node.attributes
    starts, ends = (arrays[1], arrays[2]) if len(arrays) > 2 else (said["starts"], said["ends"])
    axes = arrays[3] if len(arrays) > 3 else said.get("axes", range(len(starts)))
    steps = arrays[4] if len(arrays) > 4 else [1] * len(starts)
    cuts = [slice(None)] * arrays[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cuts[int(axis)] = slice(int(start), int(end), int(step))
    return arrays[0][tuple(cuts)]


def concat(node: Node, arrays: Arrays) -> np.ndarray:
    """Put arrays behind one another."""
    return np.concatenate(arrays, node.attributes["axis"])


def unsqueeze(node: Node, arrays: Arrays) -> np.ndarray:
    """Add axes of length 1."""
    return np.expand_dims(arrays[0], _axes(node, arrays))


def squeeze(node: Node, arrays: Arrays) -> np.ndarray:
    """Take axes of length 1 away."""
    return np.squeeze(arrays[0], _axes(node, arrays) or None)


def transpose(node: Node, arrays: Arrays) -> np.ndarray:
    """Change the order of the axes."""
    return np.transpose(arrays[0], node.attributes.get("perm"))


def reshape(node: Node, arrays: Arrays) -> np.ndarray:
    """Give the same numbers another shape."""
    return arrays[0].reshape([int(axis) for axis in np.ravel(arrays[1])])


def filled(node: Node, arrays: Arrays) -> np.ndarray:
    """Repeat a number."""
    value = node.attributes.get("value", np.zeros(1, np.float32)).ravel()[0]
    return np.full([int(axis) for axis in np.ravel(arrays[0])], value)


def same(node: Node, arrays: Arrays) -> np.ndarray:
    """Change nothing."""
    return arrays[0]


def pairwise(function: Callable[..., Any]) -> Callable[[Node, Arrays], np.ndarray]:
    """Return what computes number by number."""

    def fold(node: Node, arrays: Arrays) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(function(arrays[0], arrays[1]), arrays[0].dtype)

    return fold


def negative(node: Node, arrays: Arrays) -> np.ndarray:
    """Turn the sign."""
    return -arrays[0]


def root(node: Node, arrays: Arrays) -> np.ndarray:
    """Take the square root."""
    with np.errstate(all="ignore"):
        return np.sqrt(arrays[0])


PAIRS: dict[str, Callable[[Node, Arrays], np.ndarray]] = {
    "Add": pairwise(np.add),
    "Sub": pairwise(np.subtract),
    "Mul": pairwise(np.multiply),
    "Mod": pairwise(np.mod),
    "Div": pairwise(lambda a, b: a // b if a.dtype.kind in "iu" else a / b),
}
FOLDS: dict[str, Callable[[Node, Arrays], np.ndarray]] = {
    **PAIRS,
    "Cast": cast,
    "Concat": concat,
    "ConstantOfShape": filled,
    "Gather": gather,
    "Identity": same,
    "Neg": negative,
    "Reshape": reshape,
    "Slice": cut,
    "Sqrt": root,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
