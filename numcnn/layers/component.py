"""Component: the frame of a layer, without its mathematics.

Options and names, dtype, building, checking, configuration, and the two methods by which a network
runs a layer.  The parameters are in `numcnn.layers.holding`, and the mathematics in
`numcnn.layers.base` and its subclasses.
"""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar

import numpy as np

from numcnn import constraints, notebook, regularizers
from numcnn.checks import (
    Shape,
    float_dtype,
    given_name,
    shape_of_one_sample,
    without_batch_axis,
)
from numcnn.configuration import Configurable, snake_case
from numcnn.engine import enter, leave
from numcnn.layers.calling import CallableLayer
from numcnn.layers.checked_results import CheckedResults
from numcnn.layers.holding import ParameterHolder
from numcnn.penalties import Activity
from numcnn.randomness import generator

created = count()
"""Numbers all layers and models in the order of their making, by which a graph names them."""


class Component(CallableLayer, CheckedResults, Configurable, ParameterHolder):
    """The base of every layer: all that is not mathematics.

    Every layer takes these arguments, by name, in addition to its own.

    Parameters
    ----------
    name : str, optional
        By default the class name in snake_case; a model adds a number.
    trainable : bool, default True
        Whether training changes the parameters.
    dtype : {"float32", "float64"}, optional
        By default the dtype of the model; it must not differ from it.
    activity_regularizer : str or Regularizer, optional
        Penalty on large numbers in the layer's output (`numcnn.regularizers`).
    input_shape : tuple of int, optional
        Shape of one sample, without the batch axis; for the first layer of a model.
    **options
        ``input_dim=3`` and ``batch_input_shape=(None, 3)``, old forms of ``input_shape=(3,)``; and
        Keras's arguments that have only one value here (`numcnn.keras_arguments`).

    Attributes
    ----------
    name : str
    trainable : bool
        May be changed at any time.
    built : bool
        Whether the parameters exist.
    input_shape, output_shape : tuple or None
        With the batch axis, ``(None, 28, 28, 1)``; None before the layer is built.
    dtype : numpy.dtype
        The dtype of the parameters; the input is converted to it.  float32 by default.
    rng : numpy.random.Generator
        Source of the layer's random numbers.
    input_gradient : bool
        If False, `backward` may return None instead of dx: a model sets it on its first layer.
    activity : Activity or None
        The last output, kept if the layer has an `activity_regularizer`.
    rescales : bool
        True if the layer may receive pixels from 0 to 255, because it scales its input itself.
    takes_engine_layout : bool
        True if the layer leaves all arithmetic to `numcnn.engine`, so it can receive batches in the
        engine's own layout.  If False, it always receives plain arrays ``(N, …)``; this is the
        default for a class with a forward or backward pass of its own.
    reads_several : bool
        True if the layer takes a list of batches, as `Add` does.
    any_size : bool
        True if the parameters depend on the last axis of the input only, so that one layer can be
        called on images of several sizes.
    inference : bool
        True where the layer is to compute as in prediction although the network trains, because it
        was called with ``training=False``.
    """

    module: ClassVar[str] = "keras.layers"
    rescales = False
    takes_engine_layout = False
    reads_several = False
    any_size = False
    inference = False
    build: Any
    compute_output_shape: Any
    forward: Any
    backward: Any

    def __init_subclass__(cls, **options: Any) -> None:
        """Set the default of `takes_engine_layout` for a class with a pass of its own."""
        super().__init_subclass__(**options)
        passes = {"forward", "backward", "linear", "linear_backward"}
        if passes & vars(cls).keys() and "takes_engine_layout" not in vars(cls):
            cls.takes_engine_layout = False

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        activity_regularizer: Any = None,
        input_shape: Any = None,
        **options: Any,
    ) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        self.named_by_user = name is not None
        self.created = next(created)
        self.trainable = trainable
        self.dtype_given = dtype is not None
        self.dtype = float_dtype("float32" if dtype is None else dtype, "dtype")
        self.activity_regularizer = regularizers.get(activity_regularizer, "activity_regularizer")
        if "input_dim" in options:
            input_shape = (options.pop("input_dim"),)
        if "batch_input_shape" in options:
            input_shape = without_batch_axis(options.pop("batch_input_shape"), "batch_input_shape")
        for argument in self.constrained.values():
            setattr(self, argument, constraints.get(options.pop(argument, None), argument))
        self.accept_fixed(options)

        self.built = False
        self.input_shape: Shape | None = None
        if input_shape is not None:
            self.input_shape = (None, *shape_of_one_sample(input_shape, "input_shape"))
        self._given_shape = self.input_shape
        self.output_shape: Shape | None = None
        self.rng = generator()
        self.input_gradient = True
        self.activity: Activity | None = None
        self._memory: dict[str, Any] = {}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain values, as Keras does.

        The shape of a sample is left out: the model stores it.
        """
        config = super().get_config()
        config.pop("input_shape", None)  # a layer of your own may not take it
        if self.activity_regularizer is None:
            config.pop("activity_regularizer", None)
        return config

    # Building and checking -----------------------------------------------------------------------

    def build_for(self, input_shape: Shape) -> None:
        """Build the layer for inputs of `input_shape`, ``(None, …)``, unless it is built already.

        Raises
        ------
        ValueError
            If the layer was built, or made, for another shape, or its parameters need more memory
            than there is.
        """
        if self.input_shape is not None and self.input_shape[1:] != tuple(input_shape)[1:]:
            said, remedy = "made with input_shape=", "leave input_shape out, or correct it"
            if self.built:
                said, remedy = "built for samples of shape ", "make a new layer for this shape"
            raise ValueError(
                f'{type(self).__name__} "{self.name}" was {said}{self.input_shape[1:]}, but its '
                f"input here has the shape {tuple(input_shape)}: {remedy}."
            )
        if self.built:
            return
        try:
            self.build(tuple(input_shape))
        except MemoryError as error:
            raise ValueError(f"there is not enough memory for its parameters. {error}.") from error
        self.output_shape = self.checked_shape(self.compute_output_shape(tuple(input_shape)))
        self.input_shape = tuple(input_shape)
        self.built = True

    def unbuild(self) -> None:
        """Undo `build_for`, so that the layer can be built for another shape."""
        self.built = False
        self.input_shape, self.output_shape = self._given_shape, None

    def checked(self, x: Any) -> np.ndarray:
        """Return x as an input of this layer; build the layer for it first if necessary.

        Raises
        ------
        ValueError
            If the layer was built for samples of another shape.
        """
        if not hasattr(x, "shape"):
            x = np.asarray(x, self.dtype)
        if not self.built:
            self.build_for((None, *x.shape[1:]))
        if self.input_shape is None or x.shape[1:] != self.input_shape[1:]:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" was built for inputs of shape '
                f"{self.input_shape}, where None is the batch, but got {tuple(x.shape)}."
            )
        return x if x.dtype == self.dtype else np.asarray(x, self.dtype)

    # Running, alone or in a network --------------------------------------------------------------

    def run_forward(self, x: Any, training: bool = False, to_logits: bool = False) -> Any:
        """Run `forward` as part of a network, on a batch in any layout.

        Parameters
        ----------
        x : array
            A plain array or a batch in the engine's layout; it is converted if necessary.
        training : bool
        to_logits : bool
            Whether to stop before the activation of an `ActivatedLayer`.
        """
        door = enter if self.takes_engine_layout else _leave
        x = [door(one, training) for one in x] if self.reads_several else door(x, training)
        y = self.linear(x, training) if to_logits else self.forward(x, training)  # type: ignore
        if self.of_your_own:
            y = self.checked_output(x, y, self.output_shape)
            self._x_shape = [one.shape for one in x] if self.reads_several else x.shape
        if self.activity_regularizer:
            activation = self.activation if to_logits else None  # type: ignore
            self.activity = Activity(self.activity_regularizer, leave(y), activation)
        return y

    def run_backward(self, dy: Any, to_logits: bool = False) -> Any:
        """Run `backward` as part of a network; the arguments are those of `run_forward`."""
        dy = enter(dy) if self.takes_engine_layout else leave(dy)
        dx = self.linear_backward(dy) if to_logits else self.backward(dy)  # type: ignore
        return self.checked_gradients(dx) if self.of_your_own else dx

    # Showing -------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        shapes = f" {self.input_shape} -> {self.output_shape}" if self.built else ", not built"
        return f"<{type(self).__name__} {self.name}{shapes}>"

    def _repr_html_(self) -> str:
        """Show the layer's arguments and parameters in a notebook."""
        made = [(name, _shown(value)) for name, value in self.get_config().items()]
        learned = [
            (parameter.name, str(parameter.value.shape), f"{parameter.value.size:,}")
            for parameter in self.parameters
        ]
        shapes = f"{self.input_shape} → {self.output_shape}" if self.built else "not built"
        title = f"{self.name} ({type(self).__name__}), {shapes}"
        parameters = notebook.table(("Parameter", "Shape", "Param #"), learned) if learned else ""
        return notebook.table(("Argument", "Value"), made, title) + parameters


def _leave(x: Any, training: bool) -> np.ndarray:
    return leave(x)


def _shown(value: Any) -> str:
    """Return a value of a configuration as Python code."""
    if not isinstance(value, dict) or "class_name" not in value:
        return repr(value)
    given = (f"{name}={_shown(v)}" for name, v in value["config"].items() if v is not None)
    return f"{value['class_name']}({', '.join(given)})"
