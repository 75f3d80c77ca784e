"""Trace: all numbers of one sample in a network, and questions about them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from numcnn.activations import Linear
from numcnn.checks import counted, model_for, numeric_array, shown
from numcnn.data_checks import by_name, checked_samples
from numcnn.explain.answer import Answer
from numcnn.explain.arithmetic import account
from numcnn.explain.wiring import PADDING, Wiring, wiring
from numcnn.layers import ActivatedLayer

INPUT = "input"


class Trace:
    """All numbers that a network computes from one sample.

    Parameters
    ----------
    model : Network
        A built model.
    sample : array_like
        One sample, without the batch axis, such as ``(28, 28, 1)``.

    Attributes
    ----------
    names : list of str
        ``"input"`` and the names of the layers.  The methods take a layer by its name or by its
        index in this list.
    outputs : list of numpy.ndarray
        The sample, then the output of each layer, without the batch axis.
    logits : list of numpy.ndarray
        The same, but before the activation of each layer, if it has one.

    Examples
    --------
    >>> from numcnn import Sequential, layers
    >>> model = Sequential([layers.Dense(2, use_bias=False, input_shape=(2,))])
    >>> model.set_weights([[[0.5, 1], [-0.25, 1]]])
    >>> print(Trace(model, [2, 3]).why("dense", (0,)))
    dense[0], the sum of 2 products of input and weights:
        input            value      weight     product running sum
        [0]                  2         0.5   1.0000000   1.0000000
        [1]                  3       -0.25  -0.7500000   0.2500000
      the sum of 2: 0.2500000
      the value in the network (float32): 0.25
    """

    def __init__(self, model: Any, sample: Any) -> None:
        if not model_for(model, "Trace").built:
            raise ValueError(
                f'model "{model.name}" has no weights yet, so there is nothing to explain: build '
                "or fit it first."
            )
        batches = _batches(model, sample)
        names = model.input_names if len(batches) > 1 else [INPUT]
        self.inputs = len(batches)
        self.layers: list[Any] = []
        self.names = [*names, *model.walk_names]
        self.sources: list[tuple[int, ...]] = [*((),) * self.inputs, *model.walk_reads]
        self.outputs = [batch[0] for batch in batches]
        self.logits = list(self.outputs)
        for layer, x_of_layer, y in model.walk(batches if self.inputs > 1 else batches[0]):
            activated = isinstance(layer, ActivatedLayer) and type(layer.activation) is not Linear
            before = layer.linear(np.asarray(x_of_layer)) if activated else y
            self.layers.append(layer)
            self.logits.append(np.asarray(before)[0])
            self.outputs.append(np.asarray(y)[0])

    def __repr__(self) -> str:
        shapes = (str(output.shape) for output in self.outputs)
        return "\n".join(map(" ".join, zip(self.names, shapes, strict=True)))

    @property
    def branches(self) -> bool:
        """Whether a layer reads anything but the output of the one before it."""
        row = [(number - 1,) for number in range(1, len(self.names))]
        return self.sources[1:] != row

    def below(self, number: int) -> np.ndarray:
        """Return what a layer reads; several outputs one after the other, in one row."""
        read = [self.outputs[source] for source in self.sources[number]]
        return read[0] if len(read) == 1 else np.concatenate([one.ravel() for one in read])

    def below_name(self, number: int) -> str:
        """Return the names of what a layer reads."""
        return " and ".join(self.names[source] for source in dict.fromkeys(self.sources[number]))

    def source_of(self, number: int, place: int) -> tuple[int, int]:
        """Return the level, and the place there, of an index in `below`."""
        for source in self.sources[number]:
            if place < self.outputs[source].size:
                return source, place
            place -= self.outputs[source].size
        raise IndexError(place)

    @cached_property
    def wirings(self) -> list[Wiring | None]:
        """Each layer's wiring; None for the sample, and for layers of unknown kinds."""
        return [*[None] * self.inputs, *(wiring(layer) for layer in self.layers)]

    def number_of(self, layer: str | int) -> int:
        """Return the index of a layer in `names`."""
        if isinstance(layer, str) and layer in self.names:
            return self.names.index(layer)
        if isinstance(layer, int) and 0 <= layer < len(self.names):
            return layer
        raise ValueError(
            f"layer must be one of {', '.join(self.names)}, or a number from 0 to "
            f"{len(self.names) - 1}; got {shown(layer)}."
        )

    def why(self, layer: str | int, position: tuple[int, ...]) -> Answer:
        """Return the computation of the number at `position` of a layer's output.

        Parameters
        ----------
        layer : str or int
        position : tuple of int
            Such as ``(row, column, channel)``.

        Raises
        ------
        ValueError
            If there is no such layer or position.
        """
        number = self.number_of(layer)
        shape = self.outputs[number].shape
        numbers = np.ravel(numeric_array(position, "position"))
        inside = numbers.dtype.kind in "iu" and len(numbers) == len(shape)
        inside = inside and all(0 <= i < n for i, n in zip(numbers, shape, strict=True))
        if not inside:
            raise ValueError(
                f"{self.names[number]} has the shape {shape}, so position must be "
                f"{counted(len(shape), 'whole number')} inside this shape, counted from 0; "
                f"got {shown(position)}."
            )
        place = int(np.ravel_multi_index(tuple(numbers), shape)) if shape else 0
        return self.why_place(number, place)

    def why_place(self, number: int, place: int) -> Answer:
        """The same, for layer number `number` and the index of a number in C order."""
        wired = self.wirings[number]
        made = None
        if wired is not None:
            made = account(
                wired, self.below(number), self.logits[number], self.outputs[number], place
            )
        return Answer(self, number, place, made)

    def receptive_field(self, layer: str | int, place: int) -> list[np.ndarray]:
        """Return the receptive field of one number, in the sample and in each layer.

        Returns
        -------
        list of numpy.ndarray of bool
            One for each of `names` up to the layer, of its output's shape.  Below a layer of an
            unknown kind, all are True.
        """
        number = self.number_of(layer)
        fields = [np.zeros(output.shape, bool) for output in self.outputs[: number + 1]]
        fields[number].flat[place] = True
        for above in range(number, self.inputs - 1, -1):
            wired = self.wirings[above]
            if not fields[above].any():
                continue  # on no way to the number
            if wired is None:
                for source in self.sources[above]:
                    fields[source][...] = True
                continue
            asked = np.flatnonzero(fields[above])
            if wired.activation.name == "softmax":  # sees its whole row
                rows = fields[above].reshape(-1, fields[above].shape[-1]).any(axis=1)
                asked = np.flatnonzero(np.repeat(rows, fields[above].shape[-1]))
            cells = wired.cells(asked).ravel()
            seen = np.zeros(sum(self.outputs[source].size for source in self.sources[above]), bool)
            seen[cells[cells != PADDING]] = True
            for source in self.sources[above]:
                part, seen = np.split(seen, [self.outputs[source].size])
                fields[source] |= part.reshape(fields[source].shape)
        return fields


def _batches(model: Any, sample: Any) -> list[np.ndarray]:
    """Return one sample, or the sample of each of several inputs, as batches."""
    shapes = model.input_shape
    several = isinstance(shapes, list)
    given = by_name(sample, model.input_names, "sample") if several else [sample]
    return [
        np.asarray(
            checked_samples(numeric_array(one, "sample")[np.newaxis], shape, "sample"), model.dtype
        )
        for one, shape in zip(given, shapes if several else [shapes], strict=True)
    ]
