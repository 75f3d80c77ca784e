"""The visor's pages: escaping, what they are about, and what is said where Bokeh is missing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bokeh.embed import file_html
from bokeh.resources import CDN

import numcnn
from numcnn import layers, visor
from numcnn.visor.figures.theme import html


def test_title_and_tabs_stay_text():
    tabs = {"<b>One</b>": html("first"), "Two": html("second")}
    document = visor.tabbed_page("</title><script>alert(1)</script>", "<i>sub</i>", tabs)
    text = file_html(
        document,
        CDN,
        template=document.template,
        template_variables=document.template_variables,
    )
    assert "<script>alert" not in text
    assert "<b>One" not in text
    assert "<i>sub" not in text
    assert text.count('role="tabpanel"') == 2


def test_without_bokeh_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(ImportError, match=r'pip install "numcnn\[visor\]"'):
        visor.tabbed_page  # noqa: B018 - the access is what is tested


ROOT = Path(numcnn.__file__).parents[1]


@pytest.mark.parametrize(
    "arguments",
    [["-m", "numcnn.visor", "--model", "none.safetensors"], [str(ROOT / "examples" / "draw.py")]],
)
def test_the_command_without_bokeh_is_a_sentence(arguments, tmp_path):
    (tmp_path / "bokeh.py").write_text("raise ImportError('no module named bokeh')")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert 'pip install "numcnn[visor]"' in run.stderr
    assert "Traceback" not in run.stderr and run.stderr.count("\n") == 1


def test_there_is_nothing_else_in_the_visor():
    with pytest.raises(AttributeError, match=r"numcnn\.visor has no tab; "):
        visor.tab  # noqa: B018
    assert "page" in dir(visor)


@pytest.fixture
def model():
    model = numcnn.Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_a_subject_takes_class_numbers_and_one_hot(model):
    x = np.ones((2, 4))
    for y in ([0, 2], [[1, 0, 0], [0, 0, 1]]):
        subject = visor.Subject(model, (x, y))
        assert subject.labels.tolist() == [0, 2]
        assert subject.class_names == ["0", "1", "2"]
        np.testing.assert_allclose(subject.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_one_output_is_the_probability_of_class_one():
    model = numcnn.Sequential([layers.Dense(1, activation="sigmoid", input_shape=(2,))], seed=0)
    x = np.array([[0.5, -1.0], [2.0, 1.0]])
    subject = visor.Subject(model, (x, [0, 1]))
    np.testing.assert_allclose(subject.probabilities[:, 1:], model.predict(x, verbose=0))
    np.testing.assert_allclose(subject.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("data", "names", "message"),
    [
        (np.ones((2, 4)), None, r"data must be \(x, y\)"),
        ((np.ones((2, 5)), [0, 1]), None, "the model takes x of shape"),
        ((np.ones((2, 4)), [0]), None, "y needs 2 rows"),
        ((np.ones((2, 4)), [0, 3]), None, "knows 3 classes, 0 to 2, but there is a label 3"),
        ((np.ones((2, 4)), [0, 1]), ["a"], "one name for each of 3 classes, got 1 name"),
    ],
)
def test_what_does_not_fit_is_said(model, data, names, message):
    with pytest.raises(ValueError, match=message):
        visor.Subject(model, data, class_names=names)


def scripts(code):
    """What each callback in some Python code is given as its script."""
    return [
        keyword.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("CustomJS")
        for keyword in node.keywords
        if keyword.arg == "code"
    ]


def is_read(node):
    """Whether a script is read from files."""
    if isinstance(node, ast.BinOp):
        return is_read(node.left) and is_read(node.right)
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read"


def test_javascript_is_in_files_of_its_own():
    folder = Path(visor.__file__).parent
    found = [node for file in folder.rglob("*.py") for node in scripts(file.read_text("utf-8"))]
    assert len(found) > 10
    assert all(map(is_read, found))
    assert not is_read(scripts("CustomJS(code='alert(1)')")[0])
    python = "".join(file.read_text("utf-8") for file in folder.rglob("*.py"))
    assert all(f'"{file.name}"' in python for file in folder.rglob("*.js"))
