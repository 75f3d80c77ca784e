"""The state of a model, in named arrays and plain values: weights, optimizer, random generators.

The state in a file is checked completely before any of it is assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from numcnn.checks import shown
from numcnn.parameter import Parameter
from numcnn.saving.errors import ModelFileError

Arrays = dict[str, np.ndarray]
Assignment = Callable[[], None]
"""A change that has been checked, and is made by a call."""

MOST_ITERATIONS = 2**63 - 1
"""Keras counts the updates in an int64."""


def named_parameters(model: Any) -> dict[str, Parameter]:
    """Return all parameters, first to last, by names such as ``"conv2d/kernel"``."""
    named: dict[str, Parameter] = {}
    for path, layer in model.paths():
        for parameter in layer.parameters:
            name, number = f"{path}/{parameter.name}", 0
            while name in named:
                number += 1
                name = f"{path}/{parameter.name}_{number}"
            named[name] = parameter
    return named


def below(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return the arrays whose names begin in this way, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


# --- weights -------------------------------------------------------------------------------------


def weights_of(model: Any) -> Arrays:
    """Return the weights by name."""
    return {name: parameter.value for name, parameter in named_parameters(model).items()}


def weights_to(model: Any, weights: Mapping[str, np.ndarray]) -> Assignment:
    """Check that these are the weights of this model, one by one."""
    parameters = named_parameters(model)
    same_names(parameters, weights, f'model "{model.name}"')
    for name, parameter in parameters.items():
        same_kind(parameter.value, weights[name], name)

    def assign() -> None:
        for name, parameter in parameters.items():
            parameter.value[...] = weights[name]

    return assign


def same_names(wanted: Any, found: Any, owner: str) -> None:
    """Check that there are arrays of all these names, and no others."""
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    if missing or unknown:
        raise ModelFileError(
            f"the file is of another model: {owner} has {_some(missing) or 'no weights'} that "
            f"the file has not, and the file has {_some(unknown) or 'none'} beside."
        )


def same_kind(wanted: np.ndarray, found: np.ndarray, name: str) -> None:
    """Check that an array can take the place of another: shape, and numbers for numbers."""
    if wanted.shape != found.shape or found.dtype.kind != wanted.dtype.kind:
        raise ModelFileError(
            f"the file is of another model: {name} has shape {wanted.shape} in the model, and is "
            f"{found.dtype} {found.shape} in the file."
        )


def _some(names: list[str]) -> str:
    """Return the first few names."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


# --- optimizer -----------------------------------------------------------------------------------


def optimizer_state_of(model: Any) -> tuple[dict[str, Any], Arrays]:
    """Return the optimizer's numbers, and its arrays by the parameter's name and their own."""
    optimizer = model.optimizer
    rate = optimizer.get_config()["learning_rate"]
    numbers = {
        "class_name": type(optimizer).__name__,
        "iterations": optimizer.iterations,
        "learning_rate": rate if isinstance(rate, float) else None,  # None: it has a schedule
    }
    if optimizer.gradient_accumulation_steps:
        numbers["accumulated"] = optimizer.accumulated
    arrays = {
        f"{name}/{slot}": array
        for name, parameter in named_parameters(model).items()
        if parameter.trainable and has_begun(numbers)
        for slot, array in optimizer.kept(parameter).items()
    }
    return numbers, arrays


def has_begun(numbers: Mapping[str, Any]) -> bool:
    """Say whether an optimizer has received any gradients: then it keeps arrays."""
    return bool(numbers["iterations"] or numbers.get("accumulated", 0))


def optimizer_state_to(
    model: Any, numbers: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> Assignment:
    """Check that this is the state of this model's optimizer."""
    optimizer = model.optimizer
    if numbers["class_name"] != type(optimizer).__name__:
        raise ModelFileError(
            f"the file holds the state of {numbers['class_name']}, but the model was compiled with "
            f"{type(optimizer).__name__}."
        )
    iterations, rate = numbers["iterations"], numbers["learning_rate"]
    if type(iterations) is not int or not 0 <= iterations <= MOST_ITERATIONS:
        raise ModelFileError(
            f"the optimizer's iterations must be a count of at most {MOST_ITERATIONS}, got "
            f"{shown(iterations)}."
        )
    if not isinstance(rate, float | None) or (rate is not None and not 0 <= rate < np.inf):
        raise ModelFileError(f"the learning rate must be a number, got {rate!r}.")
    accumulated, steps = numbers.get("accumulated", 0), optimizer.gradient_accumulation_steps or 1
    if type(accumulated) is not int or not 0 <= accumulated < steps:
        raise ModelFileError(
            f"the file holds the gradients of {shown(accumulated)} batches, but the model was "
            f"compiled with gradient_accumulation_steps={optimizer.gradient_accumulation_steps}."
        )
    kept = {
        f"{name}/{slot}": (parameter, slot)
        for name, parameter in named_parameters(model).items()
        if parameter.trainable and has_begun(numbers)
        for slot in optimizer.names_kept(parameter)
    }
    same_names(kept, arrays, type(optimizer).__name__)
    for name, (parameter, _) in kept.items():
        same_kind(parameter.value, arrays[name], name)

    def assign() -> None:
        optimizer.iterations, optimizer.accumulated = iterations, accumulated
        if rate is not None:
            optimizer.learning_rate = rate
        for name, (parameter, slot) in kept.items():
            optimizer.kept(parameter)[slot][...] = arrays[name]

    return assign


def weights_and_optimizer_of(
    model: Any, with_optimizer: bool = True
) -> tuple[dict[str, Any] | None, Arrays]:
    """Return the optimizer's numbers, None without one, and all arrays as files name them."""
    arrays = {f"weights/{name}": array for name, array in weights_of(model).items()}
    if model.optimizer is None or not with_optimizer:
        return None, arrays
    numbers, slots = optimizer_state_of(model)
    return numbers, arrays | {f"optimizer/{name}": array for name, array in slots.items()}


# --- chance --------------------------------------------------------------------------------------


def random_state_of(model: Any) -> dict[str, Any]:
    """Return where the shuffling and the layers' chance stand."""
    generators = _generators(model)
    return {name: _packed(rng.bit_generator.state) for name, rng in generators.items()}


def random_state_to(model: Any, states: Mapping[str, Any]) -> Assignment:
    """Check that these are states of this model's generators."""
    generators = _generators(model)
    if set(states) != set(generators):
        raise ModelFileError("the file holds the random state of other layers than the model's.")
    unpacked = {name: _unpacked(state) for name, state in states.items()}
    for name, rng in generators.items():
        try:
            type(rng.bit_generator)().state = unpacked[name]
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise ModelFileError(f"the random state of {name!r} is none: {error}.") from error

    def assign() -> None:
        for name, rng in generators.items():
            rng.bit_generator.state = unpacked[name]

    return assign


def _generators(model: Any) -> dict[str, np.random.Generator]:
    return {"shuffling": model.rng, **{f"layer {path}": x.rng for path, x in model.paths()}}


def _packed(state: Any) -> Any:
    """Return a bit generator's state as JSON can say it."""
    if isinstance(state, dict):
        return {name: _packed(value) for name, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"dtype": state.dtype.name, "numbers": state.tolist()}
    return state


def _unpacked(state: Any) -> Any:
    """Return what `_packed` has packed."""
    if not isinstance(state, dict):
        return state
    if set(state) == {"dtype", "numbers"}:
        if np.dtype(state["dtype"]).kind not in "iu":  # others can be of any size
            raise ModelFileError(f"a random state holds no numbers but {state['dtype']}.")
        return np.array(state["numbers"], state["dtype"])
    return {name: _unpacked(value) for name, value in state.items()}
