"""A graph with every layer that is not among `saved`'s, and what Keras stores of it.

``KERAS_BACKEND=tensorflow python -m tests.oracles.graph_file`` writes ``keras_graph.npz``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

KINDS = {
    *("Add", "Average", "CenterCrop", "Concatenate", "Conv2DTranspose", "Cropping2D", "Maximum"),
    *("DepthwiseConv2D", "GaussianNoise", "GroupNormalization", "LayerNormalization", "Minimum"),
    *("Multiply", "Normalization", "PReLU", "Permute", "Resizing", "SeparableConv2D", "Subtract"),
    *("SpatialDropout2D", "UpSampling2D"),
}
X = np.random.default_rng(0).random((3, 8, 8, 4)).astype(np.float32)
STORED = Path(__file__).parent / "keras_graph.npz"


def graph(keras: Any) -> Any:
    """Return the model, with weights that are always the same."""
    layers = keras.layers
    image = keras.Input((8, 8, 4), name="image")
    x = layers.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 0.5, 3.0])(image)
    a = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="tanh")(x)
    b = layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2, use_bias=False)(x)
    c = layers.Conv2D(8, 3, padding="same", groups=2)(x)
    a = layers.LayerNormalization(axis=[1, 3])(layers.Add()([a, b, c]))
    b = layers.GroupNormalization(2, epsilon=1e-4)(layers.Subtract()([b, c]))
    x = layers.Average()([layers.Maximum()([a, b]), layers.Minimum()([a, c])])
    x = layers.PReLU(shared_axes=[1, 2])(layers.SpatialDropout2D(0.3)(x))
    gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, gate]) + a * 0.5
    small = layers.Cropping2D(((1, 1), (2, 0)))(layers.GaussianNoise(0.1)(x))
    small = layers.Resizing(8, 8)(layers.CenterCrop(4, 4)(small))
    large = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    up = layers.UpSampling2D(2, interpolation="bilinear")(small)
    y = layers.Permute((2, 1, 3))(layers.Concatenate(axis=-1)([large, up]))
    outputs = layers.Dense(3, activation="softmax")(layers.GlobalMaxPooling2D()(y))
    model = keras.Model(image, outputs, name="every_layer")
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(-0.3, 0.6, w.shape) for w in model.get_weights()])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def main() -> None:
    """Store what Keras writes and predicts."""
    import keras

    sys.path.insert(0, str(Path(__file__).parent))
    import saved

    model = graph(keras)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m.keras")
        config, nodes, variables = saved.read_file(Path(folder) / "m.keras")
    notes = json.dumps({"config": config, "nodes": nodes, "made_with": keras.__version__})
    found = {"notes": np.array(notes), "predictions": model.predict(X, verbose=0), **variables}
    np.savez_compressed(STORED, **found)


if __name__ == "__main__":
    main()
