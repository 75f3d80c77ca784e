"""The names of a model's layers: each its own, ``conv2d``, ``conv2d_1``, …, as in Keras."""

from __future__ import annotations

from collections.abc import Iterable

from numcnn.configuration import snake_case
from numcnn.layers import Layer


class LayerNames:
    """The names that are taken in a model.

    Parameters
    ----------
    layers : iterable of Layer
        The layers that are in the model already.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._taken = {layer.name for layer in layers}
        self._next: dict[str, int] = {}

    def give(self, layer: Layer) -> None:
        """Give a layer a name of its own, unless its user or another model has given it one.

        Raises
        ------
        ValueError
            If the user has given it a name that is taken.
        """
        if layer.name in self._taken and layer.named_by_user:
            raise ValueError(f'there is a layer "{layer.name}" in this model already.')
        if not layer.named_by_user and (layer.name in self._taken or not layer.built):
            layer.name = self._free(snake_case(type(layer).__name__))
        self._taken.add(layer.name)

    def _free(self, kind: str) -> str:
        number = self._next.get(kind, 0)
        while (name := f"{kind}_{number}" if number else kind) in self._taken:
            number += 1
        self._next[kind] = number + 1
        return name
