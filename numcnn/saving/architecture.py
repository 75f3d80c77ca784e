"""A model's architecture as plain values, in Keras 3's form, and a model made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.layers import InputLayer, deserialize
from numcnn.nesting import Nestable

CustomObjects = Mapping[str, Callable[..., Any]] | None
DEEPEST = 20


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

    `prepare` is called with the model before it is built.
    """
    model = _unbuilt(kind, config, custom_objects, depth=0)
    if prepare is not None:
        prepare(model)
    first = model.layers[0].input_shape if model.layers else None
    shape = model.input_shape or config.get("build_input_shape") or first
    if model.layers and shape:
        model.build(tuple(shape))
    return model


def _unbuilt(
    kind: type, config: Mapping[str, Any], custom_objects: CustomObjects, depth: int
) -> Any:
    """Return the model with all its layers, and without a number in them."""
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list | tuple):
        raise ValueError(
            'the configuration of a model must be a dict with "name" and "layers", as '
            "get_config returns it."
        )
    if depth > DEEPEST:
        raise ValueError(f"models inside of models go at most {DEEPEST} deep.")
    model = kind(
        name=config.get("name"), seed=config.get("seed"), dtype=config.get("dtype") or "float32"
    )
    made = []
    for said in config["layers"]:
        inner = _model_class(kind, said, custom_objects)
        if inner is None:
            made.append(deserialize(said, custom_objects))
        else:
            made.append(_unbuilt(inner, said.get("config"), custom_objects, depth + 1))
    model.add_all(made, build=False)
    return model


def _model_class(kind: type, said: Any, custom_objects: CustomObjects) -> Any:
    """Return the class of an inner model, of which a configuration says the name; or None."""
    name = said.get("class_name") if isinstance(said, Mapping) else None
    own = None
    if isinstance(custom_objects, Mapping) and isinstance(name, str):
        own = custom_objects.get(name)
    if isinstance(own, type) and issubclass(own, Nestable):
        return own
    return next((base for base in kind.__mro__[:-1] if base.__name__ == name), None)
