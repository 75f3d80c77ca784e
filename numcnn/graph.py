"""Graph: layers that read each other's results, as one function, and its gradient.

A graph is a list of nodes in order of computation.  A node is one call of a layer: it reads the
results of nodes before it, or inputs of the graph.  Forward goes down the list, and backward goes
up.  Only one thing is new compared to a row of layers (`numcnn.network`): where a result is read
twice, its gradients are added.

That addition is the secret of residual networks.  In ``y = x + f(x)`` the result x is read twice,
so ``dx = dy + (the gradient through f)``: however small the second term is, the first one arrives.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from numcnn.engine import active_engine, leave
from numcnn.graph_frame import GraphFrame
from numcnn.layers import Layer
from numcnn.layers.symbolic import unpacked
from numcnn.network import Step


class Graph(GraphFrame):
    """A graph of layers.  The results of inputs and nodes are numbered in order of computation."""

    def forward(self, x: Any, training: bool = False, final_activation: bool = True) -> Any:
        """Return the output for a batch; lists of batches if there are several inputs or outputs.

        The arguments are those of `Network.forward`.  Without `final_activation`, each output stops
        at the logits that its loss asks for.
        """
        outputs = {}
        for node, step in zip(self.nodes, self.walk(x, training, final_activation), strict=True):
            if node.number in self.ends:
                outputs[node.number] = leave(step.y)
        return unpacked([outputs[number] for number in self.ends])

    def walk(self, x: Any, training: bool = False, final_activation: bool = True) -> Iterator[Step]:
        """Go forward, and yield each call's step; x of a layer that merges is a list."""
        results = dict(enumerate(self.batches_of(x)))
        to_logits = self.ends_at_logits(final_activation)
        for node in self.nodes:
            layer = node.begin()
            read: Any = [results[number] for number in node.reads]
            x = read if layer.reads_several else read[0]
            y = layer.run_forward(x, node.mode(training), node.number in to_logits)
            yield Step(layer, x, y)
            results[node.number] = y
            for number in node.last_reader_of:
                del results[number]

    def backward(
        self,
        dy: Any,
        final_activation: bool = True,
        input_gradient: bool = True,
        inner: Mapping[Layer, np.ndarray] | None = None,
    ) -> Any:
        """Go back through the nodes, last to first, and set every parameter's ``grad``.

        The arguments and the result are those of `Network.backward`.
        """
        gradients: dict[int, Any] = {}  # of the results, as far as they are known
        done: set[Any] = set()  # parameters that have a gradient from a later call of their layer
        wanted = self.numbers_to_train(input_gradient)
        to_logits = self.ends_at_logits(final_activation)
        for number, gradient in zip(self.ends, self.gradients_of(dy), strict=True):
            self._add(gradients, number, gradient)

        for node in reversed(self.nodes):
            if node.number not in wanted:
                continue
            layer = node.layer_at_work
            if inner and layer in inner:
                self._add(gradients, node.number, inner[layer])
            dy = gradients.pop(node.number)
            layer.input_gradient = any(number in wanted for number in node.reads)
            earlier = [(parameter, parameter.grad) for parameter in layer.parameters]
            dx = layer.run_backward(dy, node.number in to_logits)
            dxs = dx if layer.reads_several else [dx]
            for number, gradient in zip(node.reads, dxs, strict=True):
                if number in wanted:
                    self._add(gradients, number, gradient)
            for parameter, grad in earlier:
                if parameter in done and grad is not None:
                    parameter.grad = grad + parameter.grad
            done.update(layer.parameters)
        return self.input_gradients(gradients) if input_gradient else None

    @staticmethod
    def _add(gradients: dict[int, Any], number: int, gradient: Any) -> None:
        """Where a result is read twice, its gradients are added."""
        if number in gradients:
            gradient = active_engine().add([gradients[number], gradient])
        gradients[number] = gradient
