"""Writes keras_utils.npz: what Keras's helpers for arrays give."""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

found = {}
labels = {"flat": [0, 2, 1], "column": [[3], [0]], "table": [[0, 1], [2, 0]], "one": 2}
for kind, x in labels.items():
    for classes in (None, 5):
        found[f"categorical/{kind}/{classes}"] = keras.utils.to_categorical(x, classes)

found["x"] = np.random.default_rng(0).normal(size=(4, 3))
found["x"][2] = 0
for axis in (-1, 1):  # of axis 0 Keras takes the norm, and divides along the last
    for order in (1, 2, 3):
        found[f"normalize/{axis}/{order}"] = keras.utils.normalize(found["x"], axis, order)

y = np.arange(13)
for left, right in ((0.8, None), (None, 0.3), (0.25, 0.5), (5, None), (None, 4), (5, 0.4), (6, 7)):
    parts = keras.utils.split_dataset(y, left, right)
    found[f"split/{left}/{right}"] = np.array([len(list(part)) for part in parts])

np.savez_compressed(Path(__file__).with_name("keras_utils.npz"), **found)
