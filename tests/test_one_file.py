"""The network in one file computes what numcnn computes, number by number, and learns."""

import ast
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.losses import SparseCategoricalCrossentropy

FILE = Path(__file__).parent.parent / "examples" / "one_file.py"
SAME = {"rtol": 1e-12, "atol": 1e-12}


@pytest.fixture(scope="module")
def one_file():
    return SimpleNamespace(**runpy.run_path(str(FILE)))


@pytest.fixture
def network(one_file):
    """Its network with weights in float64, biases that are not zero among them."""
    random = np.random.default_rng(1)
    network = one_file.build_network(random)
    for layer in with_weights(network):
        layer.kernel = layer.kernel.astype(np.float64)
        layer.bias = random.normal(0, 0.1, len(layer.bias))
    return network


@pytest.fixture
def model(network):
    """The same network as a model of numcnn, with the same weights."""
    model = numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            *(layers.Conv2D(8, 5), layers.ReLU(), layers.MaxPooling2D(2)),
            *(layers.Conv2D(16, 5), layers.ReLU(), layers.MaxPooling2D(2)),
            *(layers.Flatten(), layers.Dense(10)),
        ],
        dtype="float64",
    )
    model.set_weights(weights(network))
    model.compile("adam", SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.fixture
def batch():
    random = np.random.default_rng(2)
    return random.random((20, 28, 28, 1)), random.integers(0, 10, 20)


def with_weights(network):
    return [layer for layer in network if hasattr(layer, "kernel")]


def weights(network):
    return [w for layer in with_weights(network) for w in (layer.kernel, layer.bias)]


def gradients(network):
    return [g for layer in with_weights(network) for g in (layer.dkernel, layer.dbias)]


def shapes(arrays):
    return [np.shape(array) for array in arrays]


@pytest.mark.large
def test_every_output_and_every_gradient_is_numcnn_s(engine, one_file, network, model, batch):
    x, labels = batch
    ours = theirs = x
    outputs = iter(model.layers)
    for layer in network:
        ours = layer.forward(ours)
        if isinstance(layer, one_file.Dense):
            theirs = next(outputs).forward(theirs, training=True)  # numcnn's Flatten
        theirs = next(outputs).forward(theirs, training=True)
        np.testing.assert_allclose(ours, theirs, **SAME)

    loss, dlogits = one_file.softmax_cross_entropy(ours, labels)
    criterion = SparseCategoricalCrossentropy(from_logits=True)
    losses, cache = criterion.forward(labels, theirs)
    np.testing.assert_allclose(loss, losses.mean(), **SAME)
    dy = criterion.backward(np.full(20, 1 / 20), cache)
    np.testing.assert_allclose(dlogits, dy, **SAME)

    dx = one_file.backward(network, dlogits)
    for layer in reversed(model.layers):
        dy = layer.backward(dy)
    assert dx.shape == x.shape and dx.any()
    np.testing.assert_allclose(dx, dy, **SAME)
    found = [parameter.grad for parameter in model.parameters]
    assert shapes(gradients(network)) == shapes(found) == shapes(weights(network))
    for ours, theirs in zip(gradients(network), found, strict=True):
        np.testing.assert_allclose(ours, theirs, **SAME)


@pytest.mark.large
def test_after_ten_adam_steps_the_weights_are_numcnn_s(engine, one_file, network, model, batch):
    x, labels = batch
    before = [w.copy() for w in weights(network)]
    adam = one_file.Adam(weights(network))
    for step in range(10):
        rows = np.arange(8) + step  # another batch each time
        _, dlogits = one_file.softmax_cross_entropy(
            one_file.forward(network, x[rows]), labels[rows]
        )
        one_file.backward(network, dlogits)
        adam.step(gradients(network))
        model.train_on_batch(x[rows], labels[rows])
    for ours, theirs, old in zip(weights(network), model.get_weights(), before, strict=True):
        assert np.abs(ours - old).max() > 0.005
        np.testing.assert_allclose(ours, theirs, **SAME)


def test_seven_loops_are_im2col(one_file):
    random = np.random.default_rng(3)
    x, kernel, bias = (random.normal(size=shape) for shape in ((2, 7, 6, 3), (3, 3, 3, 4), 4))
    layer = one_file.Convolution(3, 3, 4, random)
    layer.kernel, layer.bias = kernel, bias
    y = one_file.convolution_by_loops(x, kernel, bias)
    np.testing.assert_allclose(y, layer.forward(x), **SAME)
    dy = random.normal(size=y.shape)
    dx = layer.backward(dy)
    found = one_file.convolution_by_loops_backward(dy, x, kernel)
    for loops, im2col in zip(found, (dx, layer.dkernel, layer.dbias), strict=True):
        np.testing.assert_allclose(loops, im2col, **SAME)


def test_among_equal_pixels_the_first_gets_the_gradient(one_file):
    pooling = one_file.MaxPooling()
    np.testing.assert_array_equal(pooling.forward(np.ones((1, 2, 2, 1))), np.ones((1, 1, 1, 1)))
    dx = pooling.backward(np.full((1, 1, 1, 1), 5.0))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[5, 0], [0, 0]])


def test_it_learns_in_float32_and_says_how_well(one_file, capsys):
    network, accuracy = one_file.train(images=5_000, held_out=500, epochs=2, batch_size=25)
    assert accuracy > 0.8
    assert {w.dtype for w in weights(network)} == {np.dtype(np.float32)}
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("epoch 2: loss 0.") and f"held-out accuracy {accuracy:.1%}" in last


def test_it_is_one_file_of_at_most_200_lines_and_only_its_data_are_numcnn_s():
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    modules = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert modules == {"time", "numpy", "numpy.lib.stride_tricks", "numcnn.datasets"}
