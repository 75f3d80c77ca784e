"""What another library's file says, as parts: a layer's class, configuration, inputs and arrays.

The parts become a model as a file of numcnn's own does (`numcnn.saving.rebuild`): no parameter is
made before its array is there.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numcnn.configuration import snake_case
from numcnn.layers import deserialize
from numcnn.saving.errors import ModelFileError
from numcnn.saving.rebuild import MOST_LAYERS, OrderedWeights, rebuilt

Shape = tuple[int, ...]


@dataclass
class Part:
    """A layer to be."""

    class_name: str
    config: dict[str, Any]
    inputs: tuple[int, ...] = ()
    weights: list[np.ndarray] = field(default_factory=list)
    shape: Shape = ()

    @property
    def said(self) -> dict[str, Any]:
        """The layer as `numcnn.layers.deserialize` takes it."""
        return {"class_name": self.class_name, "config": self.config}


class Parts:
    """The parts found so far, in order of computation; the first is the input."""

    def __init__(self) -> None:
        self.all: list[Part] = []
        self.names: set[str] = set()
        self.numbers: Counter[str] = Counter()

    def start(self, shape: Shape) -> int:
        """Add the input, and return its number."""
        config = {"batch_shape": (None, *shape), "name": "input_layer"}
        self.all.append(Part("InputLayer", config, (), [], shape))
        return 0

    def add(
        self,
        class_name: str,
        config: dict[str, Any],
        input_: int,
        weights: list[np.ndarray] | None = None,
        name: str = "",
    ) -> int:
        """Add a layer behind another one, and return its number."""
        if len(self.all) > MOST_LAYERS:
            raise ModelFileError(f"more than {MOST_LAYERS:,} layers.")
        part = Part(class_name, {**config, "name": self._name(name, class_name)}, (input_,))
        layer = deserialize(part.said)
        part.shape = tuple(layer.compute_output_shape((None, *self.all[input_].shape))[1:])
        part.weights = [np.asarray(array, np.float32) for array in weights or []]
        self.all.append(part)
        return len(self.all) - 1

    def model(self, kind: Any, end: int) -> Any:
        """Return the model that ends with a part.

        Raises
        ------
        ModelFileError
            If the parts are no row.
        """
        row = [end]
        while self.all[row[-1]].inputs:
            row += self.all[row[-1]].inputs
        parts = [self.all[number] for number in reversed(row)]
        config = {"name": None, "layers": [part.said for part in parts]}
        weights = [part.weights for part in parts if part.weights]
        return rebuilt(kind, config, lambda model: OrderedWeights(weights))

    def _name(self, wanted: str, class_name: str) -> str:
        """Return a name that no other part has: the last words of `wanted`, or the class."""
        plain = re.sub(r"\W+", "_", wanted[-60:]).strip("_") or snake_case(class_name)
        name = plain
        while name in self.names:  # counting on from the last, so that many alike take no longer
            self.numbers[plain] += 1
            name = f"{plain}_{self.numbers[plain]}"
        self.names.add(name)
        return name
