"""Write keras_panel.npz: five epochs of two networks of the panel, and their files.

    KERAS_BACKEND=tensorflow python tests/oracles/make_keras_panel.py

Files go both ways here: Keras reads what numcnn has written, and numcnn what Keras has.  How far
the predictions are apart is stored.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from oracles import cases, panel, saved

import numcnn


def there_and_back(ours: Any, x: np.ndarray, folder: Path) -> list[float]:
    """Return how far Keras's predictions are from ours, and those of what Keras saves again."""
    first, second = folder / "ours.keras", folder / "theirs.keras"
    ours.save(first)
    theirs = keras.models.load_model(first)
    theirs.save(second)
    expected = ours.predict(x, verbose=0)
    again = numcnn.models.load_model(second)
    return [float(np.abs(one.predict(x, verbose=0) - expected).max()) for one in (theirs, again)]


def main() -> None:
    """Train, save and compare."""
    results, notes = {}, {}
    x, _ = panel.data()
    for name in panel.NAMES:
        keras.utils.clear_session()
        theirs, ours = panel.model(name, keras), panel.model(name, numcnn)
        history = panel.trained(theirs)
        panel.trained(ours)
        with tempfile.TemporaryDirectory() as folder:
            theirs.save(Path(folder) / "model.keras")
            config, nodes, variables = saved.read_file(Path(folder) / "model.keras")
            apart = there_and_back(ours, x, Path(folder))
        assert max(apart) <= 1e-6, apart
        results |= {f"{name}/{place}": array for place, array in variables.items()}
        results[f"{name}/predictions"] = theirs.predict(x, verbose=0)
        notes[name] = {"history": history, "config": config, "nodes": nodes, "apart": apart}
    made_with = f"Keras {keras.__version__} on {keras.backend.backend()}"
    cases.write("keras_panel", results, made_with=made_with, **notes)


if __name__ == "__main__":
    main()
