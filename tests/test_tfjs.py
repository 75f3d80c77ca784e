"""Models out to TensorFlow.js, and models that it saved read as layers.

What TensorFlow.js predicted is stored: `oracles/make_tfjs_files.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numcnn
from benchmarks.travel import cases, graphs
from benchmarks.travel.runtimes import as_list, unpacked
from numcnn import layers
from numcnn.explain import Trace
from numcnn.models import ModelFileError, load_model
from numcnn.travel.tfjs_out import tfjs_model

STORED = np.load(Path(__file__).parent / "oracles" / "tfjs_files.npz")
NAMES = sorted({"/".join(key.split("/")[:2]) for key in STORED.files})
MODELS = {**cases.alone(), **cases.random_stacks(10), **graphs.graphs()}
LACKING = {
    "ReLU from a threshold": "activation of the layer",
    "ELU": "activation of the layer",
    "Conv2D in groups": "have no groups",
    "DepthwiseConv2D dilated": "ignores a dilation",
    "Conv2DTranspose dilated": "has no dilation",
    "UpSampling2D bilinear": "without interpolation",
    "Resizing": "without interpolation",
    "GroupNormalization": "a GroupNormalization",
}


@pytest.fixture(autouse=True)
def reference() -> Iterator[None]:
    """Nothing here depends on the engine, and the reference compiles nothing."""
    with numcnn.use_engine("reference"):
        yield


def stored(name: str, letter: str) -> Any:
    """Return a stored batch or answer; a list of several."""
    keys = sorted(key for key in STORED.files if key.startswith(f"{name}/{letter}"))
    return unpacked([STORED[key] for key in keys])


def folder_of(name: str, folder: Path) -> Path:
    """Write a stored model's files, and return the path of its model.json."""
    for key in STORED.files:
        if key.startswith(f"{name}/file/"):
            (folder / key.rpartition("/")[2]).write_bytes(STORED[key].tobytes())
    return folder / "model.json"


@pytest.mark.parametrize("name", NAMES)
def test_a_model_predicts_what_tensorflow_js_predicts_with_it(name: str, tmp_path: Path) -> None:
    model = load_model(folder_of(name, tmp_path))
    found = model.predict(stored(name, "x"), verbose=0)
    for ours, theirs in zip(as_list(found), as_list(stored(name, "y")), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("ours/")])
def test_the_folder_that_tensorflow_js_was_asked_is_still_written(
    name: str, tmp_path: Path
) -> None:
    model = MODELS[name.removeprefix("ours/")]
    model.export(tmp_path / "folder", format="tfjs")
    then = json.loads(STORED[f"{name}/file/model.json"].tobytes())
    assert json.loads((tmp_path / "folder" / "model.json").read_text()) == then
    data = (tmp_path / "folder" / "weights.bin").read_bytes()
    assert data == STORED[f"{name}/file/weights.bin"].tobytes()


@pytest.mark.parametrize("name", sorted(set(MODELS) - set(LACKING)))
def test_a_model_comes_back_with_its_weights_bit_for_bit(name: str, tmp_path: Path) -> None:
    model = MODELS[name]
    model.export(tmp_path, format="tfjs")
    back = load_model(tmp_path / "model.json")
    came = {array.tobytes() for array in back.get_weights()}
    assert all(array.tobytes() in came for array in model.get_weights() if array.ndim)
    x = cases.samples(model)
    expected, found = as_list(model.predict(x, verbose=0)), as_list(back.predict(x, verbose=0))
    for y, ours in zip(expected, found, strict=True):
        np.testing.assert_allclose(ours, y, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", sorted(LACKING))
def test_what_tensorflow_js_lacks_is_refused_before_anything_is_written(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=rf"TensorFlow\.js has no form of .*{LACKING[name]}"):
        MODELS[name].export(tmp_path / "folder", format="tfjs")
    assert not (tmp_path / "folder").exists()


def test_penalties_go_along_as_the_one_class_that_is_there() -> None:
    row = [layers.Input((2,)), layers.Dense(2, kernel_regularizer="l2")]
    topology, _ = tfjs_model(numcnn.Sequential(row))
    said = topology["config"]["layers"][1]["config"]["kernel_regularizer"]
    assert said == {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.01}}


def test_a_trained_model_trains_on(tmp_path: Path) -> None:
    model = load_model(folder_of("foreign/trained", tmp_path))
    assert model.layers[5].kernel_regularizer.l2 == 0.01
    model.compile("adam", "categorical_crossentropy")
    x, y = stored("foreign/trained", "x"), np.eye(3)[np.arange(12) % 3]
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=2, verbose=0)
    assert model.evaluate(x, y, verbose=0) < before


def test_a_model_of_teachable_machine_can_be_asked_why_and_trained_on(tmp_path: Path) -> None:
    path = folder_of("foreign/graph teachable", tmp_path)
    assert json.loads((tmp_path / "metadata.json").read_text())["imageSize"] == 12
    model = load_model(path)
    assert [layer.name for layer in model.layers][-2:] == ["dense_Dense1", "dense_Dense2"]
    x = stored("foreign/graph teachable", "x")
    assert Trace(model, x[0]).why("dense_Dense2", 1).account.agrees
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.evaluate(x, np.array([0, 1, 2]), verbose=0)
    model.fit(x, np.array([0, 1, 2]), epochs=3, verbose=0)
    assert model.evaluate(x, np.array([0, 1, 2]), verbose=0) < before


def test_a_layer_that_is_called_twice_stays_one(tmp_path: Path) -> None:
    for name in ("foreign/graph twice", "ours/two inputs"):
        folder = tmp_path / name.partition("/")[0]
        folder.mkdir()
        model = load_model(folder_of(name, folder))
        assert len(model.get_weights()) == (8 if "twice" in name else 6)


def test_what_is_computed_otherwise_there_is_refused(tmp_path: Path) -> None:
    for kind, config in (
        ("DepthwiseConv2D", {"kernel_size": [2, 2], "dilation_rate": [2, 2]}),
        ("UpSampling2D", {"interpolation": "bilinear"}),
        ("Resizing", {"height": 3, "width": 3}),
    ):
        path = folder_of("foreign/trained", tmp_path)
        said = json.loads(path.read_text())
        said["modelTopology"]["config"]["layers"][2] = {"class_name": kind, "config": config}
        path.write_text(json.dumps(said))
        with pytest.raises(ModelFileError, match=r"ignores the dilation|reads other pixels"):
            load_model(path)


def changed(change: Callable[[Any], None], tmp_path: Path) -> Path:
    path = folder_of("foreign/trained", tmp_path)
    said = json.loads(path.read_text())
    change(said)
    path.write_text(json.dumps(said))
    return path


def spec(said: Any, number: int = 0) -> Any:
    return said["weightsManifest"][0]["weights"][number]


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no manifest": (lambda said: said.pop("weightsManifest"), "no weightsManifest"),
    "no topology": (lambda said: said.pop("modelTopology"), "no modelTopology"),
    "a graph of operators": (lambda said: said.update(format="graph-model"), "a graph model"),
    "a shape beyond the bytes": (lambda said: spec(said).update(shape=[10**12]), "need 4,000,0"),
    "a negative shape": (lambda said: spec(said).update(shape=[-27, -1]), "has the shape"),
    "a shard missing": (lambda said: said["weightsManifest"][0]["paths"].pop(), "need .* bytes"),
    "a shard twice": (
        lambda said: said["weightsManifest"][0]["paths"].append("group1-shard1of3.bin"),
        "is named twice",
    ),
    "a path that leads out": (
        lambda said: said["weightsManifest"][0].update(paths=["../../etc/passwd"]),
        "no file beside it",
    ),
    "a weight twice": (
        lambda said: spec(said, 1).update(name="conv2d_Conv2D1/kernel"),
        "there twice",
    ),
    "a weight of no layer": (lambda said: spec(said).update(name="x/kernel"), "no array|no layer"),
    "text for numbers": (lambda said: spec(said).update(dtype="string"), "of dtype 'string'"),
    "an unknown layer": (
        lambda said: said["modelTopology"]["config"]["layers"][4].update(class_name="Lambda"),
        "Lambda",
    ),
    "a hard sigmoid": (
        lambda said: said["modelTopology"]["config"]["layers"][0]["config"].update(
            activation="hardSigmoid"
        ),
        "slope",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_model_is_refused(what: str, tmp_path: Path) -> None:
    change, sentence = REFUSED[what]
    with pytest.raises(ModelFileError, match=sentence):
        load_model(changed(change, tmp_path))


@pytest.mark.parametrize("more", [b"\0", b"\0\0\0\0"])
def test_bytes_too_many_are_refused(more: bytes, tmp_path: Path) -> None:
    path = folder_of("foreign/trained", tmp_path)
    shard = tmp_path / "group1-shard3of3.bin"
    shard.write_bytes(shard.read_bytes() + more)
    with pytest.raises(ModelFileError, match="the weights need"):
        load_model(path)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def test_camel_case_and_a_wrapped_topology_are_read_too(tmp_path: Path) -> None:
    def change(said: Any) -> None:
        for layer in said["modelTopology"]["config"]["layers"]:
            layer["className"] = layer.pop("class_name")
            layer["config"] = {camel(key): value for key, value in layer["config"].items()}
        said["modelTopology"] = {"model_config": said["modelTopology"]}
        for each in said["weightsManifest"][0]["weights"]:
            each["name"] += "_1" if "kernel" in each["name"] else ""

    model = load_model(changed(change, tmp_path))
    y = model.predict(stored("foreign/trained", "x"), verbose=0)
    np.testing.assert_allclose(y, stored("foreign/trained", "y"), atol=1e-5)
