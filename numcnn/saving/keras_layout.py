"""Where Keras 3 keeps what in HDF5: weights layer by layer, and the optimizer's variables in a row.

The same layout is in ``.weights.h5`` and, as ``model.weights.h5``, in a ``.keras`` archive::

    layers/conv2d/vars/0, 1, …      kernel, bias, …
    layers/conv2d_1/vars/0, 1, …    the second Conv2D, whatever its name
    layers/sequential/layers/dense/vars/0, 1, …    a layer of an inner model
    optimizer/vars/0, 1, …          updates done, learning rate, slots

and in the older ``.h5``, which has names of weights::

    model_weights/conv2d/sequential/conv2d/kernel
    optimizer_weights/adam/iteration
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.configuration import snake_case
from numcnn.nesting import Nestable
from numcnn.optimizers.averages import AVERAGE
from numcnn.optimizers.base import ACCUMULATOR
from numcnn.saving import hdf5
from numcnn.saving.architecture import DEEPEST
from numcnn.saving.errors import ModelFileError
from numcnn.saving.state import Arrays, has_begun, named_parameters, optimizer_state_of

Variables = list[tuple[str, np.ndarray]]

TOGETHER = (
    *(("momentum", "velocity"), ("momentum", "norm")),
    ("accumulated_grad", "accumulated_delta_var"),
)
"""Slots that Keras keeps side by side for each parameter; all others come slot by slot."""


# --- the newer layout ----------------------------------------------------------------------------


def write_weights(file: Any, model: Any, with_optimizer: bool = True) -> None:
    """Fill a ``.weights.h5`` file."""
    file.create_group("layers")
    for place, layer in places(model):
        inner = isinstance(layer, Nestable)
        values = [] if inner else [parameter.value for parameter in layer.parameters]
        _write_variables(file, place, layer.name, values)
    if model.optimizer is not None and with_optimizer:
        variables = [value for _, value in optimizer_variables(model)]
        _write_variables(file, "optimizer", model.optimizer.name, variables)
    _write_variables(file, "", model.name, [])


def _write_variables(file: Any, place: str, name: str, values: list[np.ndarray]) -> None:
    variables = file.create_group(f"{place}/vars")
    variables.attrs["name"] = name
    for number, value in enumerate(values):
        variables[str(number)] = value


def read_weights(file: Any, model: Any) -> list[list[np.ndarray]]:
    """Return the arrays of each layer, in its order."""
    found = list(places(model))
    known = {place for place, _ in found}
    models = ["", *(f"{place}/" for place, layer in found if isinstance(layer, Nestable))]
    for place in models:
        for name in hdf5.group(file, f"{place}layers"):
            if f"{place}layers/{name}" not in known:
                raise ModelFileError(f"the file holds {name!r}, a layer that the model has not.")
    leaves = [place for place, layer in found if not isinstance(layer, Nestable)]
    return hdf5.arrays([_variables(file, place) for place in leaves])


def read_places_of(file: Any, model: Any) -> dict[str, list[np.ndarray]]:
    """Return the arrays of those layers of a model whose places are in the file."""
    paths = {layer: path for path, layer in model.paths()}
    found = {
        paths[layer]: _variables(file, place)
        for place, layer in places(model)
        if layer in paths and _has(file, f"{place}/vars")
    }
    return _arrays_of(found)


def read_named(file: Any, model: Any) -> dict[str, list[np.ndarray]]:
    """Return the arrays of all layers by their names, which stand beside them."""
    return _arrays_of(dict(_named_places(file, "", "", 0)))


def _named_places(file: Any, place: str, before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the names of layers, ``"inner/dense"`` in a model, and what is at their places."""
    if depth > DEEPEST:
        raise ModelFileError(f"models inside of models go at most {DEEPEST} deep.")
    for kind in hdf5.group(file, f"{place}layers"):
        inner = f"{place}layers/{kind}"
        if not _has(file, f"{inner}/vars"):
            continue
        name = hdf5.text(hdf5.group(file, f"{inner}/vars").attrs.get("name", kind))
        if _has(file, f"{inner}/layers"):
            yield from _named_places(file, f"{inner}/", f"{before}{name}/", depth + 1)
        else:
            yield f"{before}{name}", _variables(file, inner)


def _has(file: Any, place: str) -> bool:
    """Say whether something is at a place, step by step: a link may lead out of the file."""
    try:
        hdf5.group(file, place)
    except ModelFileError:
        return False
    return True


def _arrays_of(found: dict[str, list[Any]]) -> dict[str, list[np.ndarray]]:
    """Return the numbers of layers that have any."""
    read = hdf5.arrays(list(found.values()))
    return {name: arrays for name, arrays in zip(found, read, strict=True) if arrays}


def read_optimizer(file: Any) -> list[np.ndarray] | None:
    """Return the optimizer's variables in a row, if there are any."""
    return hdf5.arrays([_variables(file, "optimizer")])[0] if "optimizer" in file else None


def _variables(parent: Any, place: str) -> list[Any]:
    """Return what is at a place, not read yet."""
    variables = hdf5.group(parent, f"{place}/vars")
    return [hdf5.dataset(variables, str(number)) for number in range(len(variables))]


def places(model: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Give each layer its place: its class, and a number among those of the class.

    An inner model comes before its layers, which are below it.
    """
    seen: Counter[str] = Counter()
    for layer in model.layers:
        kind = snake_case(getattr(layer, "class_name", type(layer).__name__))
        place = f"{before}layers/{kind}_{seen[kind]}" if seen[kind] else f"{before}layers/{kind}"
        seen[kind] += 1
        yield place, layer
        if isinstance(layer, Nestable):
            yield from places(layer, f"{place}/")


# --- the older layout ----------------------------------------------------------------------------


def write_weights_by_name(
    file: Any, model: Any, keras_version: str, with_optimizer: bool = True
) -> None:
    """Fill ``model_weights`` and ``optimizer_weights`` of an ``.h5`` file."""
    write_layers_by_name(file.create_group("model_weights"), model, keras_version)
    if model.optimizer is not None and with_optimizer:
        _write_named(file.create_group("optimizer_weights"), optimizer_variables(model))


def write_layers_by_name(weights: Any, model: Any, keras_version: str) -> None:
    """Fill ``model_weights`` of an ``.h5`` file, or all of one that holds weights alone."""
    weights.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
    weights.attrs["backend"] = b"numpy"
    weights.attrs["keras_version"] = keras_version.encode()
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        own = (
            layer.paths(f"{layer.name}/") if isinstance(layer, Nestable) else [(layer.name, layer)]
        )
        named = [
            (f"{model.name}/{path}/{p.name}", p.value) for path, one in own for p in one.parameters
        ]
        _write_named(weights.create_group(layer.name), named)
    _write_named(weights.create_group("top_level_model_weights"), [])


def _write_named(group: Any, variables: Variables) -> None:
    group.attrs["weight_names"] = [name.encode() for name, _ in variables]
    for name, value in variables:
        group[name] = value


def read_weights_by_name(file: Any) -> list[list[np.ndarray]]:
    """Return the arrays of each layer that has any, in the file's order."""
    weights = hdf5.group(file, "model_weights") if "model_weights" in file else file
    names = hdf5.strings(weights, "layer_names")
    layers = [found for name in names for found in _layers_in(hdf5.group(weights, name))]
    return [arrays for arrays in hdf5.arrays(layers) if arrays]


def read_weights_of_layers(file: Any) -> dict[str, list[np.ndarray]]:
    """Return the arrays of each layer by its name; those of an inner model in one list."""
    weights = hdf5.group(file, "model_weights") if "model_weights" in file else file
    return _arrays_of(
        {
            name: [found for row in _layers_in(hdf5.group(weights, name)) for found in row]
            for name in hdf5.strings(weights, "layer_names")
        }
    )


def _layers_in(group: Any) -> list[list[Any]]:
    """Return what a group names, layer by layer: that of an inner model holds several."""
    names = hdf5.strings(group, "weight_names")
    layers: dict[str, list[Any]] = {}
    for name in names:  # Keras puts what is not trained, such as moving means, after all the rest
        layers.setdefault(name.rpartition("/")[0], []).append(hdf5.dataset(group, name))
    return list(layers.values())


def read_optimizer_by_name(file: Any) -> list[np.ndarray] | None:
    """Return the optimizer's variables in a row, if there are any."""
    if "optimizer_weights" not in file:
        return None
    return hdf5.arrays([_named(hdf5.group(file, "optimizer_weights"))])[0]


def _named(group: Any) -> list[Any]:
    """Return what a group names, not read yet."""
    return [hdf5.dataset(group, name) for name in hdf5.strings(group, "weight_names")]


# --- the optimizer's variables in a row -----------------------------------------------------------


def optimizer_variables(model: Any) -> Variables:
    """Return the optimizer's variables with their names, in Keras's order."""
    numbers, arrays = optimizer_state_of(model)
    own = model.optimizer.name
    batches = numbers["iterations"] * (model.optimizer.gradient_accumulation_steps or 1)
    batches += numbers.get("accumulated", 0)
    variables: Variables = [(f"{own}/iteration", np.array(batches, np.int64))]
    if numbers["learning_rate"] is not None:
        variables.append((f"{own}/learning_rate", np.array(numbers["learning_rate"], np.float32)))
    for name in _in_keras_order(model) if arrays else ():
        parameter, slot = name.rsplit("/", 1)
        path = f"{model.name}/{parameter}".replace("/", "_")
        variables.append((f"{own}/{path}_{slot}", arrays[name]))
    for name, number in model.optimizer.numbers_beside().items() if arrays else ():
        variables.append((name, np.array(number, np.float32)))
    return variables


def optimizer_state(model: Any, variables: list[np.ndarray]) -> tuple[dict[str, Any], Arrays]:
    """Return variables in Keras's order as `numcnn.saving.state` wants them."""
    numbers, _ = optimizer_state_of(model)
    has_rate = numbers["learning_rate"] is not None
    first, *others = variables
    numbers["iterations"], waiting = divmod(
        int(first), model.optimizer.gradient_accumulation_steps or 1
    )
    if model.optimizer.gradient_accumulation_steps:
        numbers["accumulated"] = waiting
    if has_rate:
        rate = float(others.pop(0))
        if rate != np.float32(numbers["learning_rate"]):  # else the configuration knows more digits
            numbers["learning_rate"] = rate
    names = _in_keras_order(model)
    beside = len(model.optimizer.numbers_beside())
    if not others:  # compiled and never trained, or once in an .h5, from which Keras loses them
        begin = {
            name: model.optimizer.kept_at_first(p) for name, p in named_parameters(model).items()
        }
        others = [begin[path][slot] for path, slot in (name.rsplit("/", 1) for name in names)]
    else:
        others = others[: len(others) - beside]
    if len(others) != len(names):
        raise ModelFileError(
            f"{type(model.optimizer).__name__} keeps {counted(len(names), 'array')} for "
            "this model, and the "
            f"file has {len(others)}."
        )
    return numbers, dict(zip(names, others, strict=True)) if has_begun(numbers) else {}


def _in_keras_order(model: Any) -> list[str]:
    """Return the names of all slots of all parameters, in the order of Keras's variables."""
    optimizer = model.optimizer
    kept = {
        name: optimizer.names_kept(p) for name, p in named_parameters(model).items() if p.trainable
    }
    slots = list(optimizer.slots)
    pair = slots[:2] if tuple(slots[:2]) in TOGETHER else slots[:1]
    rounds = [[AVERAGE], [ACCUMULATOR], pair, *([slot] for slot in slots[len(pair) :])]
    return [
        f"{name}/{slot}"
        for together in rounds
        for name, own in kept.items()
        for slot in together
        if slot in own
    ]
