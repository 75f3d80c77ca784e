"""The tutorial in Keras on TensorFlow."""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from keras import Sequential, layers
from peak import report


def main(path: str, epochs: int) -> None:
    data = np.load(path)
    x_train, x_test = (data[name] / np.float32(255) for name in ("x_train", "x_test"))
    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, data["y_train"], batch_size=512, epochs=epochs, verbose=0)
    report(model.evaluate(x_test, data["y_test"], batch_size=512, verbose=0)[1])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
