"""Damaged and crafted files of other libraries: refused with one exception type, or read as said.

    python -m benchmarks.reliability.damaged_travellers [--files 5000] [--seed 0]

ONNX files and TensorFlow.js folders have no checksum, so a changed number of a weight loads as what
it says.  Everything else is either refused with a `ModelFileError` or leaves a model that predicts
in the time of a small file.  Harmless, and all of our own making.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.crafted import small_model
from benchmarks.reliability.damaged_files import damaged_bytes
from numcnn.models import ModelFileError, load_model

SLOW = 5.0
"""Seconds within which a file of some kilobytes is refused or read, on a crowded machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    good = True
    np.seterr(all="ignore")  # damaged weights overflow, as they should
    with numcnn.use_engine("reference"), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("model.onnx", "model.json", "weights.bin"):
            good &= report(file, damaged(folder, file, given.files, given.seed))
        good &= report("crafted", crafted(folder))
    if not good:
        raise SystemExit("not all are good")


def report(what: str, outcomes: collections.Counter[str]) -> bool:
    listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{what}: {sum(outcomes.values())} files ({listed})")
    return not any(outcome.startswith("BAD") for outcome in outcomes)


def written(folder: Path) -> dict[str, bytes]:
    """Write a small model in both forms, and return the bytes of the files."""
    model = small_model()
    model.export(folder / "model.onnx")
    model.export(folder, format="tfjs")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def damaged(folder: Path, file: str, number: int, seed: int) -> collections.Counter[str]:
    whole = written(folder)
    outcomes: collections.Counter[str] = collections.Counter()
    for index in range(number):
        chance = random.Random(f"{seed} {file} {index}")
        (folder / file).write_bytes(damaged_bytes(whole[file], chance))
        outcomes[outcome_of(folder / (file if file.endswith(".onnx") else "model.json"))] += 1
    (folder / file).write_bytes(whole[file])
    return outcomes


def outcome_of(path: Path) -> str:
    """Load a file, and say what came of it."""
    begun = time.perf_counter()
    try:
        model = load_model(path)
        model.predict(np.zeros((1, *model.input_shape[1:]), np.float32), verbose=0)
        said = "read"
    except ModelFileError:
        said = "refused"
    except BaseException as error:  # any other exception is what is looked for
        return f"BAD {type(error).__name__}: {str(error)[:80]}"
    seconds = time.perf_counter() - begun
    return said if seconds < SLOW else f"BAD {said} after {seconds:.1f} s"


# --- crafted -------------------------------------------------------------------------------------


def onnx_file(change: Callable[[Any, Any], Any]) -> Callable[[Path], Path]:
    """Return what writes an ONNX file whose content has been changed."""

    def make(folder: Path) -> Path:
        import onnx

        model = onnx.ModelProto.FromString(written(folder)["model.onnx"])
        change(onnx, model.graph)
        path = folder / "crafted.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return make


def tfjs_file(change: Callable[[Any], Any]) -> Callable[[Path], Path]:
    """Return what writes a model.json whose content has been changed."""

    def make(folder: Path) -> Path:
        said = json.loads(written(folder)["model.json"])
        change(said)
        (folder / "crafted.json").write_text(json.dumps(said))
        return folder / "crafted.json"

    return make


def raw(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def external(location: str) -> Callable[[Any, Any], None]:
    def change(onnx: Any, graph: Any) -> None:
        tensor = graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    return change


def doubling(onnx: Any, graph: Any) -> None:
    nodes = [
        onnx.helper.make_node("Concat", [f"c{n}"] * 2, [f"c{n + 1}"], axis=0) for n in range(60)
    ]
    graph.initializer.append(onnx.numpy_helper.from_array(np.ones(9, np.float32), "c0"))
    nodes.append(onnx.helper.make_node("Add", ["input", "c60"], ["sum"]))
    graph.node.extend(nodes)
    graph.output[0].name = "sum"


def filled(onnx: Any, graph: Any) -> None:
    shape = onnx.numpy_helper.from_array(np.array([10**6, 10**6]), "huge")
    graph.initializer.append(shape)
    graph.node.append(onnx.helper.make_node("ConstantOfShape", ["huge"], ["filled"]))
    graph.node.append(onnx.helper.make_node("Add", ["input", "filled"], ["sum"]))
    graph.output[0].name = "sum"


def circle(onnx: Any, graph: Any) -> None:
    graph.node[0].input[0] = graph.node[-1].output[0]


def many_nodes(onnx: Any, graph: Any) -> None:
    node = onnx.helper.make_node("Relu", ["input"], ["y"])
    graph.node.extend([node] * 30_000)


def long_row(onnx: Any, graph: Any) -> None:
    nodes = [onnx.helper.make_node("Relu", [f"r{n}"], [f"r{n + 1}"]) for n in range(10_000)]
    nodes[0].input[0] = "input"
    graph.node.extend(nodes)
    graph.output[0].name = "r10000"


def first_shape(said: Any, shape: Any) -> None:
    said["weightsManifest"][0]["weights"][0]["shape"] = shape


CRAFTED: dict[str, Callable[[Path], Path]] = {
    "10¹² numbers": onnx_file(lambda onnx, graph: graph.initializer[0].dims.append(10**12)),
    "a negative length": onnx_file(lambda onnx, graph: graph.initializer[0].dims.append(-1)),
    "an array twice": onnx_file(lambda onnx, graph: graph.initializer.append(graph.initializer[0])),
    "an image of 10¹⁸ pixels": onnx_file(
        lambda onnx, graph: setattr(
            graph.input[0].type.tensor_type.shape.dim[1], "dim_value", 10**18
        )
    ),
    "a file elsewhere": onnx_file(external("/etc/passwd")),
    "a file above": onnx_file(external("../a")),
    "the folder itself": onnx_file(external(".")),
    "constants that double": onnx_file(doubling),
    "a constant of 10¹² numbers": onnx_file(filled),
    "a circle": onnx_file(circle),
    "30,000 nodes": onnx_file(many_nodes),
    "10,000 layers": onnx_file(long_row),
    "an operator of its own": onnx_file(
        lambda onnx, graph: setattr(graph.node[1], "domain", "com.example")
    ),
    "no bytes": raw("crafted.onnx", b""),
    "a JSON nested 100,000 deep": raw("crafted.json", b'{"a":' * 100_000),
    "no JSON": raw("crafted.json", b"\xff\xfe"),
    "weights elsewhere": tfjs_file(
        lambda said: said["weightsManifest"][0].update(paths=["../weights.bin"])
    ),
    "weights of 10¹² numbers": tfjs_file(lambda said: first_shape(said, [10**12])),
    "a shape that is a text": tfjs_file(lambda said: first_shape(said, "3x3")),
    "the same shard often": tfjs_file(
        lambda said: said["weightsManifest"][0].update(paths=["weights.bin"] * 1000)
    ),
    "a Lambda": tfjs_file(
        lambda said: said["modelTopology"]["config"]["layers"][2].update(class_name="Lambda")
    ),
    "10⁹ units": tfjs_file(
        lambda said: said["modelTopology"]["config"]["layers"][3]["config"].update(units=10**9)
    ),
}


def crafted(folder: Path) -> collections.Counter[str]:
    outcomes: collections.Counter[str] = collections.Counter()
    for name, make in CRAFTED.items():
        outcome = outcome_of(make(folder))
        outcomes[outcome if outcome == "refused" else f"BAD {name}: {outcome}"] += 1
    return outcomes


if __name__ == "__main__":
    main()
