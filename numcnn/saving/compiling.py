"""The arguments of `compile` as plain values in Keras 3's form, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numcnn import losses, metrics, optimizers
from numcnn.checks import shown
from numcnn.configuration import Configurable, snake_case
from numcnn.saving.errors import ModelFileError

CustomObjects = Mapping[str, Callable[..., Any]] | None

ALWAYS = {
    "weighted_metrics": None,
    "run_eagerly": False,
    "steps_per_execution": 1,
    "jit_compile": "auto",
}
"""What else `compile` can be told in Keras, with what numcnn always does."""


def compile_config(model: Any) -> dict[str, Any] | None:
    """Return what the model was compiled with; None if it was not."""
    if model.optimizer is None:
        return None
    loss, wanted = model.compiled_with
    if not isinstance(wanted, list | tuple | dict):
        wanted = [] if wanted is None else [wanted]
    return {
        "optimizer": model.optimizer.serialized(),
        "loss": _said(loss),
        "loss_weights": model.loss_weights,
        "metrics": _said(wanted) or None,
        **ALWAYS,
    }


def _said(thing: Any) -> Any:
    """Return a loss or metric as it was asked for: by name, or with its configuration.

    Of a list or a dict for several outputs, each.
    """
    if isinstance(thing, list | tuple):
        return [_said(one) for one in thing if one is not None or len(thing) > 1]
    if isinstance(thing, dict):
        return {name: _said(one) for name, one in thing.items()}
    if thing is None:
        return None
    if isinstance(thing, Configurable):
        return thing.serialized()
    if isinstance(thing, str):
        return thing
    return getattr(thing, "__name__", None) or getattr(thing, "name", type(thing).__name__)


def long_name(said: Any, loss: Any) -> Any:
    """Return the long name of a loss that was asked for by name, ``"mse"`` or any other.

    Keras 3.15.1 cannot load an ``.h5`` in which a short name stands, its own included.
    """
    ours = type(loss).__module__.partition(".")[0] == "numcnn"
    return snake_case(type(loss).__name__) if ours and isinstance(said, str) else said


def compile_arguments(config: Mapping[str, Any], custom_objects: CustomObjects) -> dict[str, Any]:
    """Return the arguments with which `compile` does what such a configuration says.

    Raises
    ------
    ValueError
        If numcnn does not have one of the things, or the configuration is none.
    """
    if not isinstance(config, Mapping) or not {"optimizer", "loss"} <= config.keys():
        raise ValueError(
            'what a model was compiled with is written as {"optimizer": …, "loss": …}, got '
            f"{shown(config)}."
        )
    if config.get("weighted_metrics"):
        raise ModelFileError("the model was compiled with weighted_metrics, which numcnn has not.")
    said, metrics_said = config["loss"], config.get("metrics")
    several = isinstance(said, dict) and "class_name" not in said
    several = several or (isinstance(said, list) and len(said) > 1)
    return {
        "optimizer": optimizers.deserialize(config["optimizer"], custom_objects),
        "loss": _each(_loss, said, custom_objects),
        "loss_weights": config.get("loss_weights"),
        "metrics": _each(_metric, metrics_said if several else _flat(metrics_said), custom_objects)
        or None,
    }


def _each(function: Callable[..., Any], said: Any, custom_objects: CustomObjects) -> Any:
    """Return the losses or metrics of a list or a dict, one for each output, or a single one."""
    if isinstance(said, list | tuple):
        return [_each(function, one, custom_objects) for one in said]
    if isinstance(said, dict) and "class_name" not in said:
        return {name: _each(function, one, custom_objects) for name, one in said.items()}
    return None if said is None else function(said, custom_objects)


def _flat(metrics_: Any) -> list[Any]:
    """Return metrics in one list; Keras 2 has a list for each output."""
    if metrics_ is None:
        return []
    if isinstance(metrics_, list | tuple):
        return [one for metric in metrics_ for one in _flat(metric)]
    return [metrics_]


def _loss(said: Any, custom_objects: CustomObjects) -> Any:
    if isinstance(said, str) and custom_objects and said in custom_objects:
        return custom_objects[said]
    return losses.deserialize(said, custom_objects)


def _metric(said: Any, custom_objects: CustomObjects) -> Any:
    if isinstance(said, dict) and said["class_name"] == "MeanMetricWrapper":
        said = said["config"].get("name")  # Keras 2 has written the function's name
    if isinstance(said, str) and custom_objects and said in custom_objects:
        return custom_objects[said]
    return metrics.get(said) if isinstance(said, str) else metrics.deserialize(said, custom_objects)
