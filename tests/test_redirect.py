"""A program written for Keras runs on numcnn, and says what numcnn does not have."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from idx_files import write_idx

import numcnn

ROOT = Path(numcnn.__file__).parents[1]


def run(program, tmp_path, *arguments, cwd=None, **environment):
    """Run a program with its imports redirected; return what the process gave.

    On the reference engine, which compiles nothing: these tests are of names and calls.
    """
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "numcnn.redirect", str(file), *arguments],
        cwd=cwd or tmp_path,
        env={
            **{"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
            **{"NUMCNN_ENGINE": "reference", **environment},
        },
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
        (
            "import keras.preprocessing.sequence",
            "ModuleNotFoundError: keras.preprocessing.sequence is asked",
        ),
        (
            "from tensorflow.keras.applications.vgg16 import VGG16; VGG16(weights='imagenet')",
            "NotImplementedError: numcnn has no VGG16, and no other trained network to download",
        ),
        (
            "from keras import applications, models; applications.resnet.ResNet50()",
            "AttributeError: numcnn has no resnet, and no other trained network to download",
        ),
        (
            "import tensorflow as tf; tf.saved_model.load('model')",
            "AttributeError: tensorflow.saved_model is asked for, but numcnn stands in for "
            "tensorflow.keras only, and for a few names beside it: in its place, model.save",
        ),
        (
            "import tensorflow as tf; tf.train.AdamOptimizer()",
            "tensorflow.train is asked for, but numcnn stands in for tensorflow.keras only, and "
            "for a few names beside it: in its place, keras.optimizers has Adam, SGD and others",
        ),
        (
            "from keras import backend as K; K.set_image_data_format('channels_first')",
            "leave it out, and put the channels last, (height, width, channels).",
        ),
        (
            "from keras import backend as K; K.set_floatx('float64')",
            'give each model its own, Sequential(layers, dtype="float64").',
        ),
        ("import tensorflow as tf; tf.nn.conv2d()", "tensorflow.nn.conv2d is asked for, but"),
        ("import tensorflow.io", "ModuleNotFoundError: tensorflow.io is asked for"),
        (
            "from tensorflow import lite",
            "ImportError: tensorflow.lite is asked for, but",
        ),
        ("from tensorflow.python.client import device_lib", "tensorflow.python.client is asked"),
        ("import tensorflow as tf; tf.config.nothing()", "tensorflow.config.nothing is asked for"),
        (
            "import tensorflow as tf; tf.GradientTape()",
            "layers have backward(), and train_on",
        ),
        ("from keras.layers import LSTM; LSTM(8)", "numcnn has no layer LSTM: it computes with im"),
        ("from keras.layers import Lambda; Lambda(abs)", "no gradient of its own here; use + - *"),
        ("from keras import layers; layers.Lambda(abs)", "no gradient of its own here; use + - *"),
        ("from keras.layers import LSTM\nclass Mine(LSTM): pass", "numcnn has no layer LSTM: "),
        ("from keras.callbacks import SwapEMA; SwapEMA()", "numcnn has no callback SwapEMA; it ha"),
        ("from keras.callbacks import SwapEMA as s; s.on_epoch_end", "numcnn has no callback Swap"),
        ("from keras import layers, nothing", "ImportError: numcnn has no nothing; "),
    ],
)
def test_what_numcnn_does_not_have_is_named(tmp_path, line, message):
    result = run(line, tmp_path)
    assert result.returncode == 1
    assert message in result.stderr.strip().splitlines()[-1]


def test_what_is_imported_and_never_used_does_no_harm(tmp_path):
    program = """
from keras.callbacks import EarlyStopping, RemoteMonitor
from keras.layers import Conv1D, Dense, Lambda
from keras.layers.merge import concatenate
from keras.regularizers import OrthogonalRegularizer
from tensorflow.python.keras.layers import Dense as same
print(isinstance(Dense(2), Lambda), Dense is same)
"""
    result = run(program, tmp_path)
    assert result.stdout == "False True\n", result.stderr


def test_methods_of_keras_2_are_those_of_today(tmp_path):
    program = """
import numpy as np
from keras import Sequential
from keras.layers import Dense

x, y = np.ones((6, 3)), np.array([0, 1, 0, 1, 0, 1])
def batches():
    while True:
        yield x, y
model = Sequential([Dense(2, activation="softmax", input_shape=(3,))])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc"])
history = model.fit_generator(batches(), 2, 3, 0, validation_data=(x, y), workers=4).history
print(sorted(history), len(history["acc"]), history["val_acc"] == history["val_acc"])
print(model.evaluate_generator(batches(), steps=1) == model.evaluate(x, y, verbose=0))
print(model.predict_generator(batches(), 2, max_queue_size=1).shape)
"""
    result = run(program, tmp_path)
    said = "['acc', 'loss', 'val_acc', 'val_loss'] 3 True\nTrue\n(12, 2)\n"
    assert result.stdout == said, result.stderr


HARMLESS = """
import numpy as np
import tensorflow as tf
from tensorflow import keras, nn

assert tuple(map(int, tf.__version__.split("+")[0].split("."))) >= (2, 0)
tf.random.set_seed(3)
first = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))]).get_weights()[0]
tf.random.set_seed(3)
assert (keras.Sequential([keras.layers.Dense(2, input_shape=(3,))]).get_weights()[0] == first).all()
tf.config.experimental.enable_op_determinism()
tf.config.threading.set_intra_op_parallelism_threads(1)
for gpu in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(gpu, True)
assert not tf.test.is_gpu_available() and tf.test.gpu_device_name() == ""
tf.get_logger().setLevel("ERROR")
x = np.arange(4.0, dtype=np.float32).reshape(2, 2)
assert tf.expand_dims(x, -1).numpy().shape == x[..., tf.newaxis].shape == (2, 2, 1)
assert tf.nn.relu([-1.0, 2.0]).numpy().tolist() == [0, 2] and nn.softmax is tf.nn.softmax
assert np.allclose(tf.nn.softmax(x).numpy().sum(axis=1), 1)
assert tf.argmax(x, axis=1).numpy().tolist() == [1, 1]
assert tf.reduce_mean(x).numpy() == 1.5 and tf.cast(x, tf.int32).dtype == np.int32
assert tf.one_hot([1, 0], 2).numpy().tolist() == [[0, 1], [1, 0]]
with tf.device("/CPU:0"):
    model = keras.Sequential([keras.layers.Dense(3, activation=tf.nn.relu, input_shape=(2,))])
assert not hasattr(tf, "io") and not hasattr(keras.layers, "NoSuchLayer")
assert tf.version.VERSION == tf.__version__ and tf.optimizers.Adam is keras.optimizers.Adam
assert tf.losses.MeanSquaredError is keras.losses.MeanSquaredError
assert tf.metrics is keras.metrics and tf.initializers is keras.initializers

import keras.config
import tensorflow.compat.v1 as tf1
from tensorflow.compat.v1.keras.layers import Dense
from tensorflow.keras import backend as K

assert tf1.keras is keras is tf.compat.v1.keras and Dense is keras.layers.Dense
tf1.logging.set_verbosity(tf1.logging.ERROR)
tf.compat.v1.set_random_seed(3)
assert keras.config.backend() == "numcnn" == K.backend()
K.set_image_data_format("channels_last")
K.set_floatx("float32")
print(model.layers[0].activation.name)
"""


def test_names_of_tensorflow_that_do_no_harm_work(tmp_path):
    result = run(HARMLESS, tmp_path)
    assert result.stdout == "relu\n", result.stderr


CLASSIFIER = """
import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.random.set_seed(1)
(x, y), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Flatten(input_shape=(28, 28)))
model.add(tf.keras.layers.Dense(16, activation="relu"))
model.add(tf.keras.layers.Dense(10))
before = model(x[:2]).numpy()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
assert np.isclose(tf.nn.softmax(before).numpy().sum(), 2) and loss_fn(y[:2], before).numpy() > 0
model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x, y, epochs=2)
loss, accuracy = model.evaluate(x_test, y_test, verbose=2)
whole = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
assert np.allclose(whole(x_test[:5]).numpy().sum(axis=1), 1)
single = whole.predict(np.expand_dims(x_test[1], 0))
assert np.argmax(single[0]) == np.argmax(whole.predict(x_test)[1])
print("done", single.shape)
"""
CONVOLUTIONS = """
import keras
import tensorflow as tf

keras.utils.set_random_seed(42)
tf.random.set_seed(42)
tf.config.experimental.enable_op_determinism()
(x, y), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x = x.reshape(-1, 28, 28, 1) / 255.0
model = keras.Sequential()
model.add(keras.layers.Input(shape=(28, 28, 1)))
model.add(keras.layers.Conv2D(4, kernel_size=(3, 3), activation="relu", padding="same"))
model.add(keras.layers.MaxPooling2D(2))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dropout(0.4))
model.add(keras.layers.Dense(10, activation="softmax"))
model.summary()
keras.utils.plot_model(model, show_shapes=True)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
best = keras.callbacks.ModelCheckpoint("best.safetensors", save_best_only=True)
early = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
kept = model.fit(x, y, epochs=2, validation_data=(x_test / 255.0, y_test), callbacks=[best, early])
print("done", sorted(kept.history), model.predict(x[0:1]).shape)
"""


@pytest.mark.parametrize(
    ("program", "last"),
    [
        (CLASSIFIER, "done (1, 10)"),
        (CONVOLUTIONS, "done ['accuracy', 'loss', 'val_accuracy', 'val_loss'] (1, 10)"),
    ],
    ids=["a classifier whose softmax comes later", "convolutions with seeds and settings"],
)
def test_programs_with_the_calls_of_the_tutorials_run(tmp_path, program, last):
    rng = np.random.default_rng(0)
    data = {
        "x_train": rng.integers(0, 256, (60, 28, 28), np.uint8),
        "y_train": np.arange(60, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "y_test": np.arange(20, dtype=np.uint8) % 10,
    }
    write_idx(tmp_path / "home" / "fashion", data)
    result = run(program, tmp_path, NUMCNN_HOME=str(tmp_path / "home"))
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == last


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
