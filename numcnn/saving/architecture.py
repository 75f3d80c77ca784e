"""A model's architecture as plain values, in Keras 3's form, and a model made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.layers import InputLayer, Layer, deserialize


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
    custom_objects: Mapping[str, Callable[..., Any]] | None = None,
    prepare: Callable[[list[Layer]], None] | None = None,
) -> Any:
    """Make a model of this class from what `model_config` returned, here or in Keras.

    `prepare` is called with the layers before they are built.
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list | tuple):
        raise ValueError(
            'the configuration of a model must be a dict with "name" and "layers", as '
            "get_config returns it."
        )
    model = kind(
        name=config.get("name"), seed=config.get("seed"), dtype=config.get("dtype") or "float32"
    )
    made = [deserialize(layer, custom_objects) for layer in config["layers"]]
    if prepare is not None:
        prepare([layer for layer in made if not isinstance(layer, InputLayer)])
    model.add_all(made)
    if config.get("build_input_shape") and model.layers and not model.built:
        model.build(tuple(config["build_input_shape"]))
    return model
