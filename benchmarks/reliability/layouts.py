"""Arrays of every layout and dtype: the right result or a clear error, and inputs left alone.

    python -m benchmarks.reliability.layouts [--engine reference]

Every layer with every layout of memory and every dtype, against what it makes of the same
numbers as a plain float32 array; and whole trainings, whose weights must be the same bytes for
every layout.  What is no number must be refused with a ValueError or TypeError.

The control is a layer that writes into its input: it must be noticed.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import numcnn
from numcnn import layers

RNG = np.random.default_rng(0)
X = RNG.integers(0, 5, (5, 8, 6, 2)).astype(np.float32)  # numbers that every dtype holds
Y = np.arange(5) % 3
CLOSE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=("fast", "reference"), help="one of the two only")
    engine = parser.parse_args().engine
    outcomes: dict[str, str] = {}
    for name in [engine] if engine else ["fast", "reference"]:
        with numcnn.use_engine(name):
            for kind, make in LAYERS.items():
                for what, array in arrays().items():
                    outcomes[f"{name}, {kind}, {what}"] = wrong_in_a_layer(make(), array)
            for what, array in arrays().items():
                outcomes[f"{name}, training, {what}"] = wrong_in_training(array)
    for what, wrong in outcomes.items():
        if wrong:
            print(f"{what}: {wrong}")
    good = sum(not wrong for wrong in outcomes.values())
    print(f"layouts and dtypes: {good} of {len(outcomes)} as they should be")
    noticed = wrong_in_a_layer(Writes("relu"), X)
    print(f"control, a layer that writes into its input: {noticed or 'NOT noticed'}")
    if good < len(outcomes) or not noticed:
        raise SystemExit("not as it should be")


LAYERS: dict[str, Callable[[], layers.Layer]] = {
    "Conv2D": lambda: layers.Conv2D(3, 3, activation="relu"),
    "Conv2D with strides": lambda: layers.Conv2D(3, (2, 3), (2, 1), "same"),
    "MaxPooling2D": lambda: layers.MaxPooling2D(2),
    "AveragePooling2D": lambda: layers.AveragePooling2D(3, 1, "same"),
    "Dense": lambda: layers.Dense(4, activation="tanh"),
    "Flatten": layers.Flatten,
    "Reshape": lambda: layers.Reshape((-1, 4)),
    "Rescaling": lambda: layers.Rescaling(0.5),
    "ZeroPadding2D": layers.ZeroPadding2D,
    "GlobalAveragePooling2D": layers.GlobalAveragePooling2D,
    "GlobalMaxPooling2D": layers.GlobalMaxPooling2D,
    "BatchNormalization": layers.BatchNormalization,
    "Dropout": lambda: layers.Dropout(0.3),
    "ReLU": layers.ReLU,
    "Softmax": lambda: layers.Activation("softmax"),
}
DTYPES = ("f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8", "u8", "?", ">f4", ">i4", "g")
NO_NUMBERS = ("O", "U4", "S4", "c8", "M8[s]", "V4")


def arrays() -> dict[str, Any]:
    """Return the same numbers in every layout and dtype, and arrays of what is no number."""
    padded = np.zeros((10, 16, 6, 4), np.float32)
    padded[::2, ::-2, :, 1::2] = X
    bytes_ = np.zeros(X.nbytes + 1, np.uint8)
    beside = np.ndarray(X.shape, np.float32, bytes_, 1)
    beside[...] = X
    fixed = X.copy()
    fixed.flags.writeable = False
    return {
        "columns first": np.asfortranarray(X),
        "channels first": np.ascontiguousarray(X.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1),
        "every other one, backwards": padded[::2, ::-2, :, 1::2],
        "beside the grid of floats": beside,
        "read-only": fixed,
        "a list of lists": X.tolist(),
        "a subclass": np.ma.masked_array(X),
        **{f"dtype {name}": X.astype(name) for name in DTYPES},
        **{f"dtype {name}": np.zeros(X.shape, name) for name in NO_NUMBERS},
    }


def plain(array: Any) -> np.ndarray:
    return np.array(array, order="C").astype(np.float32)


def holds_numbers(array: Any) -> bool:
    """Whether an array or a list holds numbers."""
    return not (isinstance(array, np.ndarray) and array.dtype.kind in "OUScMV")


def bytes_of(array: Any) -> Any:
    """Return the content of an array or a list, to compare."""
    return array.tobytes() if isinstance(array, np.ndarray) else repr(array)


def wrong_in_a_layer(layer: layers.Layer, array: Any) -> str:
    """Return what is wrong with what a layer makes of an array, or nothing."""
    model = numcnn.Sequential([layers.Input(X.shape[1:]), layer], seed=1)
    model.compile("sgd", "mse")
    before = bytes_of(array)
    try:
        found = model.predict(array, verbose=0)
    except (TypeError, ValueError) as error:
        return f"refused: {error}" if holds_numbers(array) else ""
    if bytes_of(array) != before:
        return "the input has changed"
    if not holds_numbers(array):
        return f"taken, though of dtype {array.dtype}"
    expected = model.predict(plain(array), verbose=0)
    if found.dtype != np.float32:
        return f"the result is {found.dtype}"
    close = np.allclose(found, expected, rtol=CLOSE, atol=CLOSE)
    return "" if close else "other numbers"


def wrong_in_training(array: Any) -> str:
    """Return what is wrong with a training on an array, or nothing."""
    before = bytes_of(array)
    try:
        found = trained(array)
    except (TypeError, ValueError) as error:
        return f"refused: {error}" if holds_numbers(array) else ""
    if bytes_of(array) != before:
        return "the input has changed"
    return "" if found == trained(plain(array)) else "other weights"


def trained(array: Any) -> list[bytes]:
    """Return the weights after two epochs."""
    model = numcnn.Sequential(
        [
            layers.Input(X.shape[1:]),
            layers.Conv2D(3, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=1,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(array, Y, batch_size=2, epochs=2, verbose=0)
    return [weights.tobytes() for weights in model.get_weights()]


class Writes(layers.Activation):
    """A layer that saves memory in the wrong place."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        x *= 0
        return x


if __name__ == "__main__":
    main()
