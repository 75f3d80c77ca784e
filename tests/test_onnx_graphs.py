"""Graphs go to ONNX: its own evaluator gives numcnn's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import graph_file
from test_graph import GRAPHS, IMAGES, OTHERS, siamese

import numcnn
from benchmarks.travel.cases import with_weights
from numcnn import layers
from numcnn.explain.wiring import wiring
from numcnn.models import load_model
from numcnn.travel.tfjs_out import tfjs_model
from numcnn.travel.torch_source import torch_module

onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")
reference = pytest.importorskip("onnx.reference")
RNG = np.random.default_rng(3)


LAYERS = [
    layers.Conv2DTranspose(3, 4, 2, "same"),
    layers.Conv2DTranspose(3, 2, 3),
    layers.Conv2DTranspose(2, (3, 2), (1, 2), "same", output_padding=(0, 1)),
    layers.Conv2DTranspose(2, 3, dilation_rate=2, use_bias=False),
    layers.Conv2D(6, 3, padding="same", dilation_rate=2),
    layers.Conv2D(6, 3, groups=2, activation="relu"),
    layers.DepthwiseConv2D(3, 2, "same", 2),
    layers.SeparableConv2D(3, 3, activation="tanh"),
    layers.UpSampling2D((2, 3)),
    layers.UpSampling2D(2, interpolation="bilinear"),
    layers.Resizing(5, 3, "nearest"),
    layers.Resizing(4, 2, crop_to_aspect_ratio=True),
    layers.CenterCrop(4, 3),
    layers.Cropping2D(((1, 2), (0, 3))),
    layers.LayerNormalization(),
    layers.LayerNormalization(axis=[1, 3], scale=False),
    layers.GroupNormalization(-1, scale=False),
    layers.GroupNormalization(2, center=False),
    layers.Normalization(mean=1.0, variance=4.0, invert=True),
    layers.Permute((3, 1, 2)),
    layers.PReLU("he_normal"),
    layers.PReLU("he_normal", shared_axes=[1, 2]),
    layers.RandomFlip(),
    layers.RandomBrightness(0.2, value_range=(0, 1)),
    layers.RandomCrop(4, 3),
    layers.RandomCrop(9, 8),
    layers.SpatialDropout2D(0.5),
]


def answers(model: numcnn.Model, x: list[np.ndarray], folder: Path) -> list[np.ndarray]:
    """Return what ONNX's evaluator computes from the exported file."""
    model.export(folder / "model.onnx")
    onnx.checker.check_model(onnx.load(folder / "model.onnx"), full_check=True)
    session = reference.ReferenceEvaluator(str(folder / "model.onnx"))
    given = dict(zip(session.input_names, [one.astype(np.float32) for one in x], strict=True))
    return session.run(None, given)


def compare(model: numcnn.Model, x: list[np.ndarray], folder: Path) -> None:
    with numcnn.use_engine("reference"):
        expected = model.predict(x if len(x) > 1 else x[0], verbose=0)
    for theirs, ours in zip(answers(model, x, folder), as_list(expected), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=2e-6)


def comes_back(model: numcnn.Model, x: Any, folder: Path) -> numcnn.Model:
    """Read the file that `compare` wrote, and return the model, after predictions and weights."""
    back = load_model(folder / "model.onnx")
    came = {array.tobytes() for array in back.get_weights()}
    assert all(array.tobytes() in came for array in model.get_weights() if array.ndim)
    with numcnn.use_engine("reference"):
        expected, found = model.predict(x, verbose=0), back.predict(x, verbose=0)
    for ours, theirs in zip(as_list(found), as_list(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=2e-6)
    return back


def as_list(several: Any) -> list[Any]:
    return several if isinstance(several, list) else [several]


@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_a_graph_computes_the_same_in_onnx(build, tmp_path):
    model = with_weights(build())
    x = [IMAGES, OTHERS] if build is siamese else [IMAGES]
    compare(model, x, tmp_path)
    back = comes_back(model, x if build is siamese else IMAGES, tmp_path)
    assert len(back.get_weights()) == len(model.get_weights())


def test_every_layer_of_graphs_computes_the_same_in_onnx(tmp_path):
    model = graph_file.graph(numcnn)
    compare(model, [graph_file.X], tmp_path)
    comes_back(model, graph_file.X, tmp_path)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_a_layer_computes_the_same_in_onnx(layer, tmp_path):
    model = numcnn.Sequential([layers.Input((7, 6, 4)), layer, layers.Flatten(), layers.Dense(2)])
    x = RNG.normal(size=(3, 7, 6, 4))
    compare(model, [x], tmp_path)
    comes_back(model, x, tmp_path)


def test_augmentation_is_nothing_in_the_other_forms(tmp_path):
    def model(*some):
        made = [layers.Input((7, 6, 3)), *some, layers.Flatten(), layers.Dense(2)]
        return numcnn.Sequential(made, seed=0, name="model")

    augmented = model(
        layers.RandomRotation(0.1), layers.RandomZoom(0.2), layers.SpatialDropout2D(0.1)
    )
    plain = model()
    assert tfjs_model(augmented)[0]["config"] == tfjs_model(plain)[0]["config"]
    assert torch_module(augmented)[0] == torch_module(plain)[0]
    wired = wiring(augmented.layers[1])
    assert wired.rule == "copy" and not wired.same_in_training


def test_rows_of_images_meet_in_numcnns_order(tmp_path):
    x = numcnn.Input((4, 3, 2))
    row = layers.Flatten()(x)
    other = layers.Dense(24)(row)
    joined = layers.concatenate([layers.add([row, other]), layers.PReLU("he_normal")(row)])
    model = numcnn.Model(x, layers.Dense(3)(joined))
    samples = RNG.normal(size=(5, 4, 3, 2))
    compare(model, [samples], tmp_path)
    comes_back(model, samples, tmp_path)


def test_pixels_that_keras_repeats_by_tiles_are_read(tmp_path):
    helper = onnx.helper
    make = helper.make_node
    nodes = [
        make("Unsqueeze", ["x", "two"], ["rows"]),
        make("Tile", ["rows", "repeats"], ["tiled"]),
        make("Reshape", ["tiled", "tall"], ["y"]),
    ]
    arrays = {
        "two": np.array([2]),
        "repeats": np.array([1, 1, 3, 1, 1]),
        "tall": np.array([-1, 18, 5, 3]),
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, ["n", 6, 5, 3])],
        [helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    x = RNG.random((2, 6, 5, 3)).astype(np.float32)
    with numcnn.use_engine("reference"):
        y = load_model(tmp_path / "model.onnx").predict(x, verbose=0)
    assert np.array_equal(y, np.repeat(x, 3, axis=1))
