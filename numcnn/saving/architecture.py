"""A model's architecture as plain values, in Keras 3's form, and a model made from them.

A model is made in three steps: all its layers, without a number; then whoever has the numbers is
asked for them; then the layers are built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.layers import InputLayer, deserialize
from numcnn.layers.operations import OPERATIONS, Operation
from numcnn.nesting import Nestable
from numcnn.saving.connections import connected

CustomObjects = Mapping[str, Callable[..., Any]] | None
DEEPEST = 20
MODELS: dict[str, Any] = {}
"""The kinds of models by their names in files; each kind adds itself."""


def model_config(model: Any, input_name: str, seed: int | None) -> dict[str, Any]:
    """Return all layers' names and configurations; the weights are not in it."""
    config: dict[str, Any] = {
        "name": model.name,
        "trainable": model.trainable,
        "dtype": model.dtype.name,
        "layers": [layer.serialized() for layer in model.layers],
    }
    if model.input_shape is not None:
        entry = InputLayer(batch_shape=model.input_shape, name=input_name)
        entry.dtype = model.dtype
        config["layers"].insert(0, entry.serialized())
        config["build_input_shape"] = model.input_shape
    if seed is not None:
        config["seed"] = seed
    return config


def model_from_config(
    kind: type,
    config: Mapping[str, Any],
    custom_objects: CustomObjects = None,
    prepare: Callable[[Any], None] | None = None,
) -> Any:
    """Make a model of this class from what `model_config` returned, here or in Keras.

    `prepare` is called with all layers, a `Skeleton`, before they are built.
    """
    skeleton = Skeleton(kind, config, custom_objects)
    if prepare is not None:
        prepare(skeleton)
    return skeleton.built_as_said()


class Skeleton(Nestable):
    """All layers of a model that a configuration describes, without a number in them."""

    def __init__(
        self, kind: Any, config: Mapping[str, Any], custom_objects: CustomObjects, depth: int = 0
    ) -> None:
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list | tuple):
            raise ValueError(
                'the configuration of a model must be a dict with "name" and "layers", as '
                "get_config returns it."
            )
        if depth > DEEPEST:
            raise ValueError(f"models inside of models go at most {DEEPEST} deep.")
        self.kind, self.config = kind, config
        self.name = config.get("name") or ""
        self.is_graph = not hasattr(kind, "add")
        self.parts = [_part(kind, said, custom_objects, depth) for said in config["layers"]]
        self._layers = self.layers = [
            part
            for part in self.parts
            if not isinstance(part, Operation)
            and (self.is_graph or not isinstance(part, InputLayer))
        ]

    @property
    def class_name(self) -> str:
        """The name of the class of the model that it is to become."""
        return self.kind.__name__

    def built_as_said(self, is_outermost: bool = True) -> Any:
        """Return the model; the outermost one is built, and so are all graphs."""
        made = [
            part.built_as_said(False) if isinstance(part, Skeleton) else part for part in self.parts
        ]
        config = self.config
        if self.is_graph:
            return connected(self.kind, config, made)
        model = self.kind(
            name=config.get("name"), seed=config.get("seed"), dtype=config.get("dtype") or "float32"
        )
        model.add_all(made, build=False)
        first = model.layers[0].input_shape if model.layers else None
        shape = model.input_shape or config.get("build_input_shape") or first
        if is_outermost and model.layers and shape:
            model.build(tuple(shape))
        return model


def _part(kind: type, said: Any, custom_objects: CustomObjects, depth: int) -> Any:
    """Return a layer, an operation, or the skeleton of an inner model."""
    inner = _model_class(kind, said, custom_objects)
    if inner is not None:
        return Skeleton(inner, said.get("config"), custom_objects, depth + 1)
    if isinstance(said, Mapping) and _is_operation(said):
        return _operation(said)
    layer = deserialize(said, custom_objects)
    if isinstance(said, Mapping) and isinstance(said.get("name"), str):
        layer.name = said["name"]
    return layer


def _is_operation(said: Mapping[str, Any]) -> bool:
    """Say whether it is ``a + b`` rather than ``Add()([a, b])``; an ``.h5`` names no module."""
    if str(said.get("module")).startswith("keras.src.ops"):
        return True
    nodes = said.get("inbound_nodes") or [None]
    arguments = nodes[0].get("args") if isinstance(nodes[0], Mapping) else None
    return (
        said.get("class_name") in OPERATIONS
        and isinstance(arguments, list)
        and bool(arguments and not isinstance(arguments[0], list))
    )


def _operation(said: Mapping[str, Any]) -> Any:
    """Return an operation such as ``a + b``, with its numbers from the node that has them."""
    name = said.get("class_name")
    if name not in OPERATIONS:
        raise ValueError(
            f"numcnn has no operation {name}; between symbolic tensors it has + - * and /."
        )
    nodes = said.get("inbound_nodes") or [{}]
    arguments = nodes[0].get("args", []) if isinstance(nodes[0], Mapping) else []
    operands = tuple(None if isinstance(one, Mapping) else one for one in arguments)
    return OPERATIONS[name](operands, name=said["config"]["name"])


def _model_class(kind: type, said: Any, custom_objects: CustomObjects) -> Any:
    """Return the class of an inner model, of which a configuration says the name; or None."""
    name = said.get("class_name") if isinstance(said, Mapping) else None
    own = None
    if isinstance(custom_objects, Mapping) and isinstance(name, str):
        own = custom_objects.get(name)
    if isinstance(own, type) and issubclass(own, Nestable):
        return own
    if name in MODELS:
        return MODELS[name]
    return next((base for base in kind.__mro__[:-1] if base.__name__ == name), None)
