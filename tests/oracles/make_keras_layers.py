"""Stores outputs and gradients of Keras's layers in ``keras_layers.npz``.

KERAS_BACKEND=tensorflow python -m tests.oracles.make_keras_layers
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tests.oracles.more_layers import LAYERS, dy_like, inputs_of, weights_like

stored = {}
for name, (make, _) in LAYERS.items():
    layer, x = make(keras.layers), inputs_of(name)
    x = [tf.constant(one) for one in x] if isinstance(x, list) else tf.constant(x)
    layer(x)
    layer.set_weights(weights_like(layer.get_weights()))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y * dy_like(y))
    weights = [w.value for w in layer.trainable_weights]
    several = x if isinstance(x, list) else [x]
    gradients = tape.gradient(loss, [*several, *weights])
    stored[f"{name}/y"] = y.numpy()
    for number, gradient in enumerate(gradients):
        stored[f"{name}/{number}"] = gradient.numpy()
np.savez_compressed(Path(__file__).parent / "keras_layers.npz", **stored)
print(keras.__version__, len(LAYERS), "layers")
