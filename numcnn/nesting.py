"""Models among the layers of a model: the model inside stands for its layers.

``Sequential([model, Softmax()])`` has two layers, the first of which is a model.  It computes with
all layers in one row, `flat`, so that few files have to know of models inside of models.  The inner
model shares its layers with the outer one: a training of the one trains the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numcnn.checks import Shape


class Nestable:
    """What a model needs to stand among the layers of another one."""

    layers: list[Any]
    name: str
    named_by_user: bool
    input_shape: Shape | None

    @property
    def flat(self) -> list[Any]:
        """The layers, with the layers of an inner model in its place."""
        flat: list[Any] = []
        for layer in self.layers:
            if isinstance(layer, Nestable):
                flat += layer.flat
            else:
                flat.append(layer)
        return flat

    def paths(self, before: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the same layers with their names, ``"dense"``, and ``"inner/dense"`` in a model."""
        for layer in self.layers:
            path = before + layer.name
            if isinstance(layer, Nestable):
                yield from layer.paths(f"{path}/")
            else:
                yield path, layer

    @property
    def rescales(self) -> bool:
        """Whether the first layer scales pixels from 0 to 255 itself."""
        return any(layer.rescales for layer in self.flat[:1])

    def build_for(self: Any, input_shape: Shape) -> None:
        """Build the model for inputs of `input_shape`, unless that has been done."""
        if not self.built or self.input_shape != tuple(input_shape):
            self.build(input_shape)
