"""What another library's file says, as parts: a layer's class, configuration, inputs and arrays.

The parts become a model as a file of numcnn's own does (`numcnn.saving.rebuild`): no parameter is
made before its array is there.  Parts in a row become a `Sequential`, and others a `Model`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from numcnn.configuration import snake_case
from numcnn.layers import deserialize
from numcnn.layers.operations import OPERATIONS, Operation
from numcnn.saving.architecture import MODELS
from numcnn.saving.errors import ModelFileError
from numcnn.saving.rebuild import MOST_LAYERS, WeightsByLayer, rebuilt

Shape = tuple[int, ...]
MOST_NUMBERS = 100_000_000
"""The largest result of a layer for one sample, in numbers: a prediction must fit in memory."""


@dataclass
class Part:
    """A call of a layer to be.

    `source` names the arrays of the file that its weights come from, and `operands` are those of
    an `Operation`; None for every other layer.
    """

    class_name: str
    config: dict[str, Any]
    inputs: tuple[int, ...] = ()
    weights: list[np.ndarray] = field(default_factory=list)
    shape: Shape = ()
    source: tuple[str, ...] = ()
    operands: tuple[Any, ...] | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The layer as `numcnn.layers.deserialize` takes it."""
        module = {} if self.operands is None else {"module": Operation.module}
        name = self.config["name"]
        return {"class_name": self.class_name, "config": self.config, "name": name, **module}


class Parts:
    """The parts found so far, in order of computation."""

    def __init__(self) -> None:
        self.all: list[Part] = []
        self.names: set[str] = set()
        self.numbers: Counter[str] = Counter()

    def start(self, shape: Shape, name: str = "input_layer") -> int:
        """Add an input, and return its number."""
        config = {"batch_shape": (None, *shape), "name": self._name(name, "InputLayer")}
        return self._append(Part("InputLayer", config, (), [], shape))

    def add(
        self,
        class_name: str,
        config: dict[str, Any],
        inputs: tuple[int, ...],
        weights: list[np.ndarray] | None = None,
        name: str = "",
        source: tuple[str, ...] = (),
    ) -> int:
        """Add a layer that reads other parts, and return its number."""
        part = Part(class_name, {**config, "name": self._name(name, class_name)}, inputs)
        part.weights = [np.asarray(array, np.float32) for array in weights or []]
        part.source = source
        return self._add(part, deserialize(part.said))

    def operate(self, class_name: str, inputs: tuple[int, ...], operands: tuple[Any, ...]) -> int:
        """Add ``a + b`` or the like; None in `operands` stands for the next input."""
        part = Part(class_name, {"name": self._name("", class_name)}, inputs, operands=operands)
        return self._add(part, OPERATIONS[class_name](operands))

    def again(self, number: int, inputs: tuple[int, ...]) -> int:
        """Call the layer of a part once more, and return the new part's number."""
        part = self.all[number]
        new = Part(part.class_name, part.config, inputs, part.weights, source=part.source)
        return self._add(new, deserialize(part.said))

    def _add(self, part: Part, layer: Any) -> int:
        if len(self.all) > MOST_LAYERS:
            raise ModelFileError(f"more than {MOST_LAYERS:,} layers.")
        shapes: Any = [(None, *self.all[number].shape) for number in part.inputs]
        shape = layer.compute_output_shape(shapes if layer.reads_several else shapes[0])
        part.shape = tuple(shape[1:])
        return self._append(part)

    def _append(self, part: Part) -> int:
        if math.prod(part.shape) > MOST_NUMBERS:
            raise ModelFileError(
                f"the result of {part.config['name']!r}, {part.shape}, has more than "
                f"{MOST_NUMBERS:,} numbers."
            )
        self.all.append(part)
        return len(self.all) - 1

    def model(self, starts: list[int], ends: list[int]) -> Any:
        """Return the model from some parts to others."""
        used = self._used(starts, ends)
        if self._is_row(used, starts, ends):
            config: Any = {"name": None, "layers": [self.all[number].said for number in used]}
            kind = "Sequential"
        else:
            config, kind = self._graph(used, starts, ends), "Functional"
        weights = {part.config["name"]: part.weights for part in self.all if part.weights}
        names = {said["name"] for said in config["layers"]}
        weights = {name: arrays for name, arrays in weights.items() if name in names}
        return rebuilt(MODELS[kind], config, lambda model: WeightsByLayer(weights))

    def _used(self, starts: list[int], ends: list[int]) -> list[int]:
        """Return the parts that the ends depend on, in order, and all starts."""
        found, waiting = set(starts), list(ends)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.all[number].inputs
        return sorted(found)

    def _is_row(self, used: list[int], starts: list[int], ends: list[int]) -> bool:
        """Say whether each part reads the one before it, and nothing else."""
        layers = {self._identity(self.all[number]) for number in used}
        return (
            (used[:1], used[-1:]) == (starts, ends)
            and len(used) > 1
            and all(self.all[number].operands is None for number in used)
            and len(layers) == len(used)
            and all(self.all[number].inputs == (before,) for before, number in pairwise(used))
        )

    def _graph(self, used: list[int], starts: list[int], ends: list[int]) -> dict[str, Any]:
        """Return the configuration of a graph, calls written as in Keras 2."""
        layers: dict[str, dict[str, Any]] = {}
        places: dict[int, list[Any]] = {}  # of results: [layer, number of the call, 0]
        firsts: dict[Any, int] = {}
        for number in used:
            part = self.all[number]
            first = self.all[firsts.setdefault(self._identity(part), number)]
            said = layers.setdefault(first.config["name"], {**first.said, "inbound_nodes": []})
            nodes = said["inbound_nodes"]
            places[number] = [said["name"], len(nodes), 0]
            if part.inputs:
                nodes.append(self._call(part, [places[input_] for input_ in part.inputs]))
        return {
            "name": None,
            "layers": list(layers.values()),
            "input_layers": [places[number] for number in starts],
            "output_layers": [places[number] for number in ends],
        }

    @staticmethod
    def _call(part: Part, read: list[list[Any]]) -> Any:
        if part.operands is None:
            return [[*place, {}] for place in read]
        rest = iter(read)
        arguments = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": next(rest)}}
            if one is None
            else np.asarray(one).tolist()
            for one in part.operands
        ]
        return {"args": arguments, "kwargs": {}}

    def _identity(self, part: Part) -> Any:
        """Return what parts have in common that are calls of one layer.

        They are those of one name, or they have the same arrays of the file as their weights.
        """
        if not part.source or not part.weights:
            return part.config["name"]
        config = {key: value for key, value in part.config.items() if key != "name"}
        arrays = tuple(hash(array.tobytes()) for array in part.weights)
        shapes = tuple(self.all[number].shape for number in part.inputs)
        return part.class_name, part.source, repr(sorted(config.items())), arrays, shapes

    def _name(self, wanted: str, class_name: str) -> str:
        """Return a name that no other part has: the last words of `wanted`, or the class."""
        plain = re.sub(r"\W+", "_", wanted[-60:]).strip("_") or snake_case(class_name)
        name = plain
        while name in self.names:  # counting on from the last, so that many alike take no longer
            self.numbers[plain] += 1
            name = f"{plain}_{self.numbers[plain]}"
        self.names.add(name)
        return name
