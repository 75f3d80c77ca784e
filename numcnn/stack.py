"""Stack: the frame of a network, without its mathematics.

It adds, names, builds and refuses layers, holds weights and configuration, and predicts batches of
any size.  The mathematics is in `numcnn.network`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn import penalties
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
from numcnn.configuration import Configurable, snake_case
from numcnn.data_checks import adjusted
from numcnn.engine.portions import STEP, portion
from numcnn.layer_names import LayerNames
from numcnn.layers import ActivatedLayer, InputLayer, Layer
from numcnn.nesting import Nestable
from numcnn.parameter import Parameter, WithParameters, assign_weights
from numcnn.randomness import checked_seed, generator
from numcnn.results import Result
from numcnn.saving.architecture import model_config, model_from_config

SHUFFLING, LAYERS = 0, 1
"""Branches of a model's seed: one for the order of the training data, and one for each layer."""


class Stack(Nestable, Configurable, WithParameters):
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
        self.layers: list[Layer] = []
        self.seed = checked_seed(seed)
        self._given_seed = seed
        self.dtype = float_dtype(dtype, "dtype")
        self.input_shape: Shape | None = None
        self._given_shape: Shape | None = None
        self._input_name = "input_layer"
        self.rng = generator(self.seed, SHUFFLING)
        if isinstance(layers, Layer | Stack):
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
        names, known = LayerNames(before), {id(layer) for layer in self.flat}
        try:
            for layer in layers:
                self._admit(layer, names, known)
            first = self.layers[0].input_shape if self.layers and not before else None
            input_shape = self.input_shape or first
            if build and self.layers and input_shape is not None:
                self.build(input_shape)
        except BaseException:  # also MemoryError, Ctrl-C, and the errors of a layer of one's own
            self.layers[:] = before
            raise

    def _admit(self, layer: Layer, names: LayerNames, known: set[int]) -> None:
        """Put a layer behind the last one, not built yet; of an Input, keep the shape."""
        if not isinstance(layer, Layer | Stack):
            raise TypeError(
                f"a model is made of layers, got {shown(layer)}"
                f"{': make one, with brackets' if isinstance(layer, type) else ''}."
            )
        if isinstance(layer, InputLayer):
            if self.layers or self.input_shape:
                raise ValueError("an Input can only be the first layer of a model.")
            self.input_shape = self._given_shape = layer.input_shape
            self._input_name = layer.name
            return
        for new in layer.flat if isinstance(layer, Stack) else [layer]:
            if id(new) in known:
                raise ValueError(f'layer "{new.name}" is in this model already; make another one.')
            known.add(id(new))
        names.give(layer)
        self.layers.append(layer)

    def pop(self) -> Layer:
        """Remove the last layer, and return it."""
        if not self.layers:
            raise ValueError("this model has no layer to remove.")
        return self.layers.pop()

    @property
    def built(self) -> bool:
        """Whether all parameters exist, for inputs of a known shape."""
        return bool(self.layers and self.input_shape) and all(layer.built for layer in self.layers)

    @property
    def output_shape(self) -> Shape | None:
        """The shape of an output batch, ``(None, 10)``; None before the model is built."""
        return self.layers[-1].output_shape if self.built else self.input_shape

    def build(self, input_shape: Shape) -> None:
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
                if isinstance(layer, Stack):
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

    def _prepare_inner(self, model: Stack, index: int) -> None:
        """Give an inner model this one's dtype, and its chance unless it has a seed of its own."""
        if model.built and model.dtype != self.dtype:
            raise ValueError(
                f"it was built for {model.dtype.name}, but this model computes in "
                f"{self.dtype.name}."
            )
        model.dtype = self.dtype
        if not model.built and model._given_seed is None:
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
        for index, layer in enumerate(self.flat):
            if any(parameter.trainable for parameter in layer.parameters):
                return index
        return len(self.flat)

    # Answers -------------------------------------------------------------------------------------

    forward: Callable[..., np.ndarray]

    def infer(self, x: np.ndarray, final_activation: bool = True) -> np.ndarray:
        """Return the same as `forward`, but compute a large batch in portions that fit the cache.

        Parameters
        ----------
        x : numpy.ndarray
            ``(N, …)``.
        final_activation : bool
            As in `Network.forward`.
        """
        x = np.asarray(x, self.dtype)
        size = self._portion(len(x))
        if size >= len(x):
            return self.forward(x, False, final_activation)
        parts = [x[n : n + size] for n in range(0, len(x), size)]
        return np.concatenate([self.forward(part, False, final_activation) for part in parts])

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

    def __call__(self, x: Any, training: bool = False) -> np.ndarray:
        """Return the output for a batch of any kind of array."""
        batch = adjusted(numeric_array(x, "x"), self.input_shape)
        if batch.ndim == 0:
            raise ValueError("a model takes a batch of samples, got a single number.")
        if not self.built:
            self.build((None, *batch.shape[1:]))
        y = self.forward(batch, True) if flag(training, "training") else self.infer(batch)
        return y.view(Result)

    def penalty(self) -> float:
        """Return the sum of all penalties, for the weights and the last outputs."""
        return penalties.penalty(self)

    # In plain values -----------------------------------------------------------------------------

    module: ClassVar[str] = "keras"

    def get_config(self) -> dict[str, Any]:
        """Return the names and configurations of all layers as plain values, as Keras 3 does.

        The weights are not included.
        """
        return model_config(self, self._input_name, self._given_seed)

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
        for layer in self.layers:
            layer.trainable = value

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters of all layers, first to last."""
        return [parameter for layer in self.layers for parameter in layer.parameters]

    def count_params(self) -> int:
        """Return the number of values in all parameters."""
        self.need_built("count_params")
        return sum(layer.count_params() for layer in self.layers)

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Set all parameters' values, after checking that all of them fit.

        Raises
        ------
        ValueError
            If there are too few or too many arrays, or one has another shape.
        """
        self.need_built("set_weights")
        assign_weights(self.parameters, weights, f'model "{self.name}"')

    def need_built(self, method: str) -> None:
        """Refuse a method that needs parameters before the model has them."""
        if not self.built:
            raise ValueError(
                f'{method}: model "{self.name}" has no weights yet, because the shape of its input '
                "is unknown: give the first layer an input_shape, or call "
                "model.build((None, 28, 28, 1)) or fit first."
            )
