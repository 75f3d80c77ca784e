"""Crafted files of ONNX and TensorFlow.js, for `benchmarks.reliability.damaged_travellers`.

Each asks for more than a small file may: memory, time, files elsewhere, circles.  All must be
refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.crafted import small_model
from numcnn import layers


def written(folder: Path, model: Any) -> dict[str, bytes]:
    """Write a model in all forms, and return the bytes of the files."""
    model.export(folder / "model.onnx")
    model.export(folder, format="tfjs")
    model.export(folder / "model.py", format="torch")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def graph_model() -> Any:
    """Return a graph: two inputs, a layer that is called twice, a sum, a row beside an image."""
    a, b = numcnn.Input((6, 6, 1), name="left"), numcnn.Input((6, 6, 1), name="right")
    conv = layers.Conv2D(2, 3, activation="relu")
    both = layers.add([conv(a), conv(b)])
    each = layers.DepthwiseConv2D(2)(layers.concatenate([both, conv(a)]))
    row = layers.Flatten()(layers.BatchNormalization()(each))
    return numcnn.Model([a, b], [layers.Dense(3, activation="softmax")(row), layers.Dense(1)(row)])


def onnx_file(
    change: Callable[[Any, Any], Any], make_model: Callable[[], Any] = small_model
) -> Callable[[Path], Path]:
    """Return what writes an ONNX file whose content has been changed."""

    def make(folder: Path) -> Path:
        import onnx

        model = onnx.ModelProto.FromString(written(folder, make_model())["model.onnx"])
        change(onnx, model.graph)
        path = folder / "crafted.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return make


def tfjs_file(
    change: Callable[[Any], Any], make_model: Callable[[], Any] = small_model
) -> Callable[[Path], Path]:
    """Return what writes a model.json whose content has been changed."""

    def make(folder: Path) -> Path:
        said = json.loads(written(folder, make_model())["model.json"])
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


def nodes_of(said: Any, kind: str) -> Any:
    """Return what the calls of the first layer of a class read, in a TensorFlow.js graph."""
    rows = said["modelTopology"]["config"]["layers"]
    return next(row["inbound_nodes"] for row in rows if row["class_name"] == kind)


def nested(depth: int) -> Callable[[Any], None]:
    """Return what puts a model into a model, many times; each calls the inner one twice."""

    def change(said: Any) -> None:
        shape = {"batch_input_shape": [None, 6, 6, 1], "name": "x"}
        inner: Any = {"class_name": "ReLU", "config": {"name": "last"}}
        for number in range(depth):
            name = inner["config"]["name"]
            config = {
                "name": f"m{number}",
                "layers": [
                    {"class_name": "InputLayer", "config": shape, "name": "x", "inbound_nodes": []},
                    {**inner, "name": name, "inbound_nodes": [[["x", 0, 0]], [[name, 0, 0]]]},
                ],
                "input_layers": [["x", 0, 0]],
                "output_layers": [[name, 1, 0]],
            }
            inner = {"class_name": "Functional", "config": config}
        said["modelTopology"] = inner
        said["weightsManifest"] = [{"paths": ["weights.bin"], "weights": []}]

    return change


def doubled_sums(onnx: Any, graph: Any) -> None:
    """Each sum is concatenated with itself: 2⁴⁰ channels."""
    make = onnx.helper.make_node
    nodes = [make("Concat", [f"v{n}", f"v{n}"], [f"v{n + 1}"], axis=1) for n in range(40)]
    nodes[0].input[:] = ["left", "left"]
    graph.node.extend([*nodes, make("Flatten", ["v40"], ["row"])])
    graph.output[0].name = "row"


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
    "2⁴⁰ channels": onnx_file(doubled_sums, graph_model),
    "an output twice": onnx_file(
        lambda onnx, graph: graph.node.insert(1, graph.node[0]),
        graph_model,
    ),
    "a sum over the batch": onnx_file(
        lambda onnx, graph: [
            node.attribute[0].__setattr__("i", 0) for node in graph.node if node.op_type == "Concat"
        ],
        graph_model,
    ),
    "no input": onnx_file(lambda onnx, graph: graph.ClearField("input"), graph_model),
    "an output that nothing makes": onnx_file(
        lambda onnx, graph: setattr(graph.output[1], "name", "nothing"), graph_model
    ),
    "a circle of calls": tfjs_file(
        lambda said: nodes_of(said, "Conv2D").__setitem__(0, [["add", 0, 0, {}]]), graph_model
    ),
    "a call of what is not there": tfjs_file(
        lambda said: nodes_of(said, "Add").__setitem__(0, [["nobody", 0, 0, {}]]), graph_model
    ),
    "the 10⁹th call": tfjs_file(
        lambda said: nodes_of(said, "Add")[0][0].__setitem__(1, 10**9), graph_model
    ),
    "an input that is no layer": tfjs_file(
        lambda said: said["modelTopology"]["config"].update(input_layers=[["x", 0, 0]]), graph_model
    ),
    "no outputs": tfjs_file(
        lambda said: said["modelTopology"]["config"].update(output_layers=[]), graph_model
    ),
    "15 models in one another, each called twice": tfjs_file(nested(15)),
    "60 models in one another": tfjs_file(nested(60)),
    "a kernel of a result": onnx_file(
        lambda onnx, graph: graph.node[1].input.__setitem__(1, graph.node[0].output[0])
    ),
    "strides of 10¹⁵": onnx_file(
        lambda onnx, graph: (
            [
                said.ints.__setitem__(0, 10**15)
                for said in graph.node[1].attribute
                if said.name == "strides"
            ]
            and graph.node[1].attribute.add(name="kernel_shape", type=7, ints=[9, 9])
        )
    ),
    "padding of 10⁹ pixels": onnx_file(
        lambda onnx, graph: [
            said.ints.__setitem__(0, 10**9)
            for said in graph.node[1].attribute
            if said.name == "pads"
        ]
    ),
    "an attribute that is a graph": onnx_file(
        lambda onnx, graph: graph.node[1].attribute.add(name="body", type=5, g=graph)
    ),
    "weights without a name": tfjs_file(
        lambda said: said["weightsManifest"][0]["weights"][0].pop("name")
    ),
    "a kernel that is a text": tfjs_file(
        lambda said: said["modelTopology"]["config"]["layers"][1]["config"].update(filters="2")
    ),
    "an image of 10¹⁸ pixels there": tfjs_file(
        lambda said: said["modelTopology"]["config"]["layers"][0]["config"].update(
            batch_input_shape=[None, 10**9, 10**9, 1]
        )
    ),
    "half a number": tfjs_file(lambda said: first_shape(said, [3, 3, 1, 2.5])),
    "a topology that is a list": tfjs_file(lambda said: said.update(modelTopology=[1, 2])),
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
