"""Write keras_files.npz: what is in the files of Keras, down to the last attribute and number.

    python tests/oracles/make_keras_files.py

The files themselves are not stored: `saved.plant` makes them again from this.
"""

import io
import json
import os
import tempfile
import warnings
import zipfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

from typing import Any

import cases
import h5py
import jax
import keras
import numpy as np
import saved


def main() -> None:
    results: dict[str, np.ndarray] = {}
    files = {}
    for kind in saved.KINDS:
        keras.utils.clear_session()  # or the names are numbered through all models
        model = saved.model(kind, keras)
        saved.train(model)
        nodes, variables = contents(model)
        results |= {f"{kind}/{name}": array for name, array in variables.items()}
        results[f"{kind}/predictions"] = model.predict(saved.X, verbose=0)
        saved.train(model)
        results[f"{kind}/later"] = cases.in_a_row(model.get_weights())
        files[kind] = nodes
    cases.write(
        "keras_files",
        results,
        made_with=f"Keras {keras.__version__} on JAX {jax.__version__}",
        files=files,
    )


def contents(model: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what is in the three files of a model, and its variables, each once."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        model.save(folder / "model.keras")
        model.save_weights(folder / "model.weights.h5")
        with zipfile.ZipFile(folder / "model.keras") as archive:
            members = archive.namelist()
            config = json.loads(archive.read("config.json"))
            newer = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(newer)) as file:
            nodes, variables = saved.tree(file)
        with h5py.File(folder / "model.weights.h5") as file:
            weights, _ = saved.tree(file)
        assert nodes == weights  # one layout
        model.save(folder / "model.h5")
        with h5py.File(folder / "model.h5") as file:
            older, named = saved.tree(file)
    same = {
        name: next(key for key, other in variables.items() if np.array_equal(array, other))
        for name, array in named.items()
    }
    found = {"members": members, "config": config, "newer": nodes, "older": older, "same": same}
    return found, variables


if __name__ == "__main__":
    main()
