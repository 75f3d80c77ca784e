"""The examples run as a reader would run them, and print what they promise."""

import importlib.util
import os
import re
import runpy
import signal
import subprocess
import sys
import urllib.request
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from idx_files import write_idx
from numbered import numbered, numbers_of
from PIL import Image

import numcnn
from numcnn.datasets import digits, silhouettes
from numcnn.datasets.fashion_mnist import CLASS_NAMES
from numcnn.datasets.files.sprite import write_sprite
from numcnn.models import load_model

pytestmark = pytest.mark.large  # most of them train
EXAMPLES = Path(__file__).parent.parent / "examples"
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def command(script, *arguments, cwd):
    """How to run an example in an empty folder, without internet and cache.

    Its output goes into a file that knows only ASCII, line by line.
    """
    own = {"NUMCNN_HOME": str(cwd), "PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": "1"}
    path = os.pathsep.join([str(cwd), str(EXAMPLES.parent)])
    return {
        "args": [sys.executable, str(EXAMPLES / script), *map(str, arguments)],
        "cwd": cwd,
        "env": {**os.environ, **own, "PYTHONPATH": path},
        "preexec_fn": hear_ctrl_c if os.name == "posix" else None,
    }


def hear_ctrl_c():
    """Undo what a shell does to its background jobs, which ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finished(script, *arguments, cwd):
    """Run an example to its end."""
    return subprocess.run(
        **command(script, *arguments, cwd=cwd),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def run(script, *arguments, cwd):
    """Run an example; return what it printed."""
    result = finished(script, *arguments, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def sprite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sprite")
    write_sprite(folder, *digits.generate(3_000))
    return folder


@pytest.fixture(scope="module")
def few_of_all(tmp_path_factory, sprite):
    """A little data for every example that takes a folder of them."""
    clothes, digits_ = (tmp_path_factory.mktemp(name) for name in ("clothes", "digits"))
    images, labels = silhouettes.generate(260)
    arrays = images[:200], labels[:200], images[200:], labels[200:]
    write_idx(clothes, dict(zip(ARRAYS, arrays, strict=True)))
    write_sprite(digits_, *digits.generate(5_400))
    return {"mnist.py": sprite, "fashion_mnist.py": clothes, "mnist_best.py": digits_}


def test_mnist_trains_and_shows_tables_and_pictures(tmp_path, sprite):
    out = run("mnist.py", "--data", sprite, "--epochs", 30, cwd=tmp_path)
    assert f"Data: MNIST in {sprite}, 2,084 to train, 416 to validate, 500 to test.\n" in out
    assert "Total params: 5,994" in out and "val_accuracy: 0." in out
    assert "\r" not in out
    accuracy = float(re.search(r"^Accuracy (\d\.\d+) on 500 samples", out, re.MULTILINE)[1])
    assert accuracy > 0.8
    rows = re.findall(r"^ +(\d) +(\d\.\d{3}) +(\d+)((?: +[\d.]+){10})$", out, re.MULTILINE)
    assert [int(digit) for digit, *_ in rows] == list(range(10))
    assert sum(int(count) for _, _, count, _ in rows) == 500
    counts = [[int(n.replace(".", "0")) for n in row.split()] for *_, row in rows]
    assert sum(counts[i][i] for i in range(10)) == round(accuracy * 500)
    assert re.search(r"threshold of 0\.5, no digit is found in \d+ of the images", out)
    for name in ("curves.png", "examples.png", "filters.png", "journey.png", "mistakes.png"):
        assert name in out
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.size[0] > 100


def test_mnist_keeps_its_model_and_says_how_to_draw_with_it(tmp_path, sprite):
    out = run("mnist.py", "--data", sprite, "--epochs", 1, "--out", "a folder", cwd=tmp_path)
    file = re.search(r"python -m numcnn\.visor --model (.*\.safetensors)", out)[1]
    assert file == "a folder/mnist.safetensors"
    model = load_model(tmp_path / file)
    assert (model.name, model.input_shape) == ("mnist", (None, 28, 28, 1))


@pytest.mark.parametrize("full", [False, True])
def test_mnist_trains_on_no_digit_that_it_validates_or_tests_with(tmp_path, monkeypatch, full):
    seen = []

    def fit(model, x, y, validation_data, **options):
        seen.extend([x, validation_data[0]])

    def predict(model, x, **options):
        seen.append(x)
        raise KeyboardInterrupt  # enough is seen

    monkeypatch.setattr(numcnn.Sequential, "fit", fit)
    monkeypatch.setattr(numcnn.Sequential, "predict", predict)
    write_sprite(tmp_path / "sprite", *numbered(120))
    program = runpy.run_path(str(EXAMPLES / "mnist.py"))
    options = {"data": tmp_path / "sprite", "out": tmp_path, "seed": 1, "epochs": 1}
    with pytest.raises(KeyboardInterrupt):
        program["main"](Namespace(**options, full=full, visor=False))
    train, validation, test = (
        numbers_of((255 * images).round().astype(np.uint8)).tolist() for images in seen
    )
    assert (len(train), len(validation), len(test)) == (84, 16, 20)
    assert sorted(train + validation) == list(range(100))
    assert sorted(test) == list(range(100, 120))


def test_mnist_writes_a_report(tmp_path, sprite):
    out = run("mnist.py", "--data", sprite, "--epochs", 1, "--out", "here", cwd=tmp_path)
    assert "report.html" in out
    page = (tmp_path / "here" / "report.html").read_text(encoding="utf-8")
    assert "<h1>Model “mnist”</h1>" in page
    assert "evaluated on 500 samples" in page


def test_without_bokeh_there_are_pictures_and_sentences(tmp_path, sprite):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['bokeh'] = None")
    out = run("mnist.py", "--data", sprite, "--epochs", 1, cwd=tmp_path)
    assert "report.html" not in out
    assert {"curves.png", "journey.png"} <= {file.name for file in (tmp_path / "out").iterdir()}
    for script, *options in (("mnist.py", "--visor", "--data", sprite), ("draw.py",)):
        result = finished(script, *options, cwd=tmp_path)
        assert result.returncode == 1 and "Traceback" not in result.stderr
        assert result.stderr.startswith(f"{script}: ")
        assert 'pip install "numcnn[visor]"' in result.stderr
    assert not (tmp_path / "out" / "draw.safetensors").exists()  # it does not train in vain


def test_mnist_can_be_followed_live_until_ctrl_c(tmp_path, sprite):
    follow = command("mnist.py", "--data", sprite, "--epochs", 1, "--visor", cwd=tmp_path)
    follow["env"]["BROWSER"] = sys.executable  # what `webbrowser` opens the page with: nothing
    with subprocess.Popen(**follow, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            lines = iter(process.stdout.readline, "")
            stays = next(line for line in lines if "until Ctrl-C" in line)
            url = re.search(r"http://localhost:\d+/", stays)[0]
            with urllib.request.urlopen(url, timeout=20) as answer:
                assert "Model “mnist”" in answer.read().decode("utf-8")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_mnist_is_repeatable(tmp_path, sprite):
    arguments = ("--data", sprite, "--epochs", 1, "--seed", 5, "--out", tmp_path / "pictures")
    first, second = (run("mnist.py", *arguments, cwd=tmp_path) for _ in range(2))
    without_times = [re.sub(r" - \d+s - \d+[mu]?s/step", "", out) for out in (first, second)]
    assert without_times[0] == without_times[1]


@pytest.mark.parametrize(
    ("command_line", "sentence"),
    [
        ("mnist.py --data none", "mnist.py: there is no folder none"),
        ("mnist.py --data .", "mnist_images.png"),
        ("mnist.py --seed -1", "mnist.py: seed must be 0 or more, got -1."),
        ("mnist.py --out file", "mnist.py: [Errno"),
        ("fashion_mnist.py --data none", "train-images-idx3-ubyte"),
        ("fashion_mnist.py --seed -1", "fashion_mnist.py: seed must be 0 or more, got -1."),
        ("mnist_best.py --data none", "mnist_best.py: error: there is no folder none"),
        ("mnist_record.py --data .", "mnist_record.py: error: "),
        ("mnist_record.py --to 97", "invalid choice: '97'"),
        ("custom_layer.py --epochs 5", "unrecognized arguments: --epochs 5"),
        ("keras_compat.py jax", "unrecognized arguments: jax"),
    ],
)
def test_a_wrong_option_is_answered_with_a_sentence(tmp_path, command_line, sentence):
    (tmp_path / "file").touch()
    script, *arguments = command_line.split()
    result = finished(script, *arguments, cwd=tmp_path)
    assert result.returncode and sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("script", ["mnist.py", "mnist_best.py", "fashion_mnist.py"])
def test_no_epoch_at_all_is_answered_with_a_sentence(tmp_path, few_of_all, script):
    result = finished(script, "--data", few_of_all[script], "--epochs", 0, cwd=tmp_path)
    assert result.returncode and "Traceback" not in result.stderr
    assert result.stderr.endswith("epochs must be at least 1, got 0.\n")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("mnist.py", "Epoch 2/"),
        ("mnist_best.py", "Epoch 2/"),
        ("fashion_mnist.py", "Epoch 2/"),
        ("custom_layer.py", "ChannelScale"),
        ("keras_compat.py", "model.compile"),
        ("one_file.py", "epoch 1:"),
        ("break_it.py", "1. "),
    ],
)
def test_ctrl_c_stops_an_example_with_a_word(tmp_path, few_of_all, script, line):
    options = ["--data", few_of_all[script], "--epochs", 100_000] if script in few_of_all else []
    training = command(script, *options, cwd=tmp_path)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(**training, **pipes, text=True, encoding="utf-8") as process:
        try:
            next(text for text in iter(process.stdout.readline, "") if line in text)
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert complaints.endswith("Stopped.\n") and "Traceback" not in complaints


def test_without_bokeh_break_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh.models", None)
    with pytest.raises(SystemExit, match=r'pip install "\.\[visor\]"'):
        runpy.run_path(str(EXAMPLES / "break_it.py"))


def test_every_break_is_broken_and_its_tool_says_so(tmp_path):
    out = run("break_it.py", cwd=tmp_path)
    found = re.findall(r"^\d\. (.*): accuracy ([\d.]+) \(([\d.]+)\)$", out, re.MULTILINE)
    assert len(found) == 8
    for title, broken, healthy in found[:-1]:  # the last is the one that no curve shows
        assert float(broken) < float(healthy) - 0.1, title
    assert abs(float(found[-1][1]) - float(found[-1][2])) < 0.1
    assert out.count("WRONG") == 3
    assert "the pixels of x go up to 255" in out
    assert out.count("100% zeros") == 3
    assert "zeros 100.0%, silent maps 16 of 16" in out
    assert re.search(r"^ +9 +0 +300 +0\.0%$", out, re.MULTILINE)
    assert "3.16 times as much" in out
    dead, images = re.search(r"gradient exactly 0 on ([\d,]+) of ([\d,]+) images", out).groups()
    assert int(dead.replace(",", "")) > 0.9 * int(images.replace(",", ""))
    page = (tmp_path / "out" / "break_it.html").read_text(encoding="utf-8")
    assert len(page) < 3_000_000
    assert all(title in page for title, _, _ in found)


def test_draw_trains_a_network_if_there_is_none_and_opens_a_page(tmp_path):
    model = tmp_path / "model.safetensors"
    page = subprocess.Popen(
        **command("draw.py", "--model", model, "--no-browser", cwd=tmp_path),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with page:
        address = None
        for line in page.stdout:
            if address := re.match(r"Draw at (http://localhost:\d+/)", line):
                break
        with urllib.request.urlopen(address[1], timeout=30) as answer:
            assert "Draw for “mnist”" in answer.read().decode()
        page.send_signal(signal.SIGINT)
        assert page.wait(30) == 0
    assert model.exists()


def test_custom_layer_shows_a_right_gradient_and_a_wrong_one(tmp_path):
    out = run("custom_layer.py", cwd=tmp_path)
    right, wrong = out.split("ForgetfulScale", 1)
    assert "right: backward and forward agree" in right
    assert "WRONG: the gradient of x[" in wrong
    assert "It is dy itself" in wrong and "divided by the batch size" in wrong
    assert float(re.findall(r" val_accuracy: (\d\.\d+)", out)[-1]) > 0.8


def test_fashion_mnist_shows_all_that_its_tutorial_shows(tmp_path, few_of_all):
    arguments = ("--data", few_of_all["fashion_mnist.py"], "--epochs", 2, "--out", "pictures")
    out = run("fashion_mnist.py", *arguments, cwd=tmp_path)
    assert "Images: 160 to train on, 40 to validate with, 60 to test on." in out
    assert "Total params: 333,526" in out
    assert re.search(r"An epoch will take about \d+ s, and there are at most 2;", out)
    assert out.index("An epoch will take") < out.index("Epoch 1/2")
    best = int(re.search(r"The best epoch was number (\d)", out)[1])
    loss = re.findall(r"val_loss: (\d\.\d{4})", out)[best - 1]
    assert f"Validation loss {loss}" in out
    label, said = re.search(r"The first validation image, (.*), is taken for (.*):", out).groups()
    bars = re.findall(r"^  (\S.{11}) +(\d+\.\d)%  (#*)$", out, re.MULTILINE)
    assert [name.strip() for name, _, _ in bars] == list(CLASS_NAMES) and label in CLASS_NAMES
    assert sum(float(percent) for _, percent, _ in bars) == pytest.approx(100, abs=0.6)
    assert max(bars, key=lambda bar: float(bar[1]))[0].strip() == said
    assert all(abs(len(bar) - 0.4 * float(percent)) < 0.6 for _, percent, bar in bars)
    rows = re.findall(r"^  \d (\S.{10}) +\d\.\d{3} +(\d+) ", out, re.MULTILINE)
    assert [name.strip() for name, _ in rows] == list(CLASS_NAMES)
    assert sum(int(count) for _, count in rows) == 60
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {
        *("best-cnn-model.safetensors", "cnn-architecture.png", "curves.png", "examples.png"),
        *("filters.png", "first-bars.png", "first.png", "journey.png", "mistakes.png"),
        "report.html",
    }
    assert all(name in out for name in names)


def test_keras_compat_shows_what_the_program_prints(tmp_path):
    out = run("keras_compat.py", cwd=tmp_path)
    assert "import numcnn as keras" in out and "parameters 1051" in out
    if importlib.util.find_spec("keras") is None:
        assert (
            "Keras can't be run here (No module named 'keras'); this is what numcnn prints" in out
        )
    else:
        assert re.search(r"Keras took \d", out)


def test_mnist_best_is_short_and_says_how_well_it_reads(tmp_path, few_of_all):
    out = run("mnist_best.py", "--data", few_of_all["mnist_best.py"], "--epochs", 3, cwd=tmp_path)
    assert re.search(r"^\d\d\.\d\d% of 5,000 digits are right, loss \d\.\d{4}$", out, re.MULTILINE)
    assert len((EXAMPLES / "mnist_best.py").read_text(encoding="utf-8").splitlines()) <= 60


def test_mnist_record_says_how_well_it_reads(tmp_path, few_of_all):
    out = run("mnist_record.py", "--data", few_of_all["mnist_best.py"], cwd=tmp_path)
    assert re.fullmatch(r"\d\d\.\d\d% of 900 test digits are right\n", out)


def test_mnist_record_tunes_on_training_digits_if_there_are_enough(tmp_path, few_of_all):
    result = finished(
        "mnist_record.py", "--tune", "--data", few_of_all["mnist_best.py"], cwd=tmp_path
    )
    sentence = "--tune needs more than 5,000 training digits, got 4,500.\n"
    assert result.returncode and result.stderr.endswith(sentence)


def test_sweep_resumes_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMCNN_ENGINE", "reference")  # nothing to compile
    pytest.importorskip("joblib", reason="the sweep needs joblib")
    small = ("--samples", 64, "--epochs", 1, "--out", tmp_path / "out")
    whole = finished("sweep.py", *small, "--jobs", 1, cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    file = tmp_path / "out" / "sweep.jsonl"
    lines = file.read_text().splitlines()
    assert len(lines) == 15
    file.write_text("\n".join(lines[:13]) + "\n" + lines[13][:20])  # stopped while it wrote
    again = finished("sweep.py", *small, "--jobs", 2, cwd=tmp_path)
    assert "13 trainings are done, 2 to go." in again.stdout
    assert table_of(again.stdout) == table_of(whole.stdout)
    with Image.open(tmp_path / "out" / "sweep.png") as picture:
        assert picture.width > 1_000


def table_of(printed):
    return printed[printed.index("learning rate") : printed.index("Best")]
