"""What numcnn and the oracles are both given: images, weights, layers, optimizers.

Nothing here comes from the one or the other, and nothing of it has to be stored: every number grows
from a seed.  Where a function takes a module, such as ``layers`` or ``optimizers``, it works with
Keras's and with numcnn's: both run the same program.
"""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent


def numbers(seed: str, shape: Any, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """Return float64 numbers between `low` and `high` that are the same with every NumPy.

    Only the raw bits of a bit generator are promised to stay; all else is done here.
    """
    bits = np.random.PCG64(zlib.crc32(seed.encode())).random_raw(int(np.prod(shape)))
    unit = (bits >> np.uint64(11)) * 2.0**-53  # 0 <= unit < 1
    return rounded(low + (high - low) * unit.reshape(shape))


def rounded(values: np.ndarray) -> np.ndarray:
    """Return float64 numbers that are float32 numbers too: both dtypes start from the same ones."""
    return values.astype(np.float32).astype(np.float64)


def labels(seed: str, n: int, classes: int) -> np.ndarray:
    """Return `n` class numbers."""
    return np.floor(numbers(seed, n, 0, classes)).astype(np.int64)


def one_hot(y: np.ndarray, classes: int) -> np.ndarray:
    """Return class numbers as rows of zeros and a one."""
    return np.eye(classes)[y]


# --- windows -------------------------------------------------------------------------------------


class Window(NamedTuple):
    """A window on images of ``(H, W, C)``; `filters` is for a convolution."""

    image: tuple[int, int, int]
    window: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    filters: int = 3


CONVOLUTIONS = {
    "1x1": Window((3, 4, 3), (1, 1)),
    "3x3": Window((5, 6, 2), (3, 3)),
    "5x5": Window((6, 7, 1), (5, 5)),
    "whole image": Window((4, 3, 2), (4, 3)),
    "1x4 strides 2x1": Window((5, 6, 2), (1, 4), (2, 1)),
    "3x2 strides 1x3, columns left over": Window((5, 7, 2), (3, 2), (1, 3)),
    "2x2 strides 3x3, gaps": Window((7, 6, 1), (2, 2), (3, 3)),
    "17 filters": Window((4, 4, 3), (2, 2), filters=17),
    "9 channels": Window((4, 4, 9), (3, 3), filters=2),
    "3x3 same": Window((4, 5, 2), (3, 3), padding="same"),
    "2x2 same, more after than before": Window((4, 5, 2), (2, 2), padding="same"),
    "3x3 strides 2x2 same, rows only after": Window((4, 5, 2), (3, 3), (2, 2), "same"),
    "5x2 strides 2x3 same": Window((6, 5, 1), (5, 2), (2, 3), "same"),
    "2x3 strides 3x2 same, gaps": Window((6, 5, 2), (2, 3), (3, 2), "same"),
    "4x5 same, larger than the image": Window((3, 2, 2), (4, 5), padding="same"),
}

POOLINGS = {
    "2x2": Window((4, 6, 3), (2, 2), (2, 2)),
    "2x2, row and column left over": Window((5, 5, 2), (2, 2), (2, 2)),
    "3x3 overlapping": Window((5, 6, 2), (3, 3), (1, 1)),
    "2x3 strides 3x1": Window((6, 5, 2), (2, 3), (3, 1)),
    "2x2 same": Window((5, 5, 2), (2, 2), (2, 2), "same"),
    "3x3 strides 2x2 same, rows only after": Window((4, 5, 2), (3, 3), (2, 2), "same"),
    "3x2 overlapping same": Window((4, 4, 2), (3, 2), (1, 1), "same"),
    "4x5 same, larger than the image": Window((3, 2, 2), (4, 5), (1, 1), "same"),
    "ties": Window((6, 6, 2), (2, 2), (2, 2)),
    "ties, overlapping same": Window((5, 5, 2), (3, 3), (1, 1), "same"),
}


def outputs_and_padding(
    length: int, window: int, stride: int, padding: str
) -> tuple[int, tuple[int, int]]:
    """Return the outputs along one axis, and the cells added before and after it: TensorFlow's."""
    if padding == "valid":
        return (length - window) // stride + 1, (0, 0)
    out = math.ceil(length / stride)
    added = max((out - 1) * stride + window - length, 0)
    return out, (added // 2, added - added // 2)


def output_size(case: Window) -> tuple[int, int]:
    """Return rows and columns of the output."""
    axes = zip(case.image, case.window, case.strides, strict=False)
    OH, OW = (outputs_and_padding(*axis, case.padding)[0] for axis in axes)
    return OH, OW


class Batch(NamedTuple):
    """What goes into a layer: x, the weights, and the gradient dy that comes back."""

    x: np.ndarray
    weights: list[np.ndarray]
    dy: np.ndarray


def convolution_batch(name: str) -> Batch:
    """Return two images, kernel and bias, and dy."""
    case = CONVOLUTIONS[name]
    kernel = numbers(f"kernel {name}", (*case.window, case.image[2], case.filters))
    bias = numbers(f"bias {name}", case.filters)
    dy = numbers(f"dy {name}", (2, *output_size(case), case.filters))
    return Batch(numbers(f"x {name}", (2, *case.image)), [kernel, bias], dy)


def pooling_batch(name: str) -> Batch:
    """Return two images, and dy.  All pixels are below zero, so that a padding of zeros would win.

    In a case of ties there are but three kinds of pixels.
    """
    case = POOLINGS[name]
    x = numbers(f"x {name}", (2, *case.image), -4.0, -1.0)
    if "ties" in name:
        x = np.floor(x)
    return Batch(x, [], numbers(f"dy {name}", (2, *output_size(case), case.image[2])))


# --- dense layers and activations ----------------------------------------------------------------

DENSE = {"(N, D)": (5, 4, 3), "(N, T, D)": (2, 3, 4, 3), "9 to 17": (3, 9, 17)}
ACTIVATIONS = ("relu", "softmax", "sigmoid", "tanh")


def dense_batch(name: str) -> Batch:
    """Return rows, kernel and bias, and dy."""
    *rows, D, U = DENSE[name]
    weights = [numbers(f"kernel {name}", (D, U)), numbers(f"bias {name}", U)]
    return Batch(numbers(f"x {name}", (*rows, D)), weights, numbers(f"dy {name}", (*rows, U)))


def activation_batch(name: str) -> Batch:
    """Return scores between -6 and 6, a zero and two large ones among them, and dy."""
    x = numbers(f"x {name}", (4, 6), -6.0, 6.0)
    x[0, :3] = 0.0, 90.0, -90.0
    return Batch(x, [], numbers(f"dy {name}", (4, 6)))


# --- losses --------------------------------------------------------------------------------------

LOGITS = np.array(
    [
        [0.0, 20.0, 0.0],  # sure, and wrong: the label is 0
        [300.0, -300.0, 0.0],  # exp would overflow
        [0.25, -1.5, 0.75],
        [1.0, 1.0, 1.0],
        [-2.0, 3.0, 0.5],
    ]
)
LOGITS_LABELS = np.array([0, 0, 2, 1, 0])
LOGITS_MIXED_LABELS = np.array(
    [[1.0, 0, 0], [0.5, 0, 0.5], [0.25, 0.25, 0.5], [0, 1, 0], [0.125, 0.75, 0.125]]
)
LOGITS_WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0, 3.0])

PROBABILITIES = np.array(
    [
        [0.2, 0.7, 0.1],
        [1.0, 0.0, 0.0],  # sure, and right
        [1e-12, 1.0, 0.0],  # sure, and wrong
        [0.2, 0.2, 0.0],  # does not sum to 1
        [3.0, 1.0, 4.0],  # neither does this
        [2e-7, 0.5, 0.5],  # just inside of the clip
        [5e-8, 0.5, 0.5],  # just outside
    ]
)
PROBABILITIES_LABELS = np.array([1, 0, 0, 0, 2, 0, 0])

OUTPUTS = (
    np.array([[1, 0], [0, 1], [1, 1], [0.5, -1]]),
    np.array([0, 1, 2, 1]),
    np.linspace(-1, 1, 6).reshape(2, 3),
)
"""Samples, labels and kernel of a model whose outputs are not always probabilities."""


# --- optimizers ----------------------------------------------------------------------------------

OPTIMIZERS = {
    "Adam": lambda optimizers: optimizers.Adam(),
    "Adam with other constants": lambda optimizers: optimizers.Adam(0.01, 0.8, 0.95, 1e-3),
    "SGD": lambda optimizers: optimizers.SGD(),
    "SGD with momentum": lambda optimizers: optimizers.SGD(0.05, momentum=0.9),
    "SGD with Nesterov momentum": lambda optimizers: optimizers.SGD(0.05, 0.9, nesterov=True),
    "RMSprop": lambda optimizers: optimizers.RMSprop(),
    "RMSprop with other constants": lambda optimizers: optimizers.RMSprop(0.01, rho=0.7),
}

THREE_WEIGHTS = np.array([1.0, -2.0, 3.0])
THREE_WEIGHTS_GRADIENTS = np.array([[0.1, -0.2, 1e-6], [0.3, 0.1, 1e-6]])
"""The third gradient is small enough for epsilon to matter, and for where it is added."""


# --- models --------------------------------------------------------------------------------------

STEPS = 10
BATCH_SIZE = 8


def tutorial_layers(layers: Any) -> list[Any]:
    """Return the tutorial's model: 5,994 numbers to learn."""
    return [
        layers.Input((28, 28, 1)),
        layers.Conv2D(8, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]


def small_layers(layers: Any) -> list[Any]:
    """Return a model of 130 numbers, with what the tutorial's does not have."""
    return [
        layers.Input((7, 6, 2)),
        layers.Conv2D(3, (3, 2), strides=(1, 2), padding="same", activation="sigmoid"),
        layers.AveragePooling2D(2, padding="same"),
        layers.Conv2D(4, 2, activation="relu"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]


class Model(NamedTuple):
    """A model: its layers, the shapes of its weights, and what it is trained on."""

    layers: Any
    shapes: tuple[tuple[int, ...], ...]
    image: tuple[int, int, int]
    classes: int


MODELS = {
    "tutorial": Model(
        tutorial_layers,
        ((5, 5, 1, 8), (8,), (5, 5, 8, 16), (16,), (256, 10), (10,)),
        image=(28, 28, 1),
        classes=10,
    ),
    "small": Model(
        small_layers,
        ((3, 2, 2, 3), (3,), (2, 2, 3, 4), (4,), (12, 3), (3,)),
        image=(7, 6, 2),
        classes=3,
    ),
}


def initial_weights(model: str) -> list[np.ndarray]:
    """Return Glorot-uniform kernels, and biases that are not zero, so that they count."""
    weights = []
    for index, shape in enumerate(MODELS[model].shapes):
        window = math.prod(shape[:-2])
        limit = math.sqrt(6 / (window * (shape[-2] + shape[-1]))) if len(shape) > 1 else 0.1
        weights.append(numbers(f"{model} weights {index}", shape, -limit, limit))
    return weights


def model_data(model: str, part: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` images with pixels from 0 to 1, and their class numbers.

    An image is the brighter the larger its class number, so that labels and images belong together.
    """
    _, _, image, classes = MODELS[model]
    y = labels(f"{model} {part} labels", n, classes)
    x = numbers(f"{model} {part} images", (n, *image), 0.0, 1.0)
    brightness = (y + 1).reshape(-1, 1, 1, 1) / classes
    return rounded(x * brightness), y


def model_batches(model: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return a batch of images and one-hot labels for each step."""
    x, y = model_data(model, "training", STEPS * BATCH_SIZE)
    rows = np.arange(len(x)).reshape(STEPS, BATCH_SIZE)
    return [(x[batch], one_hot(y[batch], MODELS[model].classes)) for batch in rows]


# --- fit -----------------------------------------------------------------------------------------


def fits() -> dict[str, dict[str, Any]]:
    """Return the arguments of `fit`: 20 samples in batches of 8, 8 and 4, three times."""
    x, y = model_data("small", "training", 20)
    val_x, val_y = model_data("small", "validation", 11)
    weight, val_weight = numbers("weight", 20, 0, 3), numbers("validation weight", 11, 0, 3)
    common: dict[str, Any] = {
        "x": x,
        "y": y,
        "batch_size": 8,
        "epochs": 3,
        "shuffle": False,
        "verbose": 0,
    }
    return {
        "validation data": {**common, "validation_data": (val_x, val_y)},
        "one-hot labels": {**common, "y": one_hot(y, 3), "validation_data": (x, one_hot(y, 3))},
        "no validation": common,
        "validation split": {**common, "validation_split": 0.25},
        "sample weights": {
            **common,
            "sample_weight": weight,
            "validation_data": (val_x, val_y, val_weight),
        },
        "class weights": {
            **common,
            "class_weight": {0: 0.5, 2: 3.0},
            "validation_data": (val_x, val_y),
        },
        "one-hot labels, class weights": {
            **common,
            "y": one_hot(y, 3),
            "class_weight": {0: 0.5, 1: 1.0, 2: 3.0},
        },
    }


def fitted(
    model: Any, optimizers: Any, arguments: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """Train a small model of Keras or numcnn.

    Returns the names in its history, and the history itself, a row for each name, with what
    evaluate and predict say afterwards.
    """
    x, y = arguments["x"], arguments["y"]
    loss = "categorical_crossentropy" if y.ndim == 2 else "sparse_categorical_crossentropy"
    model.set_weights(initial_weights("small"))
    model.compile(optimizers.Adam(0.1), loss, metrics=["accuracy"])
    history = model.fit(**arguments).history
    return list(history), {
        "history": list(history.values()),
        "evaluate": model.evaluate(x, y, 7, verbose=0),
        "predict": model.predict(x[:3], verbose=0),
    }


# --- initializers --------------------------------------------------------------------------------

SHAPES = ((5, 5, 8, 16), (3, 3, 64, 32), (784, 10), (40, 300))

INITIALIZERS = {
    "glorot_uniform": lambda initializers: initializers.GlorotUniform(seed=1),
    "glorot_normal": lambda initializers: initializers.GlorotNormal(seed=1),
    "he_uniform": lambda initializers: initializers.HeUniform(seed=1),
    "he_normal": lambda initializers: initializers.HeNormal(seed=1),
    "variance_scaling": lambda initializers: initializers.VarianceScaling(seed=1),
    "variance_scaling, fan_out, uniform": lambda initializers: initializers.VarianceScaling(
        0.5, "fan_out", "uniform", seed=1
    ),
    "variance_scaling, fan_avg, untruncated": lambda initializers: initializers.VarianceScaling(
        3.0, "fan_avg", "untruncated_normal", seed=1
    ),
}


def statistics(values: Any) -> np.ndarray:
    """Return mean, standard deviation, minimum and maximum."""
    values = np.asarray(values, np.float64)
    return np.array([values.mean(), values.std(), values.min(), values.max()])


# --- the stored numbers --------------------------------------------------------------------------


def named(key: str, y: Any, dx: Any, dkernel: Any = None, dbias: Any = None) -> dict[str, Any]:
    """Return what the two passes of a layer gave, under the names that are stored."""
    passes = {"y": y, "dx": dx, "dkernel": dkernel, "dbias": dbias}
    return {f"{key}/{name}": values for name, values in passes.items() if values is not None}


def in_a_row(arrays: Any) -> np.ndarray:
    """Return all numbers of some arrays, one after another."""
    return np.concatenate([np.ravel(array) for array in arrays])


class Stored(NamedTuple):
    """An oracle's numbers by name, and what else is to be known of them."""

    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]


def write(oracle: str, results: dict[str, Any], **notes: Any) -> None:
    """Store an oracle's numbers and notes.

    Hundreds of small arrays in a row, one row for each dtype, take half of the space that they
    would take one by one.
    """
    arrays = {key: np.asarray(values) for key, values in results.items()}
    index = {key: (array.dtype.name, array.shape) for key, array in arrays.items()}
    rows = {
        dtype: in_a_row(array for array in arrays.values() if array.dtype == dtype)
        for dtype in sorted({array.dtype.name for array in arrays.values()})
    }
    path = HERE / f"{oracle}.npz"
    np.savez_compressed(path, about=np.array(json.dumps([index, notes])), **rows)
    print(f"{path.name}: {len(arrays)} arrays, {path.stat().st_size:,} bytes")


def read(oracle: str) -> Stored:
    """Return an oracle's numbers and notes."""
    with np.load(HERE / f"{oracle}.npz") as file:
        rows = dict(file)
    index, notes = json.loads(str(rows.pop("about")))
    arrays = {}
    for key, (dtype, shape) in index.items():
        size = math.prod(shape)
        arrays[key], rows[dtype] = rows[dtype][:size].reshape(shape), rows[dtype][size:]
    return Stored(arrays, notes)
