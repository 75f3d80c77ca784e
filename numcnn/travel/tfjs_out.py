"""A model as a folder for TensorFlow.js: ``model.json``, in the manner of Keras 2, and bytes.

A row of layers is written as a Sequential, and a graph with what each call of a layer reads.  Where
one layer is several there (`numcnn.travel.tfjs_layers`), these follow one another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.configuration import snake_case
from numcnn.files import new_file
from numcnn.travel.steps import Step, calls_of, refuse_own
from numcnn.travel.tfjs_layers import WRITERS
from numcnn.travel.tfjs_rows import Row, Said

BYTES = "weights.bin"


def export_tfjs(model: Any, folder: Path) -> None:
    """Write a built model into a folder; ``model.json`` is written last.

    Raises
    ------
    ValueError
        If TensorFlow.js has no form of a layer or an activation in it.
    OSError
        If the folder can't be written.
    """
    topology, arrays = tfjs_model(model)
    specs = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in arrays.items()
    ]
    text = json.dumps(
        {
            "format": "layers-model",
            "generatedBy": "numcnn",
            "convertedBy": None,
            "modelTopology": topology,
            "weightsManifest": [{"paths": [BYTES], "weights": specs}],
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    with new_file(folder / BYTES) as file:
        for array in arrays.values():
            file.write(np.asarray(array, "<f4", order="C").tobytes())
    with new_file(folder / "model.json") as file:
        file.write(text.encode())


def tfjs_model(model: Any) -> tuple[Said, dict[str, np.ndarray]]:
    """Return what TensorFlow.js calls the topology, and the weights by name."""
    steps, ends = calls_of(model)
    for step in steps:
        refuse_own(step.layer, step.name, WRITERS, "TensorFlow.js")
    topology = _Topology(model)
    places = [topology.input(tensor, k) for k, tensor in enumerate(model.inputs)]
    for step in steps:
        places.append(topology.call(step, [places[number] for number in step.inputs]))
    said = topology.said([places[end] for end in ends])
    return {**said, "keras_version": "2.15.0", "backend": "tensorflow"}, topology.arrays


class _Topology:
    """The layers that have been written so far; a place is ``[name, number of the call, 0]``."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.layers: dict[str, Said] = {}
        self.rows: dict[str, tuple[list[Row], list[str]]] = {}  # of layers, and their names
        self.arrays: dict[str, np.ndarray] = {}
        self.starts: list[list[Any]] = []

    def input(self, tensor: Any, number: int) -> list[Any]:
        """Write an input, and return its place."""
        several = len(self.model.inputs) > 1
        name = self.model.input_names[number] if several else "input_1"
        shape = [None, *tensor.shape[1:]]
        config = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "name": name}
        self.layers[name] = {"class_name": "InputLayer", "config": config, "inbound_nodes": []}
        self.starts.append([name, 0, 0])
        return self.starts[-1]

    def call(self, step: Step, read: list[list[Any]]) -> list[Any]:
        """Write a call of a layer, and return the place of its result."""
        path = step.name.partition("#")[0]
        if path not in self.rows:
            self.rows[path] = self.made(step, path)
        places = list(read)
        for row, name in zip(*self.rows[path], strict=True):
            nodes = self.layers[name]["inbound_nodes"]
            if row.reads is not None:
                sources = [places[number] for number in row.reads]
            else:
                sources = read if places == read else places[-1:]
            nodes.append([[*place, {}] for place in sources])
            places.append([name, len(nodes) - 1, 0])
        return places[-1]

    def made(self, step: Step, path: str) -> tuple[list[Row], list[str]]:
        """Write the layers that a layer is there, and return them with their names."""
        rows = WRITERS[type(step.layer)](step.layer, step)
        names: list[str] = []
        plain = self.free(path.replace("/", "_")) if rows else ""
        main = next((k for k, row in enumerate(rows) if row.weights), 0)
        for number, row in enumerate(rows):
            name = plain if number == main else self.free(f"{plain}_{snake_case(row.kind)}", plain)
            common = {"name": name, "trainable": step.layer.trainable, "dtype": "float32"}
            config = {**common, **row.said}
            self.layers[name] = {"class_name": row.kind, "config": config, "inbound_nodes": []}
            self.arrays |= {f"{name}/{key}": array for key, array in row.weights.items()}
            names.append(name)
        return rows, names

    def free(self, name: str, *taken: str) -> str:
        """Return a name without slashes that no other layer has."""
        free, number = name, 0
        while free in self.layers or free in taken:
            number += 1
            free = f"{name}_{number}"
        return free

    def said(self, ends: list[list[Any]]) -> Said:
        """Return the topology: a Sequential, or a graph."""
        entries = list(self.layers.values())
        if self._is_row(entries, ends):
            rows = [{key: said[key] for key in ("class_name", "config")} for said in entries]
            return {"class_name": "Sequential", "config": {"name": self.model.name, "layers": rows}}
        config = {
            "name": self.model.name,
            "layers": [{**said, "name": name} for name, said in self.layers.items()],
            "input_layers": self.starts,
            "output_layers": ends,
        }
        return {"class_name": "Functional", "config": config}

    def _is_row(self, entries: list[Said], ends: list[list[Any]]) -> bool:
        """Say whether each layer is called once, and reads the one before it."""
        names = list(self.layers)
        expected: list[Any] = [[]] + [[[[name, 0, 0, {}]]] for name in names[:-1]]
        return (
            [said["inbound_nodes"] for said in entries] == expected
            and ends == [[names[-1], 0, 0]]
            and len(self.starts) == 1
        )
