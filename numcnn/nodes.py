"""Node: one call of a layer in a graph."""

from __future__ import annotations

from typing import Any

from numcnn.checks import Shape
from numcnn.layers import Layer


class Node:
    """One call of a layer in a graph.

    Parameters
    ----------
    layer : Layer
    number : int
        Of its result.
    reads : tuple of int
        The numbers of the results that it reads.
    shapes, output_shape : list of tuple, tuple
        Of its inputs and of its result.
    training : bool or None
        The mode that the call asked for.
    path : str
        Such as ``"inner/dense"``.

    Attributes
    ----------
    several : bool
        Whether the layer is called several times in this graph.
    layer_at_work : Layer
        The layer, or for one that is called several times, or in a mode of its own: what acts in
        its place in this call, with the same parameters and its own memory.
    last_reader_of : list of int
        Results that nobody reads after this node.
    """

    def __init__(
        self,
        layer: Layer,
        number: int,
        reads: tuple[int, ...],
        shapes: list[Shape],
        output_shape: Shape,
        training: bool | None,
        path: str,
    ) -> None:
        self.layer, self.number, self.reads = layer, number, reads
        self.shapes, self.output_shape = shapes, output_shape
        self.training, self.path = training, path
        self.several = False
        self.layer_at_work = layer
        self.last_reader_of: list[int] = []

    def begin(self) -> Any:
        """Return the layer that acts, with an empty memory."""
        if self.several or self.training is not None:
            self.layer_at_work = self.layer.at(self.shapes, self.output_shape, self.training)
        return self.layer_at_work

    def mode(self, training: bool) -> bool:
        """Return whether the layer acts as in training."""
        return training or bool(self.training)
