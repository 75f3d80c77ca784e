"""A model as a list of steps in order of computation, for those who write it in another form."""

from __future__ import annotations

from typing import Any, NamedTuple

from numcnn.checks import with_article
from numcnn.graph_frame import names_of, numbered
from numcnn.layers import Layer


class Step(NamedTuple):
    """A layer, its name in the model, and the numbers of the steps whose outputs it reads.

    Number 0 is the model's input; step i of the list has number i + 1.
    """

    layer: Layer
    name: str
    inputs: tuple[int, ...]


def steps_of(model: Any) -> list[Step]:
    """Return the steps of a built model in a row; an inner model stands for its layers.

    Raises
    ------
    ValueError
        If the model is a graph.
    """
    if model.walk_reads != [(number,) for number in range(len(model.walk_reads))]:
        raise ValueError(
            f'model "{model.name}" is a graph, and only a row of layers can go into this form: '
            "ONNX takes graphs."
        )
    return [Step(layer, name, (i,)) for i, (name, layer) in enumerate(model.paths())]


def calls_of(model: Any) -> tuple[list[Step], tuple[int, ...]]:
    """Return the calls of layers in a built model, and the numbers of those that are outputs.

    The numbers of the inputs come first.  A layer that is called twice has a step for each call.
    """
    nodes, ends = numbered(model, len(model.inputs))
    layers = [
        node.layer.at(node.shapes, node.output_shape, None) if node.several else node.layer
        for node in nodes
    ]
    found = zip(layers, names_of(nodes), nodes, strict=True)
    return [Step(layer, name, node.reads) for layer, name, node in found], ends


def refuse_own(layer: Layer, name: str, known: Any, form: str) -> None:
    """Refuse a layer that another form of the model has no word for.

    Raises
    ------
    ValueError
        If the class of the layer is not one of `known`.
    """
    if type(layer) not in known:
        raise ValueError(
            f'{form} has no form of the layer "{name}", {with_article(type(layer).__name__)}: '
            "model.save keeps it, and custom_objects reads a layer of your own."
        )


def kept(image: tuple[int, ...], new: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return the rows and columns that have the shape of the new image: begin and end."""
    (H, W), (h, w) = image[:2], new
    sides = (H, min(H, int(W * h / w) or 1)), (W, min(W, int(H * w / h) or 1))
    return tuple((int((old - kept) / 2), int((old - kept) / 2) + kept) for old, kept in sides)
