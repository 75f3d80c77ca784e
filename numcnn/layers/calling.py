"""Calling: what happens when a layer or a model is called, on numbers or on symbolic tensors."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, flag, items_of, numeric_array
from numcnn.engine import leave
from numcnn.layers.symbolic import Call, Tensor, is_symbolic, tensors_in, unpacked
from numcnn.results import Result


class Connected:
    """What a layer and a model have in common: they can be called on symbolic tensors."""

    name: str
    has_its_name = False
    """Whether a model has given it its name."""
    _tensors: tuple[Callable[[], Tensor | None], ...] = ()

    def connect(self: Any, x: Any, training: bool | None = None) -> Any:
        """Return the symbolic outputs of a call on symbolic tensors; build the layer for them."""
        inputs = tuple(tensors_in(x))
        shapes = self.output_shapes([tensor.shape for tensor in inputs], inputs[0].dtype)
        call = Call(self, inputs, training, shapes)
        outputs = [Tensor(shape, self.dtype, call, k) for k, shape in enumerate(shapes)]
        if not self._tensors or self._tensors[0]() is None:  # Keras too means the first call
            self._tensors = tuple(weakref.ref(output) for output in outputs)
        return outputs

    def _first_call(self, what: str) -> list[Tensor]:
        found = [tensor for reference in self._tensors if (tensor := reference()) is not None]
        if not found:
            raise AttributeError(
                f'"{self.name}" has no {what} yet: it has not been called on a symbolic tensor, '
                "and is in no model whose input shape is known."
            )
        return found

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call in a graph or a model."""
        return unpacked(self._first_call("output"))

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call in a graph or a model."""
        call = self._first_call("input")[0].call
        return unpacked(call.inputs) if call.inputs else self.output


class CallableLayer(Connected):
    """What a layer does when it is called."""

    reads_several: bool
    any_size: bool
    acts_when_called: ClassVar[bool] = False
    """Whether a call on numbers, without a mode, is one in training."""
    takes_one_image: ClassVar[bool] = False
    """Whether a call on numbers may give one image, ``(H, W, C)``, without a batch."""

    def output_shapes(self: Any, shapes: list[Shape], dtype: Any) -> list[Shape]:
        """Build the layer for a call on symbolic tensors, and return the shape of its output.

        A layer without parameters, or with parameters for each channel only, can be called on
        inputs of several sizes.
        """
        if not self.reads_several and len(shapes) != 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" takes one input, got {len(shapes)}: put '
                "Concatenate() or Add() before it."
            )
        wanted: Any = shapes if self.reads_several else shapes[0]
        if not self.built:
            if not self.dtype_given:
                self.dtype = np.dtype(dtype)
            self.build_for(wanted)
        elif self.input_shape != wanted:
            same_channels = self.any_size and self.input_shape[-1] == wanted[-1]
            if not same_channels and (self.parameters or self._given_shape):
                self.build_for(wanted)  # refuses it
            return [self.compute_output_shape(wanted)]
        return [self.output_shape or ()]

    def at(self: Any, shapes: list[Shape], output_shape: Shape, training: bool | None) -> Any:
        """Return the layer as it acts in one of its calls.

        It has the same parameters and options, its own memory, and the shapes of this call.
        """
        acting = copy.copy(self)
        acting._memory = {}
        acting.activity = None
        acting.input_shape = shapes if self.reads_several else shapes[0]
        acting.output_shape = output_shape
        acting.inference = training is False
        return acting

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes of a copy; it is in no graph yet."""
        state = dict(self.__dict__)
        state.pop("_tensors", None)
        return state

    def __call__(self: Any, x: Any, training: bool | None = None, **options: Any) -> Any:
        """Return y for the batch x, as a plain array; for a symbolic x, a symbolic output.

        Keras's option ``mask`` is accepted where it is None.
        """
        if options.pop("mask", None) is not None or options:
            raise TypeError(f"{type(self).__name__} is called with x and training only.")
        if training is not None:
            training = flag(training, "training")
        if isinstance(x, Connected):
            raise TypeError(
                f"{type(self).__name__} was called with the layer {x.name!r}: a layer is called on "
                "the output of another one, x = Dense(8)(x), where x was made by Input(shape)."
            )
        if is_symbolic(x):
            return self.connect(x, training)[0]
        if self.reads_several:
            batch: Any = [_batch(one, self.dtype) for one in items_of(x, "x", "batches")]
        else:
            batch = _batch(x, self.dtype)
        one_image = self.takes_one_image and batch.ndim == 3
        batch = batch[np.newaxis] if one_image else batch
        training = self.acts_when_called if training is None else training
        y = self.forward(batch, training)
        if self.of_your_own:
            y = self.checked_output(batch, y, self.output_shape)
        y = leave(y).view(Result)
        return y[0] if one_image else y


def _batch(x: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """Return x ``(N, …)`` as an array of the layer's dtype."""
    batch = numeric_array(x, "x").astype(dtype, copy=False)
    if not batch.ndim:
        raise ValueError(f"x must be a batch (N, …), got a single number, {batch}.")
    return batch
