"""Model files of numcnn's own: ``.safetensors``.

One file holds the architecture, the weights, what the model was compiled with, the optimizer's
state, the state of all chance, and the history: a model that is loaded trains on with the same
bytes as one that was never saved.  The numbers are named ``weights/conv2d/kernel`` and
``optimizer/conv2d/kernel/momentum``, and any program that knows safetensors can read them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numcnn.saving import container
from numcnn.saving.compiling import CustomObjects, compile_arguments, compile_config
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.saving.partly import arrays_by_layer, parameters_by_layer, weights_to_some
from numcnn.saving.rebuild import NamedWeights, class_to_build, rebuilt
from numcnn.saving.state import (
    Assignment,
    below,
    optimizer_state_to,
    random_state_of,
    random_state_to,
    weights_and_optimizer_of,
    weights_to,
)


def save_model(path: Path, model: Any, include_optimizer: bool = True) -> None:
    """Write a model with all its state."""
    optimizer, arrays = weights_and_optimizer_of(model, include_optimizer)
    about = {
        "kind": "model",
        "optimizer": optimizer,
        "model": model.serialized(),
        "compile": compile_config(model),
        "seed": model.seed,
        "random": random_state_of(model),
        "history": model.history and model.history.get_state(),
    }
    container.write(path, about, arrays)


def save_weights(path: Path, model: Any) -> None:
    """Write the weights, and the optimizer's state if there is an optimizer."""
    optimizer, arrays = weights_and_optimizer_of(model)
    container.write(path, {"kind": "weights", "optimizer": optimizer}, arrays)


def load_model(path: Path, kind: Any, custom_objects: CustomObjects, compiled: bool) -> Any:
    """Return the model in a file."""
    about, arrays = container.read(path)
    with refusing(path, "it does not describe a model"):
        if about["kind"] != "model":
            raise ModelFileError(
                f"{path} holds {about['kind']} and no architecture: make the model, and then "
                "model.load_weights(path)."
            )
        model = rebuilt(
            class_to_build(about["model"], kind, custom_objects),
            about["model"]["config"],
            lambda model: NamedWeights(below("weights/", arrays), model),
            custom_objects,
        )
        model.seed = int(about["seed"])
        if compiled and about["compile"]:
            model.compile(**compile_arguments(about["compile"], custom_objects))
            if about["optimizer"]:
                slots = below("optimizer/", arrays)
                optimizer_state_to(model, about["optimizer"], slots)()
        random_state_to(model, about["random"])()
        if about["history"]:
            model.restore_history(about["history"])
    return model


def load_weights(
    path: Path, model: Any, skip_mismatch: bool = False, by_name: bool = False
) -> list[Assignment]:
    """Check a file's weights and, where the model has the same optimizer, its state."""
    about, arrays = container.read(path)
    with refusing(path, "it does not hold the weights of a model"):
        weights, complete = below("weights/", arrays), True
        if skip_mismatch or by_name:
            wanted, stored = parameters_by_layer(model), arrays_by_layer(model, weights)
            assign, complete = weights_to_some(wanted, stored, skip_mismatch, by_name)
        else:
            assign = weights_to(model, weights)
        assignments = [assign]
        numbers = about["optimizer"]
        if complete and numbers and numbers["class_name"] == type(model.optimizer).__name__:
            slots = below("optimizer/", arrays)
            assignments.append(optimizer_state_to(model, numbers, slots))
    return assignments
