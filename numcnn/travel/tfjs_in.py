"""A model of TensorFlow.js: ``model.json`` and the bytes beside it, as layers.

TensorFlow.js itself gives a model without a manifest random weights, and does not mind bytes that
are too many.  Here the manifest must be there, every byte must be used, and weights belong to the
layer whose name they have.
"""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path
from typing import Any

from numcnn.saving.architecture import DEEPEST
from numcnn.saving.connections import MOST_CALLS
from numcnn.saving.container import strict_json
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.parts import Parts
from numcnn.travel.tfjs_config import arguments, ours, taken
from numcnn.travel.tfjs_weights import Arrays, arrays_of

Place = tuple[str, int, int]
"""A result in a graph: the layer, the number of its call, and the number of its output."""


def load_tfjs(path: Path) -> Any:
    """Return the model of a ``model.json``: a `Sequential`, or a `Model`; it is not compiled.

    Raises
    ------
    ModelFileError
        If it is damaged, or holds what numcnn does not have.
    OSError
        If it can't be read.
    """
    data = path.read_bytes()
    with refusing(path, "it is damaged, or no layers model of TensorFlow.js", RecursionError):
        said = strict_json(data)
        if not isinstance(said, dict) or "modelTopology" not in said:
            raise ModelFileError("it has no modelTopology, so it is no model of TensorFlow.js.")
        if said.get("format") == "graph-model":
            raise ModelFileError(
                "it is a graph model, of operators and not of layers: numcnn reads layers models."
            )
        if not said.get("weightsManifest"):
            raise ModelFileError("it has no weightsManifest, and so no weights.")
        arrays = arrays_of(said["weightsManifest"], path.parent)
        topology = said["modelTopology"]
        topology = topology.get("model_config", topology.get("modelConfig", topology))
        if isinstance(topology, str):
            topology = strict_json(topology)
        reading = _Reading(arrays)
        ends = reading.member(topology)(None)
        left = [f"{layer}/{name}" for layer, found in arrays.items() for name in found]
        if left:
            raise ModelFileError(f"no layer takes the weights {left[:5]}.")
        return reading.parts.model(reading.starts, ends)


class _Reading:
    """What has been read so far."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays, self.parts = arrays, Parts()
        self.starts: list[int] = []
        self.calls = 0

    def start(self, shape: Any, name: str) -> int:
        """Begin with an input."""
        if not shape or any(type(axis) is not int or axis < 1 for axis in shape[1:]):
            raise ModelFileError(f"its first layer must state the shape of a sample: {shape}.")
        self.starts.append(self.parts.start(tuple(shape[1:]), name))
        return self.starts[-1]

    def member(self, said: Any, depth: int = 0) -> _Member:
        """Return a layer or a model, to be called."""
        if depth > DEEPEST:
            raise ModelFileError(f"models inside of models go at most {DEEPEST} deep.")
        kind = said.get("class_name", said.get("className"))
        if kind == "Sequential":
            return _Row(self, said, depth)
        if kind in ("Model", "Functional"):
            return _Graph(self, said, depth)
        return _Layer(self, said)

    def count(self) -> None:
        """Count a call of a layer or a model."""
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise ModelFileError(f"more than {MOST_CALLS:,} calls of layers.")


class _Member:
    """A layer or a model.

    A call takes the parts that it reads, or None to begin, and returns a list with its own.
    """

    shape: Any = None

    def __call__(self, inputs: tuple[int, ...] | None) -> list[int]:
        raise NotImplementedError


class _Layer(_Member):
    """A layer."""

    def __init__(self, reading: _Reading, said: Any) -> None:
        self.reading = reading
        self.class_name = said.get("class_name", said.get("className"))
        self.config = dict(arguments(said["config"]))
        self.name = str(self.config.pop("name", said.get("name", "")))
        shapes = [self.config.pop(key, None) for key in ("batch_input_shape", "batch_shape")]
        self.shape = next((shape for shape in shapes if shape), None)
        self.number: int | None = None

    def __call__(self, inputs: tuple[int, ...] | None) -> list[int]:
        self.reading.count()
        if inputs is None:
            inputs = (self.reading.start(self.shape, "input_layer"),)
        if self.class_name == "InputLayer":
            return list(inputs)
        parts = self.reading.parts
        if self.number is not None:
            return [parts.again(self.number, inputs)]
        weights = taken(self.reading.arrays, self.name)
        kind, config = ours(self.class_name, self.config)
        self.number = parts.add(kind, config, inputs, weights, self.name)
        return [self.number]


class _Row(_Member):
    """A Sequential."""

    def __init__(self, reading: _Reading, said: Any, depth: int) -> None:
        config = said["config"]
        rows = config if isinstance(config, list) else config["layers"]  # Keras 2.1 wrote a list
        self.reading = reading
        self.members = [reading.member(one, depth + 1) for one in rows]

    def __call__(self, inputs: tuple[int, ...] | None) -> list[int]:
        self.reading.count()
        for member in self.members:
            inputs = tuple(member(inputs))
        return list(inputs or ())


class _Graph(_Member):
    """A Functional, or Model: its layers are called when what they read is there."""

    def __init__(self, reading: _Reading, said: Any, depth: int) -> None:
        config = said["config"]
        self.reading = reading
        self.members: dict[str, _Member] = {}
        self.nodes: list[tuple[str, int, list[Place]]] = []
        for one in config["layers"]:
            name = str(one.get("name", one["config"].get("name")))
            self.members[name] = reading.member(one, depth + 1)
            nodes = one.get("inbound_nodes", one.get("inboundNodes")) or []
            self.nodes += [(name, k, _places(node)) for k, node in enumerate(nodes)]
        self.starts = _ends(config.get("input_layers", config.get("inputLayers")))
        self.stops = _ends(config.get("output_layers", config.get("outputLayers")))
        self._count_calls()

    def _count_calls(self) -> None:
        """Number the calls of inner models as they are read: their making counts as call 0."""
        made = Counter(name for name, _, _ in self.nodes)
        read = [place for _, _, places in self.nodes for place in places] + self.stops
        late = {
            name
            for name, call, _ in read
            if call == made[name] and not isinstance(self.members.get(name), _Layer)
        }
        self.nodes = [(name, k + (name in late), places) for name, k, places in self.nodes]

    def __call__(self, inputs: tuple[int, ...] | None) -> list[int]:
        self.reading.count()
        if inputs is None:
            inputs = tuple(
                self.reading.start(
                    self.members[name].shape, name if len(self.starts) > 1 else "input_layer"
                )
                for name, _, _ in self.starts
            )
        results = dict(zip(self.starts, inputs, strict=True))
        readers: dict[Place, list[int]] = {}
        missing = []
        for number, (_, _, places) in enumerate(self.nodes):
            lacking = {place for place in places if place not in results}
            missing.append(len(lacking))
            for place in lacking:
                readers.setdefault(place, []).append(number)
        ready = deque(number for number, count in enumerate(missing) if not count)
        while ready:
            name, call, places = self.nodes[ready.popleft()]
            made = self.members[name](tuple(results[place] for place in places))
            for index, part in enumerate(made):
                place = (name, call, index)
                results[place] = part
                for reader in readers.get(place, []):
                    missing[reader] -= 1
                    if not missing[reader]:
                        ready.append(reader)
        lost = [place for place in self.stops if place not in results]
        if lost:
            raise ModelFileError(f"nothing makes the output {lost[0]}.")
        return [results[place] for place in self.stops]


def _places(node: Any) -> list[Place]:
    """Return what a call reads: ``[[name, call, output, {options}], …]``."""
    for row in node:
        options = row[3] if len(row) > 3 else {}
        if any(value is not None for key, value in options.items() if key != "training"):
            raise ModelFileError(f"a layer is called with {options}, which numcnn has not.")
    return [_place(row) for row in node]


def _place(row: Any) -> Place:
    name, call, index = row[:3]
    return str(name), int(call), int(index)


def _ends(rows: Any) -> list[Place]:
    """Return the places of inputs or outputs; a single one may stand alone."""
    return [_place(row) for row in ([rows] if isinstance(rows[0], str) else rows)]
