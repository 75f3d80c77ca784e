"""Unique names for a model's layers, ``conv2d``, ``conv2d_1``, …, as in Keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numcnn.configuration import snake_case
from numcnn.layers import Layer


class LayerNames:
    """The names used in a model.

    Parameters
    ----------
    layers : iterable of Layer
        The layers of the model so far.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._taken = {layer.name for layer in layers}
        self._next: dict[str, int] = {}

    def give(self, layer: Layer) -> None:
        """Give a layer a unique name, unless it has one from the user or from another model.

        Raises
        ------
        ValueError
            If the user's name for it is already used.
        """
        if layer.name in self._taken and layer.named_by_user:
            raise ValueError(f'there is a layer "{layer.name}" in this model already.')
        if not layer.named_by_user and (layer.name in self._taken or not layer.built):
            layer.name = self._free(snake_case(type(layer).__name__))
        layer.has_its_name = True
        self._taken.add(layer.name)

    def give_in_graph(self, layer: Any) -> None:
        """Give a layer of a graph a unique name, unless it has one already; it is built by now.

        Raises
        ------
        ValueError
            If two layers have been given one name.
        """
        if layer.name in self._taken and layer.named_by_user:
            raise ValueError(f'two layers of the model are called "{layer.name}": rename one.')
        if not layer.named_by_user and (layer.name in self._taken or not layer.has_its_name):
            layer.name = self._free(snake_case(type(layer).__name__))
        layer.has_its_name = True
        self._taken.add(layer.name)

    def _free(self, kind: str) -> str:
        number = self._next.get(kind, 0)
        while (name := f"{kind}_{number}" if number else kind) in self._taken:
            number += 1
        self._next[kind] = number + 1
        return name
