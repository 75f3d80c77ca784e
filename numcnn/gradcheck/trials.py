"""Trials: a layer, a loss or a model as a function of arrays, in float64, always the same.

A trial computes `forward` with its arrays as they are now, draws the same random numbers each time,
and returns the gradients of its arrays as `backward` gives them.  That is all that a check needs.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from numcnn import penalties
from numcnn.checks import Shape, numeric_array
from numcnn.data_checks import checked_data
from numcnn.layers import Layer
from numcnn.losses import Loss
from numcnn.network import Network
from numcnn.parameter import Parameter
from numcnn.several import count, each


class Trial(Protocol):
    """A function of arrays with gradients."""

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name; changing them in place changes the function."""

    def forward(self) -> np.ndarray:
        """Return y, in float64."""

    def gradients(self, dy: np.ndarray) -> dict[str, Any]:
        """Return what `backward` gives for each array: an array, or by mistake anything else."""

    def random_dy(self, rng: np.random.Generator) -> np.ndarray:
        """Return a gradient for y, so that errors of y's numbers cannot cancel."""
        return rng.standard_normal(self.forward().shape)

    def with_one_more(self) -> Trial:
        """Return the same trial with one more sample in its batch."""


class LayerTrial(Trial):
    """A copy of a layer, built, in float64, with a batch for it."""

    def __init__(
        self, layer: Layer, inputs: np.ndarray, training: bool, rng: np.random.Generator
    ) -> None:
        self.layer = float64_copy(layer, (None, *inputs.shape[1:]), rng)
        self.inputs = inputs
        self.training = training
        self.chance = self.layer.rng.bit_generator.state
        self.unset = {name: copy.copy(p.grad) for name, p in self.parameters.items()}

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that the layer learns, by name; "w 2" is a second one named "w"."""
        return named(self.layer.trainable_weights)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The input x, and the parameters that the layer learns."""
        return {"x": self.inputs} | {name: p.value for name, p in self.parameters.items()}

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Return the layer's own answer to x, with the trial's random numbers."""
        self.layer.rng.bit_generator.state = self.chance
        return self.layer.forward(x, training=training)

    def forward(self) -> np.ndarray:
        """Return y; the layer gets a copy of x, so that it can't change it."""
        return np.asarray(self.run(self.inputs.copy(), self.training))

    def gradients(self, dy: np.ndarray) -> dict[str, Any]:
        """Go forward in training, so that the layer remembers, and back."""
        self.unset_gradients()
        self.run(self.inputs.copy(), training=True)
        return self.read(self.layer.backward(dy.copy()))

    def unset_gradients(self) -> None:
        """Set the parameters' gradients as they are before the first `backward`."""
        for name, parameter in self.parameters.items():
            parameter.grad = copy.copy(self.unset[name])

    def read(self, dx: Any) -> dict[str, Any]:
        """Return dx and the gradients that the parameters have now."""
        return {"x": dx} | {name: p.grad for name, p in self.parameters.items()}

    def with_one_more(self) -> LayerTrial:
        """Return the trial with the first sample once more at the end."""
        larger = copy.copy(self)
        larger.inputs = np.concatenate([self.inputs, self.inputs[:1]])
        return larger


class LossTrial(Trial):
    """A loss with a batch of labels and outputs."""

    def __init__(self, loss: Loss, targets: np.ndarray, outputs: np.ndarray) -> None:
        self.loss, self.targets, self.outputs = loss, targets, outputs

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The outputs."""
        return {"y_pred": self.outputs}

    def forward(self) -> np.ndarray:
        """Return the losses ``(N,)``."""
        return np.asarray(self.loss.run_forward(self.targets.copy(), self.outputs.copy())[0])

    def gradients(self, dy: np.ndarray) -> dict[str, Any]:
        """Return the gradient of the outputs."""
        _, cache = self.loss.run_forward(self.targets.copy(), self.outputs.copy())
        return {"y_pred": self.loss.backward(dy.copy(), cache)}

    def with_one_more(self) -> LossTrial:
        """Return the trial with the first sample once more at the end."""
        again = (np.concatenate([a, a[:1]]) for a in (self.targets, self.outputs))
        return LossTrial(self.loss, *again)


class ModelTrial(Trial):
    """A copy of a compiled model, in float64, with a batch: its losses, and its penalties last."""

    def __init__(self, model: Any, x: Any, y: Any) -> None:
        self.model = copy.deepcopy(model)
        if not self.model.built:
            self.model.build((None, *numeric_array(x, "x").shape[1:]))
        data = checked_data(self.model, x, y)
        self.inputs = each(lambda one: np.array(one, np.float64), data.x)
        self.targets = data.y
        _to_float64(self.model)
        self.loss = self.model.training_loss
        self.to_logits = self.model.trains_on_logits
        self.chance = [layer.rng.bit_generator.state for layer in self.model.flat]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The input, and the parameters of all layers, ``"conv2d.kernel"``."""
        return self._by_input(self.inputs) | {n: p.value for n, p in self._parameters().items()}

    def forward(self) -> np.ndarray:
        """Return the losses and the penalty ``(N + 1,)``."""
        losses, _ = self.loss.run_forward(self.targets, self._outputs())
        return np.append(losses, self.model.penalty())

    def random_dy(self, rng: np.random.Generator) -> np.ndarray:
        """Return a gradient for the losses; the penalty's is 1, since it is added to the loss."""
        return np.append(rng.standard_normal(count(self.inputs)), 1.0)

    def gradients(self, dy: np.ndarray) -> dict[str, Any]:
        """Go back through loss and layers."""
        outputs = self._outputs()
        _, cache = self.loss.run_forward(self.targets, outputs)
        doutputs = self.loss.run_backward(dy[:-1], cache, outputs)
        dx = penalties.backward(self.model, doutputs, final_activation=not self.to_logits)
        return self._by_input(dx) | {name: p.grad for name, p in self._parameters().items()}

    def _by_input(self, several: Any) -> dict[str, Any]:
        """Return what belongs to the input as "x", of several inputs as "x 1", "x 2", …."""
        if isinstance(several, list):
            return {f"x {number}": one for number, one in enumerate(several, 1)}
        return {"x": several}

    def with_one_more(self) -> ModelTrial:
        """Return the trial with the first sample once more at the end."""
        larger = copy.copy(self)
        larger.inputs, larger.targets = (
            each(lambda a: np.concatenate([a, a[:1]]), one) for one in (self.inputs, self.targets)
        )
        return larger

    def _parameters(self) -> dict[str, Parameter]:
        return {
            f"{path}.{name}": parameter
            for path, layer in self.model.paths()
            for name, parameter in named(layer.trainable_weights).items()
        }

    def _outputs(self) -> np.ndarray:
        for layer, state in zip(self.model.flat, self.chance, strict=True):
            layer.rng.bit_generator.state = state
        x = self.inputs.copy()
        return self.model.forward(x, training=True, final_activation=not self.to_logits)


def named(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    """Return parameters by names of which no two are equal."""
    result: dict[str, Parameter] = {}
    for parameter in parameters:
        name, count = parameter.name, 1
        while name in result or name == "x":
            count += 1
            name = f"{parameter.name} {count}"
        result[name] = parameter
    return result


def float64_copy(layer: Layer, input_shape: Shape, rng: np.random.Generator) -> Layer:
    """Return a copy of the layer, built, in float64, that has no gradients yet."""
    subject = copy.deepcopy(layer)
    subject.dtype = np.dtype(np.float64)
    if subject.built:
        for parameter in subject.parameters:
            parameter.to_float64()
    else:
        subject.rng = rng.spawn(1)[0] if hasattr(rng, "spawn") else copy.deepcopy(rng)
        subject.build_for(input_shape)
        for parameter in subject.parameters:
            if parameter.trainable:  # a bias of zeros would hide errors
                parameter.value += rng.uniform(-0.1, 0.1, parameter.value.shape)
    return subject


def _to_float64(network: Network) -> None:
    """Change a network's parameters to float64."""
    network.dtype = np.dtype(np.float64)
    for layer in network.flat:
        layer.dtype = network.dtype
        for parameter in layer.parameters:
            parameter.to_float64()
