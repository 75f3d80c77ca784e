"""What is done to a layer, a model or a command first, and what it answers."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest

import numcnn
from numcnn import explain, layers, optimizers
from numcnn.gradcheck import check_layer, check_loss, check_model
from numcnn.gradcheck.__main__ import main

X = np.random.default_rng(0).random((8, 6), np.float32)


def make(loss="mse"):
    model = numcnn.Sequential([layers.Input((6,)), layers.Dense(5)], seed=0)
    if loss:
        model.compile(optimizers.SGD(0.1), loss)
    return model


# --- parameters and layers -----------------------------------------------------------------------


def test_a_layer_counts_its_parameters_once_it_is_built():
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match=r"count_params: Dense has no weights yet.*build"):
        layer.count_params()
    layer.build_for((None, 3))
    assert layer.count_params() == 3 * 2 + 2


@pytest.mark.parametrize("functional", [False, True])
def test_a_models_layers_cannot_be_replaced(functional):
    model = make()
    if functional:
        model = numcnn.Model(model.input, model.output)
    dense = model.get_layer("dense")
    with pytest.raises(AttributeError, match="use add and pop"):
        model.layers = []
    model.layers.clear()  # the list is the caller's own
    assert dense in model.layers
    assert model.predict(X, verbose=0).shape == (8, 5)


@pytest.mark.parametrize(
    "value", [np.ones((6, 5)), 1.0, [1.0], numcnn.parameter.Parameter(np.ones((1, 5)), "kernel")]
)
def test_a_parameter_is_not_replaced_by_an_array(value):
    model = make()
    with pytest.raises(ValueError, match=r"kernel of Dense is a parameter of shape \(6, 5\)"):
        model.layers[0].kernel = value
    assert model.count_params() == 35


@pytest.mark.parametrize("wrong", [np.ones((1, 5)), np.ones((5, 6)), 1.0, []])
def test_values_of_another_shape_are_refused(engine, wrong):
    model = make()
    kernel = model.layers[0].kernel
    before = kernel.numpy()
    with pytest.raises(ValueError, match=r"kernel has shape \(6, 5\), got an array of shape"):
        kernel.value = wrong
    with pytest.raises(ValueError, match=r"kernel has shape \(6, 5\)"):
        kernel.assign(wrong)
    assert (kernel.value == before).all()
    model.fit(X, np.zeros((8, 5)), verbose=0)


def test_assigned_values_are_copied_and_keep_the_dtype(engine):
    model = make()
    kernel, given = model.layers[0].kernel, np.ones((6, 5))
    assert kernel.assign(given) is kernel
    assert kernel.dtype == np.float32
    model.fit(X, np.zeros((8, 5)), verbose=0)
    assert (given == 1).all()
    assert not (kernel.value == 1).any()
    kernel.value = [[2] * 5] * 6
    kernel.assign_add(given)
    kernel.assign_sub(2 * given)
    assert (kernel.value == 1).all()
    with pytest.raises(TypeError, match="kernel must hold real numbers"):
        kernel.value = "zebra"


def test_the_learning_rate_is_assigned():
    optimizer = optimizers.SGD(0.1)
    assert optimizer.learning_rate.assign(0.5) == 0.5
    assert optimizer.learning_rate == 0.5
    assert type(optimizer.learning_rate + 0) is float
    with pytest.raises(ValueError, match="learning_rate must be a finite number, at least 0"):
        optimizer.learning_rate.assign(-1)
    of_schedule = optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10))
    with pytest.raises(TypeError, match="a CosineDecay gives the learning rate"):
        of_schedule.learning_rate.assign(0.5)


# --- gradient checks and pictures ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: check_model(None, X, X), "first argument of check_model must be a model"),
        (lambda: check_model(make(None), X, X[:, :5]), "compile the model first"),
        (lambda: check_model(make(), X, np.ones((9, 5))), "x has 8 samples, so y needs 8 rows"),
        (lambda: check_model(make(), X[:, :4], X[:, :5]), r"takes x of shape \(None, 6\)"),
        (lambda: check_model(make(), X, X[:, :5], seed="a"), "seed must be a whole number"),
        (lambda: check_layer(layers.ReLU(), (3,), seed="a"), "seed must be a whole number"),
        (lambda: check_layer(layers.ReLU(), (3,), seed=-1), "seed must be 0 or more"),
        (lambda: check_layer(layers.ReLU(), (3,), x=X), r"x must have the shape \(N, \*\(3,\)\)"),
        (lambda: check_layer(layers.ReLU(), (3,), training="a"), "training must be True or False"),
        (lambda: check_loss("mse", [[1.0]], [[1.0]], seed="a"), "seed must be a whole number"),
        (lambda: check_loss("mse", [[1.0]], [[1.0], [2.0]]), "y_pred has 2 samples"),
        (lambda: check_loss("mse", [[1.0]], "a"), "y_pred must hold real numbers"),
    ],
)
def test_a_check_is_refused_in_a_sentence(call, said):
    with pytest.raises((TypeError, ValueError), match=said):
        call()


def test_a_gradient_that_is_text_is_a_finding():
    wrong = {"forward": lambda s, x, training=False: x, "backward": lambda s, dy: "zebra"}
    report = check_layer(type("F", (layers.Layer,), wrong)(), (3,))
    assert [finding.kind for finding in report.findings] == ["type"]
    assert "returned 'zebra', which is no array of real numbers" in str(report)


@pytest.mark.parametrize("target", [99, -1, 1.5, True])
def test_occlusion_needs_a_class(target):
    model = numcnn.Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ValueError, match="target must be a class from 0 to 2"):
        explain.occlusion(model, np.ones((4, 4, 1)), target, patch=2)


# --- commands ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch.py:L", "--shape", "5,5,3"], "there is no file nosuch.py"),
        (["mine.py", "--shape", "5"], "must be given as FILE.py:LAYER, got 'mine.py'"),
        (["mine.py:", "--shape", "5"], "must be given as FILE.py:LAYER"),
        (["mine.py:Nosuch", "--shape", "5"], "its classes are Mine"),
        (["mine.py:Mine(", "--shape", "5"], "'Mine(' is no layer of the file"),
        (["mine.py:Mine", "--shape", "5", "--seed", "-1"], "seed must be 0 or more"),
        (["mine.py:Mine", "--shape", "5", "--like", "Nosuch"], "'Nosuch' is no layer"),
        (["mine.py:Mine", "--shape", "5,a"], "a shape is made of whole numbers, 1 or more"),
        (["mine.py:Mine", "--shape", "0,5"], "a shape is made of whole numbers, 1 or more"),
    ],
)
def test_gradcheck_says_in_a_sentence_what_is_wrong(tmp_path, monkeypatch, capsys, arguments, said):
    (tmp_path / "mine.py").write_text(
        "from numcnn.layers import Layer\n\n\nclass Mine(Layer):\n    pass\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    code = None
    with contextlib.suppress(SystemExit):  # argparse leaves in this way
        code = main(arguments)
    errors = capsys.readouterr().err
    assert code in (None, 2)
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("program", ["nosuch.py", "."])
def test_redirect_says_that_there_is_no_program(program, tmp_path):
    command = [sys.executable, "-m", "numcnn.redirect", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == f"python -m numcnn.redirect: there is no program {program}.\n"
