"""GraphFrame: the frame of a graph of layers, without its mathematics.

From symbolic tensors to a list of nodes: `numcnn.tracing` finds the calls; here they become nodes,
with the layers of inner models in the place of these.  The mathematics is in `numcnn.graph`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from numcnn.activations import Activation
from numcnn.engine import leave
from numcnn.frame import Frame
from numcnn.layers import ActivatedLayer
from numcnn.nodes import Node


class GraphFrame(Frame):
    """The frame of a graph: nodes, shapes, and the results that a loss and a training need.

    Attributes
    ----------
    nodes : list of Node
        In order of computation; the inputs are numbered first, and are no nodes.
    ends : tuple of int
        The numbers of the results that are the outputs.
    """

    _nodes: Any = None
    absorbing: tuple[bool, ...] = (True,)
    """For each output, whether its loss takes the place of its activation."""

    @property
    def nodes(self) -> list[Node]:
        """The calls of layers, those of inner models included, in order of computation."""
        return self._numbered()[0]

    @property
    def ends(self) -> tuple[int, ...]:
        """The numbers of the outputs."""
        return self._numbered()[1]

    def _numbered(self) -> tuple[list[Node], tuple[int, ...]]:
        if self._nodes is None:
            self._nodes = numbered(self, len(self.inputs))
        return self._nodes

    def add_nodes(
        self, nodes: list[Node], given: list[int], begin: int, path: str, training: bool | None
    ) -> list[int]:
        """Add this model's nodes to the list, and return the numbers of its outputs.

        Parameters
        ----------
        nodes : list of Node
        given : list of int
            The numbers of the results that are this model's inputs.
        begin : int
            The number of the first node.
        path : str
            What stands before the names of the layers.
        training : bool or None
            The mode of the call in which this model is called.
        """
        raise NotImplementedError

    @property
    def acting(self) -> list[Any]:
        """The layers as they act, one for each call."""
        return [node.layer_at_work for node in self.nodes]

    @property
    def walk_reads(self) -> list[tuple[int, ...]]:
        """For each call, the numbers of what it reads: inputs first, then the calls."""
        return [node.reads for node in self.nodes]

    @property
    def walk_names(self) -> list[str]:
        """The names of the calls; a second call of ``dense`` is ``dense#2``."""
        return names_of(self.nodes)

    # What a pass through the graph asks ----------------------------------------------------------

    def batches_of(self, x: Any) -> list[np.ndarray]:
        """Return the batch of each input, in the model's dtype."""
        several = x if isinstance(x, list) else [x]
        return [np.asarray(one, self.dtype) for one in several]

    def gradients_of(self, dy: Any) -> list[np.ndarray]:
        """Return the gradient of each output, in the model's dtype."""
        several = dy if isinstance(dy, list) else [dy]
        shapes = [tensor.shape for tensor in self.outputs]
        if len(several) != len(shapes):
            raise ValueError(f"dy must be a list of {len(shapes)} gradients, one for each output.")
        return [self.output_gradient(*pair) for pair in zip(several, shapes, strict=True)]

    def input_gradients(self, gradients: dict[int, Any]) -> Any:
        """Return the gradient of the input, or a list of several."""
        count = range(len(self.inputs))  # an input that nobody reads has no gradient
        found = [leave(gradients[k]) if k in gradients else None for k in count]
        return found[0] if len(found) == 1 else found

    def numbers_to_train(self, inputs: bool) -> set[int]:
        """Return the results that depend on a parameter to train, or with `inputs` on any input."""
        return numbers_to_train(self.nodes, set(range(len(self.inputs))) if inputs else set())

    def ends_at_logits(self, final_activation: bool) -> set[int]:
        """Return the nodes that stop before their activation: those that a loss takes over."""
        if final_activation:
            return set()
        wanted = zip(self.ends, self.final_activations, self.absorbing, strict=True)
        return {end for end, activation, absorbed in wanted if absorbed and activation}

    @property
    def final_activations(self) -> list[Activation | None]:
        """The activation of each output, if nothing else reads what it makes."""
        by_number = {node.number: node for node in self.nodes}
        read = {number for node in self.nodes for number in node.reads}
        found: list[Activation | None] = []
        for end in self.ends:
            layer = by_number[end].layer if end in by_number else None
            alone = end not in read and self.ends.count(end) == 1
            is_open = isinstance(layer, ActivatedLayer) and alone
            found.append(layer.activation if is_open else None)  # type: ignore[union-attr]
        return found

    @property
    def final_activation(self) -> Activation | None:
        """The activation of the only output, if it has one."""
        found = self.final_activations
        return found[0] if len(found) == 1 else None


def numbered(model: Frame, inputs: int) -> tuple[list[Node], tuple[int, ...]]:
    """Return a model's nodes in order of computation, and the numbers of its outputs."""
    nodes: list[Node] = []
    ends = tuple(model.add_nodes(nodes, list(range(inputs)), inputs, "", None))
    calls = Counter(id(node.layer) for node in nodes)
    unread = set(ends)
    for node in reversed(nodes):
        node.several = calls[id(node.layer)] > 1
        node.last_reader_of = [n for n in dict.fromkeys(node.reads) if n not in unread]
        unread.update(node.reads)
    return nodes, ends


def numbers_to_train(nodes: list[Node], wanted: set[int]) -> set[int]:
    """Return the results that depend on a parameter to train, or on one that is wanted."""
    found = set(wanted)
    for node in nodes:
        trains = any(parameter.trainable for parameter in node.layer.parameters)
        if trains or any(number in found for number in node.reads):
            found.add(node.number)
    return found


def names_of(nodes: list[Node]) -> list[str]:
    """Return the names of calls; a second call of ``dense`` is ``dense#2``."""
    seen: Counter[str] = Counter()
    names = []
    for node in nodes:
        seen[node.path] += 1
        names.append(node.path if seen[node.path] == 1 else f"{node.path}#{seen[node.path]}")
    return names
