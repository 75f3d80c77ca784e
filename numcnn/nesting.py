"""Models among the layers of a model: the model inside stands for its layers.

``Sequential([model, Softmax()])`` has two layers, the first of which is a model.  It computes with
all layers in one row, `flat`, so that few files have to know of models inside of models.  The inner
model shares its layers with the outer one: a training of the one trains the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numcnn.checks import Shape
from numcnn.layers.input import InputLayer


class Nestable:
    """What a model needs to stand among the layers of another one."""

    _layers: list[Any]
    name: str
    named_by_user: bool
    input_shape: Any
    nested = True
    """Whether other models or inputs may stand among the layers."""

    @property
    def flat(self) -> list[Any]:
        """The layers, with the layers of an inner model in its place; each once, inputs never."""
        if not self.nested:
            return list(self._layers)
        flat: dict[Any, None] = {}
        for layer in self._layers:
            if isinstance(layer, Nestable):
                flat |= dict.fromkeys(layer.flat)
            elif not isinstance(layer, InputLayer):
                flat[layer] = None
        return list(flat)

    @property
    def acting(self) -> list[Any]:
        """The layers as they act, one for each call of a layer that is called several times."""
        return self.flat

    @property
    def walk_reads(self) -> list[tuple[int, ...]]:
        """For each step of `walk`, the numbers of what it reads: inputs first, then the steps."""
        return [(number,) for number in range(len(self.flat))]

    @property
    def walk_names(self) -> list[str]:
        """The names of the steps of `walk`, in its order."""
        return [path for path, _ in self.paths()]

    def paths(self, before: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the same layers with their names, ``"dense"``, and ``"inner/dense"`` in a model."""
        seen = set()
        for layer in self._layers:
            path = before + layer.name
            inner = layer.paths(f"{path}/") if isinstance(layer, Nestable) else [(path, layer)]
            for name, one in inner:
                if one not in seen and not isinstance(one, InputLayer):
                    seen.add(one)
                    yield name, one

    @property
    def rescales(self) -> bool:
        """Whether the first layer scales pixels from 0 to 255 itself."""
        return any(layer.rescales for layer in self.flat[:1])

    def build_for(self: Any, input_shape: Shape) -> None:
        """Build the model for inputs of `input_shape`, unless that has been done."""
        if not self.built or self.input_shape != tuple(input_shape):
            self.build(input_shape)
