"""The examples run as a reader would run them, and print what they promise."""

import importlib.util
import os
import re
import runpy
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from idx_files import write_idx
from PIL import Image

from numcnn.datasets import digits, silhouettes
from numcnn.datasets.fashion_mnist import CLASS_NAMES
from numcnn.datasets.files.sprite import write_sprite

EXAMPLES = Path(__file__).parent.parent / "examples"
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def command(script, *arguments, cwd):
    """How to run an example in an empty folder, without the internet and without a cache."""
    return {
        "args": [sys.executable, str(EXAMPLES / script), *map(str, arguments)],
        "cwd": cwd,
        "env": {**os.environ, "NUMCNN_HOME": str(cwd), "PYTHONPATH": str(EXAMPLES.parent)},
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


def test_mnist_trains_and_shows_tables_and_pictures(tmp_path, sprite):
    out = run("mnist.py", "--data", sprite, "--epochs", 3, "--batch-size", 64, cwd=tmp_path)
    assert f"Data: MNIST in {sprite}, 2,500 to train on, 500 to test on." in out
    assert "Total params: 5,994" in out
    assert "\r" not in out
    accuracy = float(re.search(r"test accuracy (\d\.\d+)", out)[1])
    assert accuracy > 0.8
    classes = re.findall(r"^ +(\d)  +(\d\.\d{3})  +(\d+)$", out, re.MULTILINE)
    assert [int(digit) for digit, _, _ in classes] == list(range(10))
    assert sum(int(count) for _, _, count in classes) == 500
    matrix = re.findall(r"^ +(\d) ((?: +[\d.]+){10})$", out, re.MULTILINE)
    counts = [[int(n.replace(".", "0")) for n in row.split()] for _, row in matrix]
    assert sum(counts[i][i] for i in range(10)) == round(accuracy * 500)
    for name in ("examples.png", "filters.png", "mistakes.png"):
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.size[0] > 100


def test_mnist_writes_a_report(tmp_path, sprite):
    out = run("mnist.py", "--data", sprite, "--epochs", 1, "--out", "here", cwd=tmp_path)
    assert f"Report: {Path('here') / 'report.html'}" in out
    page = (tmp_path / "here" / "report.html").read_text(encoding="utf-8")
    assert "<h1>Model “mnist”</h1>" in page
    assert "evaluated on 500 samples" in page


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
        ("mnist.py --epochs 0", "--epochs and --batch-size must be at least 1"),
        ("mnist.py --batch-size 0", "--epochs and --batch-size must be at least 1"),
        ("mnist.py --out file", "mnist.py: [Errno"),
        ("fashion_mnist.py --data none", "train-images-idx3-ubyte"),
        ("fashion_mnist.py --epochs 0", "--epochs must be at least 1"),
        ("fashion_mnist.py --seed -1", "fashion_mnist.py: seed must be 0 or more, got -1."),
        ("mnist_best.py --data none", "mnist_best.py: error: there is no folder none"),
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


def test_ctrl_c_stops_a_training_with_a_word(tmp_path, sprite):
    training = command("mnist.py", "--data", sprite, "--epochs", 100_000, cwd=tmp_path)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(**training, **pipes, text=True, encoding="utf-8") as process:
        try:
            next(line for line in iter(process.stdout.readline, "") if "Epoch 2/" in line)
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert complaints.endswith("Stopped.\n") and "Traceback" not in complaints


def test_without_bokeh_break_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh.models", None)
    with pytest.raises(SystemExit, match=r"pip install '\.\[visor\]'"):
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


def test_fashion_mnist_trains_restores_the_best_and_shows_clothes(tmp_path):
    images, labels = silhouettes.generate(260)
    arrays = images[:200], labels[:200], images[200:], labels[200:]
    write_idx(tmp_path / "data", dict(zip(ARRAYS, arrays, strict=True)))
    arguments = ("--data", tmp_path / "data", "--epochs", 2, "--out", tmp_path / "pictures")
    out = run("fashion_mnist.py", *arguments, cwd=tmp_path)
    assert "Images: 160 to train on, 40 to validate with, 60 to test on." in out
    assert "Total params: 333,526" in out
    best = int(re.search(r"The best epoch was number (\d)", out)[1])
    loss = re.findall(r"val_loss: (\d\.\d{4})", out)[best - 1]
    assert f"Validation loss {loss}" in out
    counts = re.findall(r"^  (\S.{11}) \d\.\d{3}  of (\d+) images$", out, re.MULTILINE)
    assert [name.strip() for name, _ in counts] == list(CLASS_NAMES)
    assert sum(int(count) for _, count in counts) == 60
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {
        *("cnn-architecture.png", "clothes.png", "clothes-mistakes.png"),
        "best-cnn-model.safetensors",
    }


def test_keras_compat_shows_what_the_program_prints(tmp_path):
    out = run("keras_compat.py", cwd=tmp_path)
    assert "import numcnn as keras" in out and "parameters 1051" in out
    if importlib.util.find_spec("keras") is None:
        assert (
            "Keras can't be run here (No module named 'keras'); this is what numcnn prints" in out
        )
    else:
        assert re.search(r"Keras took \d", out)


def test_mnist_best_is_short_and_says_how_well_it_reads(tmp_path):
    write_sprite(tmp_path / "sprite", *digits.generate(5_400))
    out = run("mnist_best.py", "--data", tmp_path / "sprite", "--epochs", 3, cwd=tmp_path)
    assert re.search(r"^\d\d\.\d\d% of 5,000 in \d+ s, loss \d\.\d{4}$", out, re.MULTILINE)
    assert len((EXAMPLES / "mnist_best.py").read_text(encoding="utf-8").splitlines()) <= 60
