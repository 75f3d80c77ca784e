"""Write keras_trainings.json: five epochs of Keras, for every model and optimizer of `trainings`.

    KERAS_BACKEND=tensorflow python tests/oracles/make_keras_trainings.py

The digits are numcnn's own, so numcnn has to be importable too.  Keras runs in float32.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
from oracles import trainings


def main() -> None:
    histories = {
        f"{name} {optimizer}": trainings.trained(
            keras.Sequential(make(keras)), keras, optimizer, "float32"
        )
        for name, make in trainings.MODELS.items()
        for optimizer in trainings.OPTIMIZERS
    }
    written = {
        "made_with": f"Keras {keras.__version__} on {keras.backend.backend()}",
        "digits": trainings.fingerprint(),
        "histories": histories,
    }
    path = Path(__file__).with_name("keras_trainings.json")
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
