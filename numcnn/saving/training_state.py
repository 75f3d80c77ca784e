"""The state of a training: everything needed to resume it as if it had not been interrupted.

This is the state of the model, its progress (`numcnn.position.Position`), whether a callback has
ended the training, and the state of the callbacks: the history, the best weights, the rows of a
table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.metrics.base import Measured
from numcnn.saving import container
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.saving.state import (
    Arrays,
    Assignment,
    below,
    optimizer_state_to,
    random_state_of,
    random_state_to,
    weights_and_optimizer_of,
    weights_to,
)


def save_training(path: Path, model: Any, callbacks: list[Any]) -> None:
    """Write the state of a training in which `callbacks` listen."""
    container.write(path, *training_state(model, callbacks))


def training_state(model: Any, callbacks: list[Any]) -> tuple[dict[str, Any], Arrays]:
    """Return the state of a training as plain values, and the arrays that they name."""
    position = model.position
    optimizer, arrays = weights_and_optimizer_of(model)
    states = {name: callback.get_state() for name, callback in _named(callbacks)}
    about = {
        "kind": "training",
        "optimizer": optimizer,
        "random": random_state_of(model),
        "position": {
            "epoch": position.epoch,
            "batches": position.batches,
            "sums": position.means.sums,
            "tallies": {
                name: value.tally.tolist() for name, value in position.means.measured.items()
            },
            "samples": position.means.samples,
            "start": position.start,
            "shuffling": position.shuffling,
        },
        "stop_training": model.stop_training,
        "callbacks": _lifted(states, "callbacks", arrays),
    }
    return about, arrays


def load_training(path: Path, model: Any, callbacks: list[Any]) -> None:
    """Put a training where `save_training` found it; nothing is changed unless all of it fits.

    A callback that was not there then begins anew.

    Raises
    ------
    ModelFileError
        If the file is damaged, or that of another model.
    """
    about, arrays = container.read(path)
    with refusing(path, "it is no file of BackupAndRestore"):
        if about["kind"] != "training":
            raise ModelFileError(f"{path} holds a {about['kind']}, and not a training's state.")
        assign = training_state_to(model, callbacks, about, arrays)
    assign()


def training_state_to(
    model: Any, callbacks: list[Any], about: dict[str, Any], arrays: Arrays
) -> Assignment:
    """Check that a state is one of this training; return what puts the training there."""
    position = {"start": 0, **about["position"]}  # files from before epochs could go on lack it
    random = dict(about["random"])
    if position["batches"] or position["start"]:
        random["shuffling"] = position["shuffling"]  # the order of this pass is drawn again
    assignments = [
        weights_to(model, below("weights/", arrays)),
        optimizer_state_to(model, about["optimizer"], below("optimizer/", arrays)),
        random_state_to(model, random),
    ]
    states = _lowered(about["callbacks"], dict(arrays))
    counts = [int(position[name]) for name in ("epoch", "batches", "start", "samples")]
    sums = {str(name): float(value) for name, value in position["sums"].items()}
    tallies = _tallies(position, sums, {metric.name: metric for metric in model.metrics})

    def assign() -> None:
        for assign_part in assignments:
            assign_part()
        for name, callback in _named(callbacks):
            if name in states:
                callback.set_state(states[name])
        model.stop_training = bool(about["stop_training"])
        here = model.position
        here.epoch, here.batches, here.start, here.means.samples = counts
        here.shuffling = dict(position["shuffling"])
        here.means.sums, here.means.measured = sums, tallies

    return assign


def _tallies(
    position: dict[str, Any], sums: dict[str, float], metrics: dict[str, Any]
) -> dict[str, Measured]:
    """Return what the metrics have counted; files of version 0.1 have the sums of their means."""
    tallies = dict(position.get("tallies", {}))
    for name in metrics.keys() & sums.keys():
        tallies[name] = [sums.pop(name), position["samples"]]
    if not tallies.keys() <= metrics.keys():
        raise ModelFileError(f"it holds the metrics {', '.join(tallies)}, unlike the model.")
    return {
        name: Measured(metrics[name], np.array(tally, np.float64))
        for name, tally in tallies.items()
    }


def _named(callbacks: list[Any]) -> Iterator[tuple[str, Any]]:
    """Give each callback the name of its class, and a number among those of this class."""
    seen: Counter[str] = Counter()
    for callback in callbacks:
        kind = type(callback).__name__
        yield f"{kind} {seen[kind]}", callback
        seen[kind] += 1


def _lifted(value: Any, name: str, arrays: Arrays) -> Any:
    """Return plain values, with every array lifted out of them into `arrays`."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _lifted(item, f"{name}/{key}", arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lifted(item, f"{name}/{i}", arrays) for i, item in enumerate(value)]
    return value


def _lowered(value: Any, arrays: Arrays) -> Any:
    """Return what `_lifted` was given, with the arrays in their places, where they are used up."""
    if isinstance(value, dict):
        if set(value) == {"array"}:
            return arrays.pop(value["array"]).copy()
        return {key: _lowered(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_lowered(item, arrays) for item in value]
    return value
