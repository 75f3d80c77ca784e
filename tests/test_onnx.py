"""Models out to ONNX, and ONNX files of PyTorch, Keras and ONNX itself read as layers.

What onnxruntime, OpenVINO, PyTorch and Keras answered is stored: `oracles/make_onnx_files.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numcnn
from benchmarks.travel import cases
from numcnn import layers
from numcnn.explain import Trace
from numcnn.models import ModelFileError, load_model

onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")
STORED = np.load(Path(__file__).parent / "oracles" / "onnx_files.npz")
NAMES = sorted({key.rpartition("/")[0] for key in STORED.files})
ALONE, STACKS = cases.alone(), cases.random_stacks(10)
MODELS = {**ALONE, **STACKS}


@pytest.fixture(autouse=True)
def reference() -> Iterator[None]:
    """Nothing here depends on the engine, and the reference compiles nothing."""
    with numcnn.use_engine("reference"):
        yield


def of(kind: str) -> list[str]:
    return [name for name in NAMES if name.startswith(f"{kind}/")]


def as_list(several: Any) -> list[Any]:
    return several if isinstance(several, list) else [several]


def file_of(name: str, folder: Path) -> Path:
    """Write a stored file, and the one beside it that it may need."""
    path = folder / f"{name.rpartition('/')[2]}.onnx"
    path.write_bytes(STORED[f"{name}/file"].tobytes())
    if f"{name}/beside" in STORED.files:
        path.with_name(path.name + ".data").write_bytes(STORED[f"{name}/beside"].tobytes())
    return path


def stored(name: str) -> tuple[Any, Any]:
    """Return x and y of a stored file: arrays, or lists of them."""
    keys = sorted(key for key in STORED.files if key.rpartition("/")[0] == name)
    found = [[STORED[k] for k in keys if k.rpartition("/")[2][0] == letter] for letter in "xy"]
    return tuple(several if len(several) > 1 else several[0] for several in found)


@pytest.mark.parametrize("name", of("foreign"))
def test_a_file_of_another_library_predicts_the_same_and_trains_on(
    name: str, tmp_path: Path
) -> None:
    model = load_model(file_of(name, tmp_path))
    x, y = stored(name)
    found = model.predict(x, verbose=0)
    for ours, theirs in zip(as_list(found), as_list(y), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    model.compile("sgd", "mse")
    goal = [0.5 * one for one in y] if isinstance(y, list) else 0.5 * y
    before = model.train_on_batch(x, goal, return_dict=True)["loss"]
    assert model.train_on_batch(x, goal, return_dict=True)["loss"] < before


@pytest.mark.parametrize("name", of("node"))
def test_a_case_of_onnx_itself_is_read_rightly(name: str, tmp_path: Path) -> None:
    model = load_model(file_of(name, tmp_path))
    x, y = stored(name)
    np.testing.assert_allclose(model.predict(x, verbose=0), y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", of("ours"))
def test_the_file_that_runtimes_were_asked_is_still_written(name: str, tmp_path: Path) -> None:
    model = MODELS[name.removeprefix("ours/")]
    y = model.predict(cases.samples(model), verbose=0)
    np.testing.assert_allclose(y, STORED[f"{name}/y"], rtol=1e-5, atol=1e-5)
    model.export(tmp_path / "now.onnx")
    then, now = (onnx.load(path).graph for path in (file_of(name, tmp_path), tmp_path / "now.onnx"))
    assert list(now.node) == list(then.node)
    assert list(now.input) == list(then.input)
    assert list(now.output) == list(then.output)
    for ours, theirs in zip(now.initializer, then.initializer, strict=True):
        arrays = onnx.numpy_helper.to_array(ours), onnx.numpy_helper.to_array(theirs)
        np.testing.assert_allclose(*arrays, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_with_its_weights_bit_for_bit(name: str, tmp_path: Path) -> None:
    model, path = MODELS[name], tmp_path / "model.onnx"
    model.export(path)
    back = load_model(path)
    came = {array.tobytes() for array in back.get_weights()}
    assert all(array.tobytes() in came for array in model.get_weights() if array.ndim)
    x = cases.samples(model)
    y = model.predict(x, verbose=0)
    np.testing.assert_allclose(back.predict(x, verbose=0), y, rtol=1e-6, atol=1e-6)


def test_keras_way_of_writing_it_does_the_same(tmp_path: Path) -> None:
    model = MODELS["stack 1"]
    model.export(tmp_path / "a.onnx")
    model.export(tmp_path / "b.onnx", format="onnx", verbose=False)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_a_number_of_a_pytorch_model_can_be_asked_why(tmp_path: Path) -> None:
    model = load_model(file_of("foreign/torch_dynamo_lenet", tmp_path))
    x = STORED["foreign/torch_dynamo_lenet/x"][0]
    why = Trace(model, x).why(1, (2, 3, 1))
    assert why.account.agrees
    assert len(why.account.terms) == 25


def test_a_sum_in_a_residual_network_of_pytorch_can_be_asked_why(tmp_path: Path) -> None:
    model = load_model(file_of("foreign/torch_dynamo_residual", tmp_path))
    trace = Trace(model, STORED["foreign/torch_dynamo_residual/x"][0])
    names = [layer.name for layer in model.layers]
    place = next(k for k, name in enumerate(names) if name.startswith("add"))
    why = trace.why(names[place], (2, 3, 1))
    assert why.account.agrees
    assert len(why.account.terms) == 2


def test_a_layer_that_the_file_calls_twice_has_its_weights_once(tmp_path: Path) -> None:
    model = load_model(file_of("foreign/torch_script_siamese", tmp_path))
    assert sum(array.ndim > 1 for array in model.get_weights()) == 3
    assert [shape[1:] for shape in model.input_shape] == [(6, 6, 1), (6, 6, 1)]
    assert model.input_names == ["x0", "x1"]


def test_layers_have_the_names_of_their_weights(tmp_path: Path) -> None:
    model = load_model(file_of("foreign/torch_script_view", tmp_path))
    assert [layer.name for layer in model.layers][::3] == ["conv1", "fc"]


class Own(layers.Layer):
    """A layer that no other library has."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return x


def test_a_layer_of_ones_own_is_not_written(tmp_path: Path) -> None:
    model = numcnn.Sequential([layers.Input((2,)), layers.Dense(2), Own(name="mine")])
    with pytest.raises(ValueError, match='ONNX has no form of the layer "mine", an Own'):
        model.export(tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


def test_an_unbuilt_model_and_an_unknown_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"export: model .* has no weights yet"):
        numcnn.Sequential([layers.Dense(2)]).export(tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="format"):
        MODELS["stack 1"].export(tmp_path / "folder", format="tf_saved_model")


# --- what can't be read --------------------------------------------------------------------------


def one_node(operator: str, inputs: Any = ("x",), shape: Any = (2, 6, 6), **said: Any) -> Any:
    """Return a file with one node, of which all inputs but x are constants."""
    arrays = {name: array for name, array in inputs if name} if inputs != ("x",) else {}
    helper = onnx.helper
    names = ["x", *arrays]
    node = helper.make_node(operator, names, ["y"], name="the node", **said)
    entry = helper.make_tensor_value_info("x", 1, ["n", *shape])
    result = helper.make_tensor_value_info("y", 1, None)
    constants = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph([node], "g", [entry], [result], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


KERNEL = np.ones((3, 2, 2, 2), np.float32)
REFUSED = {
    "an operator": (one_node("Det"), r'node "the node" \(Det\): numcnn has no layer for it'),
    "a kernel for other channels": (
        one_node("Conv", [("w", np.ones((3, 4, 2, 2), np.float32))]),
        "is for 4 channels, and the image has 2",
    ),
    "a bias of another size": (
        one_node("Conv", [("w", KERNEL), ("b", np.ones(2, np.float32))]),
        r"its bias has the shape \(2,\)",
    ),
    "a contradiction of the window": (
        one_node("Conv", [("w", KERNEL)], kernel_shape=[3, 3]),
        "contradicts its kernel_shape",
    ),
    "a contradiction of the padding": (
        one_node("Conv", [("w", KERNEL)], auto_pad="SAME_UPPER", pads=[1, 1, 1, 1]),
        "both pads and auto_pad",
    ),
    "negative padding": (one_node("Conv", [("w", KERNEL)], pads=[0, -1, 0, 0]), "numbers from 0"),
    "windows over the edge": (
        one_node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        "ceil_mode makes windows",
    ),
    "training": (
        one_node(
            "BatchNormalization",
            [(name, np.ones(2, np.float32)) for name in "abcd"],
            training_mode=1,
        ),
        "the mode that of prediction|that of prediction",
    ),
    "a softmax over samples": (one_node("Softmax", axis=0), "its axis 0 is the batch"),
    "a batch that moves": (one_node("Transpose", perm=[1, 0, 2, 3]), "it moves the batch"),
    "shapes that differ": (
        one_node("Reshape", [("s", np.array([0, 7]))]),
        r"samples of \(2, 6, 6\) don't become \[0, 7\]",
    ),
}


def two_results(operator: str, **said: Any) -> Any:
    """Return a file in which a node reads the input and its pooled pixels."""
    model = one_node(operator, **said)
    node = model.graph.node[0]
    node.input.append("row")
    pooled = onnx.helper.make_node("GlobalAveragePool", ["x"], ["image"])
    flat = onnx.helper.make_node("Flatten", ["image"], ["row"])
    del model.graph.node[:]
    model.graph.node.extend([pooled, flat, node])
    return model


REFUSED |= {
    "an image and a row": (two_results("Add"), r'node "the node" \(Add\): .*numbers of axes'),
    "a product of two results": (two_results("MatMul"), r"\(MatMul\): it reads two results"),
    "a batch that grows": (two_results("Concat", axis=0), r"\(Concat\): its axis 0 must be"),
    "strides and dilation": (
        one_node("Conv", [("w", KERNEL)], strides=[2, 2], dilations=[2, 2]),
        r'"the node" \(Conv\): .*not both larger than 1',
    ),
    "cubic pixels": (
        one_node(
            "Resize", [("r", np.ones(0, np.float32)), ("s", np.float32([1, 1, 2, 2]))], mode="cubic"
        ),
        "has nearest and bilinear",
    ),
    "corners that are kept": (
        one_node(
            "Resize",
            [("r", np.ones(0, np.float32)), ("s", np.float32([1, 1, 2, 2]))],
            mode="linear",
            coordinate_transformation_mode="align_corners",
        ),
        "has nearest and bilinear",
    ),
    "an image of 10⁹ columns": (
        one_node("Resize", [("r", np.ones(0, np.float32)), ("s", np.float32([1, 1, 1, 1e9]))]),
        "it changes the pixels' rows only",
    ),
    "a result beyond all memory": (
        one_node("Pad", [("p", np.array([0, 0, 10**5, 10**5, 0, 0, 0, 0]))]),
        "has more than 100,000,000 numbers",
    ),
    "channels cut off": (
        one_node("Slice", [("a", np.array([0])), ("b", np.array([1])), ("c", np.array([1]))]),
        "only the rows and columns",
    ),
    "a transposed convolution in groups": (
        one_node("ConvTranspose", [("w", np.ones((2, 3, 2, 2), np.float32))], group=2),
        "it has groups",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_name_of_the_node(
    what: str, tmp_path: Path
) -> None:
    model, sentence = REFUSED[what]
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=sentence):
        load_model(path)


def test_an_array_is_as_large_as_its_shape_says(tmp_path: Path) -> None:
    model = one_node("Conv", [("w", KERNEL)])
    model.graph.initializer[0].dims[0] = 10**12
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match="has 96 bytes, and needs 32,000,000,000,000"):
        load_model(path)


@pytest.mark.parametrize("location", ["../a.bin", "/etc/passwd", "..", "b/c", "link"])
def test_no_file_is_read_but_one_beside_it(location: str, tmp_path: Path) -> None:
    model = one_node("Conv", [("w", KERNEL)])
    (tmp_path / "a.bin").write_bytes(bytes(96))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link").symlink_to(tmp_path / "a.bin")
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    (inner / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match="beside it"):
        load_model(inner / "model.onnx")


def test_constants_may_not_grow_beyond_the_file(tmp_path: Path) -> None:
    helper = onnx.helper
    nodes = [helper.make_node("Concat", [f"c{n}"] * 2, [f"c{n + 1}"], axis=0) for n in range(60)]
    nodes.append(helper.make_node("Add", ["x", "c60"], ["y"]))
    model = one_node("Relu")
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(9, np.float32), "c0"))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match="the constants grow beyond the file"):
        load_model(path)
