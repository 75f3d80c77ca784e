"""A gradient report is true or false, fits on a screen, and is plain values and an exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from student_layers import Conv

import numcnn
from numcnn import layers, losses, metrics, optimizers
from numcnn.gradcheck import check_layer, check_loss, check_model
from numcnn.gradcheck.__main__ import main


class Halved(layers.Dense):
    """Half of dx, and a bias without a gradient."""

    def linear_backward(self, dz):
        dx = super().linear_backward(dz)
        self.bias.grad = None
        return np.asarray(dx) / 2


class NotANumber(layers.Flatten):
    """A gradient that can't be written in JSON."""

    def backward(self, dy):
        return super().backward(dy) * np.nan


def test_a_report_is_true_or_false():
    assert check_layer(layers.Dense(3), (4,))
    assert not check_layer(Halved(3), (4,))
    with pytest.raises(AssertionError, match="Every number is 1/2"):
        assert check_layer(Halved(3), (4,))


def test_a_report_shows_itself():
    report = check_layer(Halved(3), (4,))
    assert repr(report) == str(report)
    assert str(report).startswith("Halved: (2, 4) -> (2, 3)\n    array          numbers   wrong")
    html = report._repr_html_()
    assert html.startswith("<div><div><b>Halved: (2, 4) -&gt; (2, 3)</b>")
    assert "<td" in html and "Every number is 1/2 of what it should be." in html
    assert "backward leaves the gradient of bias unset" in html


def test_the_report_of_a_deep_model_fits_on_a_screen():
    class Wrong(layers.Dense):
        def linear_backward(self, dz):
            return 2 * np.asarray(super().linear_backward(dz))

    model = numcnn.Sequential(
        [*(layers.Dense(3, input_shape=(3,)) for _ in range(12)), Wrong(2, activation="softmax")],
        seed=0,
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    report = check_model(model, np.random.default_rng(0).random((2, 3)), [0, 1])
    lines = str(report).splitlines()
    assert not report
    assert len(lines) <= 30 and max(map(len, lines)) <= 100
    assert "    and 17 more arrays" in lines
    assert "on the way back, wrong is wrong first" in str(report)
    assert lines[-1] == "  and 21 more arrays are wrong"


@pytest.mark.parametrize("layer", [layers.Dense(3), Halved(3), NotANumber()])
def test_a_report_is_plain_values(layer):
    report = check_layer(layer, (4,))
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values == report.to_dict()
    assert values["ok"] is bool(report) and values["title"] == report.title
    assert [array["name"] for array in values["arrays"]] == [array.name for array in report.arrays]
    kinds = [(one["kind"], one["array"]) for one in values["findings"]]
    expected = {
        "Dense": [],
        "Halved": [("factor", "x"), ("none", "bias")],
        "NotANumber": [("not_finite", "x")],
    }
    assert kinds == expected[type(layer).__name__]
    if kinds == []:
        assert values["error"] == report.error and values["arrays"][0]["wrong"] == 0


FILE = """
from numcnn import layers
from neighbour import FACTOR

print("a file may print")


class Scale(layers.Layer):
    def __init__(self, factor=FACTOR, wrong=False):
        super().__init__()
        self.factor, self.wrong = factor, wrong

    def forward(self, x, training=False):
        return self.factor * x

    def backward(self, dy):
        return dy if self.wrong else self.factor * dy


class Crash(Scale):
    def backward(self, dy):
        return dy.nonsense


class 레이어(Scale):
    pass
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(FILE, encoding="utf-8")
    (tmp_path / "neighbour.py").write_text("FACTOR = 3\n", encoding="utf-8")
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path / "mine.py"


@pytest.mark.parametrize(
    ("layer", "code", "words"),
    [
        ("Scale", 0, "right: backward and forward agree"),
        ("Scale(2)", 0, "right: backward and forward agree"),
        ("Scale(2, wrong=True)", 1, "It is dy itself"),
        ("Crash", 2, "AttributeError: 'numpy.ndarray' object has no attribute 'nonsense'"),
        ("Nothing", 2, "'Nothing' is no layer of the file: name 'Nothing' is not defined"),
        ("int", 2, "layer must be a Layer, got 0 (int)"),
    ],
)
def test_the_command_checks_a_layer_and_says_so_by_its_exit_code(file, capsys, layer, code, words):
    assert main([f"{file}:{layer}", "--shape", "5,5,3"]) == code
    said = capsys.readouterr()
    assert words in " ".join((said.err if code == 2 else said.out).split())
    assert "a file may print" in said.err and "a file may print" not in said.out

    assert main([f"{file}:{layer}", "--shape", "(5, 5, 3)", "--json"]) == code
    values = json.loads(capsys.readouterr().out)
    assert values["ok"] is (code == 0)
    assert ("problem" in values) is (code == 2)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("mine.py", "the layer must be given as FILE.py:LAYER, got 'mine.py'"),
        ("nowhere.py:Scale", "there is no file nowhere.py"),
        ("leaves.py:Scale", "SystemExit: 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_not_checked(file, monkeypatch, capsys, target, words):
    monkeypatch.chdir(file.parent)
    assert main([target, "--shape", "3"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["mine.py:Scale"], ["mine.py:Scale", "--shape", "five"]])
def test_a_shape_is_asked_for(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "--shape" in capsys.readouterr().err


def test_the_command_compares_with_a_layer_of_numcnn(capsys):
    file = Path(__file__).parent / "student_layers.py"
    assert main([f"{file}:Conv", "--shape", "5,5,2", "--like", "Conv2D(2, 3)"]) == 0
    assert "those of Conv2D on the same weights: kernel, bias" in capsys.readouterr().out
    options = ["--shape", "5,5,2", "--like", "Conv2D(2, 3, activation='relu')", "--json"]
    assert main([f"{file}:Conv", *options]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["kind"] == "activation"


def test_the_command_itself_in_a_terminal_without_unicode(file):
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "numcnn.gradcheck", "mine.py:레이어(wrong=True)", "--shape", "4"],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "It is dy itself" in done.stdout


class TestASuperInitThatIsForgotten:
    """A sentence, wherever such an object is used."""

    class Unbegun(layers.Layer):
        def __init__(self, size):
            self.size = size

        def forward(self, x, training=False):
            return x

    class UnbegunConv(layers.Conv2D):
        def __init__(self, size):
            self.size = size

    WORDS = r"has no attribute '\w+' yet, because \w+\.__init__ does not call super\(\)\.__init__"

    @pytest.mark.parametrize("kind", [Unbegun, UnbegunConv])
    def test_in_a_check(self, kind):
        report = check_layer(kind(3), (5, 5, 1))
        assert [finding.kind for finding in report.findings] == ["super"]
        assert f"because {kind.__name__}.__init__ does not call super().__init__()" in " ".join(
            str(report).split()
        )

    @pytest.mark.parametrize("kind", [Unbegun, UnbegunConv])
    @pytest.mark.parametrize(
        "use",
        [
            lambda layer: numcnn.Sequential([layer]),
            lambda layer: layer(np.zeros((1, 5, 5, 1))),
            lambda layer: layer.build_for((None, 5, 5, 1)),
            lambda layer: layer.trainable,
            repr,
        ],
        ids=["in a model", "called", "built", "trainable", "shown"],
    )
    def test_in_use(self, kind, use):
        with pytest.raises(AttributeError, match=self.WORDS):
            use(kind(3))

    def test_other_classes(self):
        class Rate(optimizers.Optimizer):
            def __init__(self):
                self.rate = 0.1

        class Share(metrics.Metric):
            def __init__(self):
                self.share = 0

        class Net(numcnn.Sequential):
            def __init__(self):
                self.add(layers.Dense(2))

        class Distance(losses.Loss):
            def __init__(self):
                self.power = 2

        model = numcnn.Sequential([layers.Dense(2, input_shape=(3,))])
        x, y = np.zeros((4, 3)), np.zeros((4, 2))

        def fitted(*arguments, **options):
            model.compile(*arguments, **options)
            model.fit(x, y, verbose=0)

        with pytest.raises(AttributeError, match=self.WORDS):
            fitted(Rate(), "mse")
        with pytest.raises(AttributeError, match=self.WORDS):
            fitted("sgd", "mse", metrics=[Share()])
        with pytest.raises(AttributeError, match=self.WORDS):
            Net()
        with pytest.raises(AttributeError, match=self.WORDS):
            _ = Distance().name

    def test_a_plain_mistake_gets_the_plain_message(self):
        with pytest.raises(AttributeError, match="Dense in numcnn has no kernle"):
            _ = layers.Dense(2).kernle
        assert not hasattr(layers.Dense(2), "kernle")
        assert getattr(losses.MeanSquaredError(), "kernle", 3) == 3

        class Broken(layers.Dense):
            @property
            def broken(self):
                return self.units.nonsense

        with pytest.raises(AttributeError, match="'int' object has no attribute 'nonsense'"):
            _ = Broken(2).broken


def test_a_layer_that_takes_no_options_can_be_shown_and_saved(tmp_path):
    class Scale(layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, x, training=False):
            return self.factor * x

    assert Scale(3).get_config() == {"factor": 3}
    assert "factor" in Scale(3)._repr_html_()
    model = numcnn.Sequential([layers.Dense(2, input_shape=(3,)), Scale(3)])
    model.save(tmp_path / "model.safetensors")
    loaded = numcnn.models.load_model(
        tmp_path / "model.safetensors", custom_objects={"Scale": Scale}
    )
    x = np.ones((2, 3))
    np.testing.assert_array_equal(loaded(x), model(x))


def test_two_parameters_of_one_name_are_both_checked():
    class Twice(Conv):
        def build(self, input_shape):
            self.gain = self.add_parameter("gain", (1,), "ones")
            self.other = self.add_parameter("gain", (1,), "ones")

        def forward(self, x, training=False):
            self.x = x
            return self.gain.value * x + self.other.value

        def backward(self, dy):
            self.gain.grad = np.array([(self.x * dy).sum()])
            self.other.grad = np.array([2 * dy.sum()])
            return self.gain.value * dy

    report = check_layer(Twice(), (3,))
    assert [array.name for array in report.arrays] == ["x", "gain", "gain 2"]
    assert report.wrong is report.arrays[2]


def test_a_report_of_a_loss_has_the_same_manners():
    report = check_loss("mse", [[1.0, 0.0]], [[0.3, 0.6]])
    assert report and json.dumps(report.to_dict(), allow_nan=False)
    assert report._repr_html_().startswith("<div><div><b>MeanSquaredError")
