"""Write keras_augmentation.npz: images that Keras's augmentation layers have changed.

KERAS_BACKEND=tensorflow python tests/oracles/make_keras_augmentation.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import keras
import numpy as np
from oracles import augmented, cases

results = {}
for size in augmented.SHAPES:
    x = augmented.images(size)
    for name, make in augmented.LAYERS.items():
        results[f"{name} {size}"] = np.asarray(make(keras.layers)(x, training=True))
    for factor in augmented.CONTRASTS:
        layer = keras.layers.RandomContrast(1.0)
        y = layer.transform_images(x, {"contrast_factor": factor}, training=True)
        results[f"contrast {factor} {size}"] = np.asarray(y)
cases.write(
    "keras_augmentation",
    results,
    made_with=f"Keras {keras.__version__} on {keras.backend.backend()}",
    configurations={
        name: keras.layers.serialize(make(keras.layers))
        for name, make in augmented.CONFIGURED.items()
    },
)
