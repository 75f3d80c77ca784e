"""Model files from numcnn to Keras and back, and from Keras to numcnn and back.

For every layer and every optimizer, in each of Keras's formats: are the weights and the optimizer's
variables the same bits, are predictions the same, and does training go on in the same way?

    pip install keras jax && JAX_DISABLE_JIT=1 python -m benchmarks.reliability.keras_round_trip

(Models so small are not worth compiling.)

Dropout is trained by chance, which no file of Keras holds; it is compared in prediction only.  So
is what Keras has loaded from ``.h5``: it drops the optimizer's variables that are in such a file,
its own included (Keras 3.15.1: 6 variables of Adam are saved, and 2 come back).
"""

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import numcnn
from tests.oracles import saved

ENDINGS = ("model.keras", "model.h5", "model.weights.h5")
CLOSE = 1e-6
TRAINED_ON = 1e-5


def main() -> None:
    print(f"numcnn {numcnn.__version__}, Keras {keras.__version__} on {keras.backend.backend()}")
    print("largest difference of a prediction, and of a weight after three more steps")
    print(f"{'':45} {'numcnn -> Keras':>20} {'Keras -> numcnn':>20}")
    tried = good = 0
    for kind in saved.KINDS:
        for ending in ENDINGS:
            cells = []
            for one, other in ((numcnn, keras), (keras, numcnn)):
                predicted, trained = trip(kind, ending, one, other)
                fine = predicted <= CLOSE and trained <= TRAINED_ON
                tried, good = tried + 1, good + fine
                cells.append(f"{predicted:9.1e} {trained:8.1e} {' ' if fine else '!'}")
            print(f"{kind:30} {ending.removeprefix('model'):14} {cells[0]:>20} {cells[1]:>20}")
    print(
        f"{good} of {tried} round trips are right; in all of them the weights and the optimizer's"
    )
    print("variables are the same bits after the way there and back.")
    control()


def trip(kind: str, ending: str, one: Any, other: Any) -> tuple[float, float]:
    """Take a model from one library to the other and back; return how far they are apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / ending)
        first = saved.model(kind, one)
        saved.train(first)
        second = handed_over(first, path, kind, other)
        third = handed_over(second, path, kind, one)
    models = [first, second, third]
    if ending == "model.h5":
        whole = models[:2] if other is numcnn else models[:1]
    else:
        whole = models
    predictions = [each.predict(saved.X, verbose=0) for each in models]
    for each in models[1:]:
        same_bits(first.get_weights(), each.get_weights())
    for each in whole[1:]:
        same_bits(variables(first), variables(each))
    if kind != "layer Dropout":
        for each in whole:
            saved.train(each)
    weights = [each.get_weights() for each in (whole if kind != "layer Dropout" else [])]
    return farthest([[each] for each in predictions]), farthest(weights)


def farthest(several: list[list[np.ndarray]]) -> float:
    """Return the largest difference between the arrays of the first and those of the others."""
    pairs = [pair for each in several[1:] for pair in zip(several[0], each, strict=True)]
    return max((float(np.abs(a - b).max()) for a, b in pairs), default=0.0)


def handed_over(model: Any, path: str, kind: str, library: Any) -> Any:
    """Save a model in one library, and return it as loaded in another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras calls .h5 legacy
        if path.endswith(".weights.h5"):
            model.save_weights(path)
            loaded = saved.model(kind, library)
            if library is keras:  # its optimizer has no variables before it is built
                loaded.optimizer.build(loaded.trainable_variables)
            loaded.load_weights(path)
            return loaded
        model.save(path)
        return library.models.load_model(path)


def same_bits(some: list[np.ndarray], others: list[np.ndarray]) -> None:
    """Stop if arrays are not the same bits."""
    for one, other in zip(some, others, strict=True):
        np.testing.assert_array_equal(one, other)


def variables(model: Any) -> list[np.ndarray]:
    """Return the optimizer's variables in Keras's order."""
    if isinstance(model, numcnn.Sequential):
        from numcnn.saving.keras_layout import optimizer_variables

        return [value for _, value in optimizer_variables(model)]
    return [np.asarray(variable) for variable in model.optimizer.variables]


def control() -> None:
    """A file with two slots of Adam exchanged must be noticed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        first = saved.model("optimizer Adam", numcnn)
        saved.train(first)
        first.save_weights(path)
        import h5py

        with h5py.File(path, "r+") as file:
            slots = file["optimizer/vars"]
            m, v = slots["2"][()], slots["3"][()]
            slots["2"][...], slots["3"][...] = v, m
        second = saved.model("optimizer Adam", keras)
        second.optimizer.build(second.trainable_variables)
        second.load_weights(path)
        try:
            same_bits(variables(first), variables(second))
        except AssertionError:
            print("control: exchanged slots are noticed")
        else:
            raise SystemExit("control: exchanged slots were NOT noticed")


if __name__ == "__main__":
    main()
