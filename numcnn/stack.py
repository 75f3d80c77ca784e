"""Stack: the frame of a network, without its mathematics.

It adds, names, builds and refuses layers, holds weights and configuration, and predicts batches of
any size.  The mathematics is in `numcnn.network`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from numcnn.activations import Activation
from numcnn.checks import (
    Shape,
    flag,
    float_dtype,
    given_name,
    items_of,
    numeric_array,
    shown,
    without_batch_axis,
)
from numcnn.configuration import snake_case
from numcnn.data_checks import adjusted
from numcnn.frame import Frame
from numcnn.layer_names import LayerNames
from numcnn.layers import ActivatedLayer, InputLayer, Layer, Merge
from numcnn.layers.component import created
from numcnn.layers.symbolic import Tensor
from numcnn.nodes import Node
from numcnn.randomness import checked_seed, generator
from numcnn.saving.architecture import model_config

SHUFFLING, LAYERS = 0, 1
"""Branches of a model's seed: one for the order of the training data, and one for each layer."""


class Stack(Frame):
    """The frame of a network: it adds, names, builds and refuses layers.

    Parameters
    ----------
    layers : iterable of Layer, optional
        `add` adds more.
    trainable : bool, default True
        Whether training changes the parameters; False applies to every layer.
    name : str, optional
    seed : int, optional
        Seed for all random numbers of this model: initial weights, dropout, shuffling.
    dtype : {"float32", "float64"}, default "float32"
        The dtype of all parameters and computations.

    Attributes
    ----------
    layers : list of Layer
        Without an `InputLayer`, which only declares the shape.
    input_shape, output_shape : tuple or None
        With the batch axis, ``(None, 28, 28, 1)``; None before the model is built.
    """

    def __init__(
        self,
        layers: Iterable[Layer] | None = None,
        trainable: bool = True,
        name: str | None = None,
        seed: int | None = None,
        dtype: Any = "float32",
    ) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        self.named_by_user = bool(name)
        self._layers: list[Layer] = []
        self.nested = False
        self.seed = checked_seed(seed)
        self._given_seed = seed
        self.dtype = float_dtype(dtype, "dtype")
        self.input_shape: Shape | None = None
        self._given_shape: Shape | None = None
        self._input_name = "input_layer"
        self._trace: Any = None
        self._nodes: Any = None
        self.created = next(created)
        self.rng = generator(self.seed, SHUFFLING)
        if isinstance(layers, Layer | Frame):
            raise TypeError(f"the layers of a model must be in a list, [{layers!r}], got a layer.")
        given = [] if layers is None else items_of(layers, "the layers of a model", "layers")
        self.add_all(given)
        self._trainable = flag(trainable, "trainable")
        if not trainable:
            self.trainable = False

    # The layers ----------------------------------------------------------------------------------

    def add(self, layer: Layer) -> None:
        """Add a layer after the last one; if the input's shape is known, build it at once.

        Raises
        ------
        TypeError
            If it is not a layer.
        ValueError
            If it is already in this model, its name is taken, or its input does not fit.
        """
        self.add_all([layer])

    def add_all(self, layers: Iterable[Layer], build: bool = True) -> None:
        """Add layers one after the other, and build them together; none of them if one is wrong."""
        before = list(self.layers)
        self._nodes = None
        names, known = LayerNames(before), {id(layer) for layer in self.flat}
        try:
            for layer in layers:
                self._admit(layer, names, known)
            first = self.layers[0].input_shape if self.layers and not before else None
            input_shape = self.input_shape or first
            if build and self.layers and input_shape is not None:
                self.build(input_shape)
        except BaseException:  # also MemoryError, Ctrl-C, and the errors of a layer of one's own
            self._layers[:] = before
            raise

    def _admit(self, layer: Layer, names: LayerNames, known: set[int]) -> None:
        """Put a layer behind the last one, not built yet; of an Input, keep the shape."""
        if isinstance(layer, Tensor) and isinstance(layer.call.layer, InputLayer):
            layer = layer.call.layer
        if not isinstance(layer, Layer | Frame):
            raise TypeError(
                f"a model is made of layers, got {shown(layer)}"
                f"{': make one, with brackets' if isinstance(layer, type) else ''}."
            )
        if isinstance(layer, Merge):
            raise ValueError(
                f"{type(layer).__name__} merges several inputs, and a row has one: describe a "
                "graph, numcnn.Model(inputs, outputs)."
            )
        if isinstance(layer, InputLayer):
            if self.layers or self.input_shape:
                raise ValueError("an Input can only be the first layer of a model.")
            self.input_shape = self._given_shape = layer.input_shape
            self._input_name = layer.name
            return
        for new in layer.flat if isinstance(layer, Frame) else [layer]:
            if id(new) in known:
                raise ValueError(f'layer "{new.name}" is in this model already; make another one.')
            known.add(id(new))
        names.give(layer)
        self._layers.append(layer)
        self.nested |= isinstance(layer, Frame)

    def pop(self) -> Layer:
        """Remove the last layer, and return it."""
        if not self.layers:
            raise ValueError("this model has no layer to remove.")
        self._trace = self._nodes = None
        return self._layers.pop()

    @property
    def built(self) -> bool:
        """Whether all parameters exist, for inputs of a known shape."""
        for layer in self._layers:
            if not layer.built:
                return False
        return bool(self._layers and self.input_shape)

    @property
    def output_shape(self) -> Shape | None:
        """The shape of an output batch, ``(None, 10)``; None before the model is built."""
        return self.layers[-1].output_shape if self.built else self.input_shape

    def build(self, input_shape: Any) -> None:
        """Make the parameters of all layers, for batches of `input_shape`, ``(None, 28, 28, 1)``.

        Raises
        ------
        ValueError
            If there is no layer, or a layer does not fit its input.  The message shows the shapes
            up to this layer.  Nothing is changed then.
        """
        without_batch_axis(input_shape, "input_shape")
        if not self.layers:
            raise ValueError("the model has no layers yet: add them with model.add.")
        if self.built and self.input_shape not in (None, tuple(input_shape)):
            raise ValueError(
                f'model "{self.name}" was built for {self.input_shape}, not for {input_shape}.'
            )
        shape: Shape = tuple(input_shape)
        fresh = [layer for layer in self.layers if not layer.built]
        for index, layer in enumerate(self.layers):
            try:
                if isinstance(layer, Frame):
                    self._prepare_inner(layer, index)
                elif not layer.built:
                    self._give_dtype(layer)
                    if getattr(layer, "seed", None) is None:
                        layer.rng = generator(self.seed, LAYERS, index)
                layer.build_for(shape)
            except BaseException as error:
                story = self._chain(index, tuple(input_shape), str(error))
                for other in fresh:
                    other.unbuild()
                if isinstance(error, ValueError):
                    raise ValueError(story) from error
                raise
            shape = layer.output_shape or shape
        self.input_shape = tuple(input_shape)
        self._trace = self._retrace()

    def output_shapes(self, shapes: list[Shape], dtype: Any) -> list[Shape]:
        """Build the model for a call on a symbolic tensor, and return the shape of its output."""
        if len(shapes) != 1:
            raise ValueError(f'model "{self.name}" takes one input, got {len(shapes)}.')
        if not self.built:
            self.dtype = np.dtype(dtype) if not self.parameters else self.dtype
            self.build(shapes[0])
        elif self.input_shape != tuple(shapes[0]):
            raise ValueError(
                f'model "{self.name}" was built for {self.input_shape}, not for {shapes[0]}.'
            )
        return [self.output_shape or ()]

    def _retrace(self) -> tuple[list[Tensor], list[Tensor]]:
        """Call the layers on symbolic tensors, one after the other."""
        start = InputLayer(batch_shape=self.input_shape, name=self._input_name)
        start.dtype = self.dtype
        tensors = start.connect()
        first = tensors
        for layer in self.layers:
            tensors = layer.connect(tensors)
        return first, tensors

    def _traced(self) -> tuple[list[Tensor], list[Tensor]]:
        self.need_built("inputs and outputs")
        if self._trace is None:
            self._trace = self._retrace()
        return self._trace

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_tensors"} | {"_trace": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.built:
            self._trace = self._retrace()

    def add_nodes(
        self, nodes: list[Node], given: list[int], begin: int, path: str, training: bool | None
    ) -> list[int]:
        """Add this model's nodes to the list; see `GraphFrame.add_nodes`."""
        for layer in self.layers:
            if isinstance(layer, Frame):
                name = f"{path}{layer.name}/"
                given = layer.add_nodes(nodes, given, begin, name, training)
                continue
            shapes: Any = [layer.input_shape]
            number = begin + len(nodes)
            output_shape: Any = layer.output_shape
            name = path + layer.name
            node = Node(layer, number, tuple(given), shapes, output_shape, training, name)
            nodes.append(node)
            given = [number]
        return given

    def _prepare_inner(self, model: Frame, index: int) -> None:
        """Give an inner model this one's dtype, and its chance unless it has a seed of its own."""
        if model.built and model.dtype != self.dtype:
            raise ValueError(
                f"it was built for {model.dtype.name}, but this model computes in "
                f"{self.dtype.name}."
            )
        if model.built or not isinstance(model, Stack):
            return
        model.dtype = self.dtype
        if model._given_seed is None:
            model.seed = int(generator(self.seed, LAYERS, index).integers(2**63))

    def _give_dtype(self, layer: Layer) -> None:
        """Set a layer's dtype to the model's; refuse it if the layer was made with another."""
        if layer.dtype_given and layer.dtype != self.dtype:
            raise ValueError(
                f"the layer was made with dtype={layer.dtype.name!r}, but this model computes in "
                f"{self.dtype.name!r}: leave the layer's dtype out, or make the model with "
                f"dtype={layer.dtype.name!r}."
            )
        layer.dtype = self.dtype

    def unbuild(self, layers: Iterable[Layer] | None = None) -> None:
        """Undo the building of some layers or all, so that they can be built for another input."""
        for layer in self.layers if layers is None else layers:
            layer.unbuild()
        self._trace = self._nodes = None
        self.input_shape = self._given_shape

    def _chain(self, failed: int, shape: Shape, reason: str) -> str:
        """Return the message for a layer that cannot be built: the reason and the shapes."""
        bad = self.layers[failed]
        rows = [("input", shape)]
        rows += [(layer.name, layer.output_shape or ()) for layer in self.layers[:failed]]
        width = max(len(name) for name, _ in [*rows, (bad.name, ())])
        chain = "".join(f"\n    {name:<{width}}  {shape}" for name, shape in rows)
        if len(shape) == 4 and shape[1] in (1, 3) and shape[1] < (shape[2] or 0):
            last = (*shape[2:], shape[1])
            reason += (
                f" If {shape[1]} is the number of channels, it comes last: input_shape={last}."
            )
        return (
            f'{type(bad).__name__} "{bad.name}" does not fit here: {reason}\n'
            f"The shapes up to it:{chain}\n    {bad.name:<{width}}  <- here"
        )

    # Questions about the row ----------------------------------------------------------------------

    @property
    def final_activation(self) -> Activation | None:
        """The activation of the last layer, if it has one."""
        last = self.layers[-1] if self.layers else None
        if isinstance(last, Stack):
            return last.final_activation
        return last.activation if isinstance(last, ActivatedLayer) else None

    def first_with_parameters(self) -> int:
        """Return the index of the first layer with a parameter that training changes."""
        layers = self.flat
        for index, layer in enumerate(layers):
            if any(parameter.trainable for parameter in layer.parameters):
                return index
        return len(layers)

    @property
    def input_names(self) -> list[str]:
        """The name of the input, in a list."""
        return [self._input_name]

    def batch_of(self, x: Any) -> Any:
        """Return a batch of any kind of array; build the model for it if necessary."""
        batch = adjusted(numeric_array(x, "x"), self.input_shape)
        if batch.ndim == 0:
            raise ValueError("a model takes a batch of samples, got a single number.")
        if not self.built:
            self.build((None, *batch.shape[1:]))
        return batch

    # In plain values -----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the names and configurations of all layers as plain values, as Keras 3 does.

        The weights are not included.
        """
        return model_config(self, self._input_name, self._given_seed)
