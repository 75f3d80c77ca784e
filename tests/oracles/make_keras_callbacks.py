"""Write keras_callbacks.json: what Keras's callbacks decide, say and write in scripted trainings.

python tests/oracles/make_keras_callbacks.py
"""

import contextlib
import json
import os
import tempfile

os.environ["KERAS_BACKEND"] = "jax"

from typing import Any

import cases
import curves
import jax
import keras


def main() -> None:
    replayed = {}
    for name, script in curves.SCRIPTS.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            replayed[name] = curves.replay(script, keras, load_weights)
    stored = {
        "made_with": f"Keras {keras.__version__} on JAX {jax.__version__}",
        "replayed": replayed,
    }
    text = json.dumps(stored, indent=1)
    (cases.HERE / "keras_callbacks.json").write_text(text + "\n", encoding="utf-8")


def load_weights(model: Any, path: str) -> None:
    """Give a model the weights in a file."""
    model.load_weights(path)


if __name__ == "__main__":
    main()
