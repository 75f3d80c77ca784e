"""Write keras_outputs.json: cross-entropy of outputs that are, and are not, probabilities.

python tests/oracles/make_keras_outputs.py

On TensorFlow, because the backends differ here: that one takes the logits of a softmax and of a
sigmoid alike, and clips before it divides where the labels are class numbers.
"""

import itertools
import json
import os
import warnings

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from typing import Any

import cases
import keras
import numpy as np
import tensorflow as tf

ACTIVATIONS = (None, "relu", "tanh", "sigmoid", "softmax")
LOSSES = ("SparseCategoricalCrossentropy", "CategoricalCrossentropy", "BinaryCrossentropy")


def main() -> None:
    warnings.simplefilter("ignore")  # of from_logits=True behind a softmax
    stored: dict[str, Any] = {
        "made_with": f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
        "models": {
            f"{activation} {loss} {from_logits}": one_step(activation, loss, from_logits)
            for activation, loss, from_logits in itertools.product(
                ACTIVATIONS, LOSSES, (False, True)
            )
        },
        "probabilities": {dtype: of_probabilities(dtype) for dtype in ("float32", "float64")},
    }
    text = json.dumps(stored, indent=1)
    (cases.HERE / "keras_outputs.json").write_text(text + "\n", encoding="utf-8")


def one_step(activation: str | None, loss: str, from_logits: bool) -> dict[str, Any]:
    """Return the loss of a small model, and its kernel after one step of SGD(1.0)."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation=activation)])
    x, y, kernel = cases.OUTPUTS
    model.set_weights([kernel, np.zeros(3)])
    model.compile(keras.optimizers.SGD(1.0), getattr(keras.losses, loss)(from_logits=from_logits))
    labels = y if loss.startswith("Sparse") else cases.one_hot(y, 3)
    value = model.evaluate(x, labels, verbose=0)
    model.train_on_batch(x, labels)
    return {"loss": float(value), "kernel": model.get_weights()[0].tolist()}


def of_probabilities(dtype: str) -> dict[str, Any]:
    """Return the loss of each row by class numbers, and the gradient of their sum."""
    p = tf.Variable(cases.PROBABILITIES.astype(dtype))
    with tf.GradientTape() as tape:
        values = keras.losses.sparse_categorical_crossentropy(cases.PROBABILITIES_LABELS, p)
    return {"losses": values.numpy().tolist(), "dp": tape.gradient(values, p).numpy().tolist()}


if __name__ == "__main__":
    main()
