"""Frame: what a row of layers and a graph of layers have in common, without their mathematics.

Weights, predictions of any size, calls, and configuration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn import penalties
from numcnn.checks import Shape, counted, flag, shown
from numcnn.configuration import Configurable
from numcnn.engine.portions import STEP, portion
from numcnn.layers.calling import Connected
from numcnn.layers.symbolic import Tensor, is_symbolic, unpacked
from numcnn.nesting import Nestable
from numcnn.parameter import Parameter, WithParameters
from numcnn.results import Result
from numcnn.saving.architecture import model_from_config
from numcnn.several import count, each, joined, rows


class Frame(Connected, Nestable, Configurable, WithParameters):
    """The base of models: `numcnn.stack.Stack` is a row, `numcnn.graph_frame.GraphFrame` a graph.

    Attributes
    ----------
    layers : list of Layer
    inputs, outputs : list of Tensor
        The symbolic tensors with which the model begins and ends.
    dtype : numpy.dtype
        Of all parameters and computations.
    """

    _layers: list[Any]
    dtype: Any
    built: Any
    input_shape: Any
    output_shape: Any
    build: Any
    add_nodes: Any
    forward: Callable[..., Any]
    batch_of: Callable[..., Any]
    _trainable: bool
    kind_of_owner = "model"

    # Layers --------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Any]:
        """The layers, first to last, in a new list."""
        return list(self._layers)

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError(
            f'the layers of "{self.name}" cannot be replaced by an assignment: use add and pop, or '
            "make another model."
        )

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Return the layer with this name or index.

        Raises
        ------
        ValueError
            If there is none; the message lists the names.
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer takes either a name or an index.")
        if index is not None:
            if isinstance(index, int) and -len(self.layers) <= index < len(self.layers):
                return self.layers[index]
            raise ValueError(
                f"the model has {counted(len(self.layers), 'layer')}, got index={shown(index)}."
            )
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = ", ".join(repr(layer.name) for layer in self._layers)
        raise ValueError(f"no layer is called {shown(name)}; the layers are {names}.")

    @property
    def inputs(self) -> list[Tensor]:
        """The symbolic tensors with which the model begins."""
        return self._traced()[0]

    @property
    def outputs(self) -> list[Tensor]:
        """The symbolic tensors with which the model ends."""
        return self._traced()[1]

    @property
    def input(self) -> Any:
        """The symbolic input, or a list of several."""
        return unpacked(self.inputs)

    @property
    def output(self) -> Any:
        """The symbolic output, or a list of several."""
        return unpacked(self.outputs)

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that make the outputs."""
        return [tensor.name for tensor in self.outputs]

    def _traced(self) -> tuple[list[Tensor], list[Tensor]]:
        raise NotImplementedError

    # Answers -------------------------------------------------------------------------------------

    def infer(self, x: Any, final_activation: bool = True) -> Any:
        """Return the same as `forward`, but compute a large batch in portions that fit the cache.

        Parameters
        ----------
        x : numpy.ndarray
            ``(N, …)``; a list of batches for a model with several inputs.
        final_activation : bool
            As in `Network.forward`.
        """
        x = each(lambda one: np.asarray(one, self.dtype), x)
        samples = count(x)
        size = self._portion(samples)
        if size >= samples:
            return self.forward(x, False, final_activation)
        parts = [rows(x, slice(n, n + size)) for n in range(0, samples, size)]
        return joined([self.forward(part, False, final_activation) for part in parts])

    def _portion(self, samples: int) -> int:
        """Return the number of samples to predict at a time.

        Only the engine's operations are known to treat each sample independently.  So a batch is
        not divided for other layers, nor for a layer with an activity regularizer.
        """
        if samples <= STEP:
            return samples
        for layer in self.flat:
            if not layer.built or not layer.takes_engine_layout or layer.activity_regularizer:
                return samples
        shapes: Any = [layer.output_shape for layer in self.flat]
        return portion(self.dtype.itemsize * max(math.prod(shape[1:]) for shape in shapes))

    def __call__(self, x: Any, training: bool | None = None, mask: None = None) -> Any:
        """Return the output for a batch of any kind of array; for a symbolic x, symbolic outputs.

        A symbolic call with ``training=False`` stays in that mode while the larger model trains.
        """
        if training is not None:
            training = flag(training, "training")
        if is_symbolic(x):
            return self.as_described(unpacked(self.connect(x, training)))
        batch = self.batch_of(x)
        y = self.forward(batch, True) if training else self.infer(batch)
        return self.as_described(each(lambda one: one.view(Result), y))

    def as_described(self, outputs: Any) -> Any:
        """Return outputs as the model was described: a graph may have a dict of them."""
        return outputs

    def output_gradient(self, dy: Any, shape: Shape | None) -> np.ndarray:
        """Return the gradient of an output in the model's dtype, after checking its shape."""
        gradient = np.asarray(dy, self.dtype)
        if shape is not None and gradient.shape[1:] != tuple(shape[1:]):
            raise ValueError(
                f"dy must have the shape {shape}, that of the output, got {gradient.shape}."
            )
        return gradient

    def penalty(self) -> float:
        """Return the sum of all penalties, for the weights and the last outputs."""
        return penalties.penalty(self)

    # In plain values -----------------------------------------------------------------------------

    module: ClassVar[str] = "keras"

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Callable[..., Any]] | None = None,
        prepare: Callable[[Any], None] | None = None,
    ) -> Any:
        """Make a model, without weights, from the result of `get_config`, numcnn's or Keras's.

        Parameters
        ----------
        config : dict
        custom_objects : dict of str to type, optional
            Layers of your own by their names.
        prepare : function, optional
            Called with the model before it is built.

        Raises
        ------
        ValueError
            If numcnn does not have one of the layers, or not with these arguments.
        """
        return model_from_config(cls, config, custom_objects, prepare)

    # The weights ---------------------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether training changes the parameters; an assignment applies to every layer."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: Any) -> None:
        self._trainable = flag(value, "trainable")
        for layer in self._layers:
            layer.trainable = value

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters of all layers, first to last; those of a shared layer once."""
        every = [parameter for layer in self._layers for parameter in layer.parameters]
        return list(dict.fromkeys(every))

    def need_built(self, method: str) -> None:
        """Refuse a method that needs parameters before the model has them."""
        if not self.built:
            raise ValueError(
                f'{method}: model "{self.name}" has no weights yet, because the shape of its input '
                "is unknown: give the first layer an input_shape, or call "
                "model.build((None, 28, 28, 1)) or fit first."
            )
