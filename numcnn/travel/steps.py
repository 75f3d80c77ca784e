"""A model as a list of steps in order of computation, for those who write it in another form."""

from __future__ import annotations

from typing import Any, NamedTuple

from numcnn.layers import Layer


class Step(NamedTuple):
    """A layer, its name in the model, and the numbers of the steps whose outputs it reads.

    Number 0 is the model's input; step i of the list has number i + 1.
    """

    layer: Layer
    name: str
    inputs: tuple[int, ...]


def steps_of(model: Any) -> list[Step]:
    """Return the steps of a built model; an inner model stands for its layers."""
    return [Step(layer, name, (i,)) for i, (name, layer) in enumerate(model.paths())]


def refuse_own(layer: Layer, name: str, known: Any, form: str) -> None:
    """Refuse a layer that another form of the model has no word for.

    Raises
    ------
    ValueError
        If the class of the layer is not one of `known`.
    """
    if type(layer) not in known:
        raise ValueError(
            f'{form} has no form of the layer "{name}", a {type(layer).__name__}: a layer of your '
            "own can be saved by model.save only, and read with custom_objects."
        )
