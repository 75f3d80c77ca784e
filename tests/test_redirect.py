"""A program written for Keras runs on numcnn, and says what numcnn does not have."""

import subprocess
import sys
from pathlib import Path

import pytest

import numcnn

ROOT = Path(numcnn.__file__).parents[1]


def run(program, tmp_path, *arguments, cwd=None):
    """Run a program with its imports redirected; return what the process gave."""
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "numcnn.redirect", str(file), *arguments],
        cwd=cwd or tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


PROGRAM = """
import sys
import numpy as np
import tensorflow as tf
import tensorflow.keras as keras
import keras.layers as kl
from keras import backend as K
from keras.api.models import Sequential
from keras.layers.core import Dense as OldDense
from keras.utils import np_utils, to_categorical
from keras.utils.np_utils import to_categorical as old
from tensorflow import keras as again
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping
from tensorflow.keras.datasets import fashion_mnist
from tensorflow.keras.layers import Dense
from tensorflow.keras.optimizers import Adam

assert keras is again is tf.keras and keras.__name__ == "numcnn"
assert Dense is kl.Dense is layers.Dense is OldDense and np_utils.to_categorical is old
assert keras.Sequential is Sequential and keras.datasets.fashion_mnist is fashion_mnist
assert K.image_data_format() == "channels_last" and tf.keras.backend.floatx() == "float32"
assert (K.backend(), K.epsilon(), K.clear_session()) == ("numcnn", 1e-7, None)
tf.keras.utils.set_random_seed(1)
model = Sequential([Dense(3, activation="softmax", input_shape=(4,))])
model.compile(Adam(), "categorical_crossentropy", metrics=["accuracy"])
x = np.random.default_rng(0).random((8, 4))
model.fit(x, to_categorical(np.arange(8) % 3), verbose=0, callbacks=[EarlyStopping("loss")])
print(__name__, sys.argv[1:], model.predict(x, verbose=0).shape)
"""


def test_a_program_finds_the_modules_beside_it(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "beside.py").write_text("from keras.layers import Dense\n", encoding="utf-8")
    result = run("import beside\nprint(beside.Dense(2).units)", folder, cwd=tmp_path)
    assert result.stdout == "2\n", result.stderr


def test_every_way_to_import_keras_leads_to_numcnn(tmp_path):
    result = run(PROGRAM, tmp_path, "--epochs", "3")
    assert result.stdout == "__main__ ['--epochs', '3'] (8, 3)\n", result.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import keras.preprocessing.image", "ModuleNotFoundError: keras.preprocessing is asked"),
        (
            "from tensorflow.keras.applications import VGG16",
            "tensorflow.keras.applications is asked for, but numcnn has nothing in its place",
        ),
        (
            "import tensorflow as tf; tf.random.set_seed(1)",
            "tensorflow.random is asked for, but numcnn stands in for tensorflow.keras only",
        ),
        ("import tensorflow.data", "No module named 'tensorflow.data'"),
        ("from keras.layers import LSTM", "numcnn has no layer LSTM; "),
        ("from keras.callbacks import TensorBoard", "numcnn has no callback TensorBoard; it has B"),
        ("from keras.regularizers import OrthogonalRegularizer", "numcnn has no regularizer Orth"),
    ],
)
def test_what_numcnn_does_not_have_is_named(tmp_path, line, message):
    result = run(line, tmp_path)
    assert result.returncode == 1
    assert message in result.stderr.strip().splitlines()[-1]


def test_without_a_program_it_says_how_it_is_used():
    result = subprocess.run(
        [sys.executable, "-m", "numcnn.redirect"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr.startswith("usage: python -m numcnn.redirect program.py")


def test_keras_that_is_there_already_is_not_replaced(tmp_path):
    program = """
import sys, types
sys.modules["keras"] = types.ModuleType("keras")
from numcnn.redirect import redirect_keras
redirect_keras()
"""
    (tmp_path / "late.py").write_text(program, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, tmp_path / "late.py"],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "RuntimeError: keras is imported already; redirect first" in result.stderr
