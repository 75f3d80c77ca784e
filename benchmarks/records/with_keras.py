"""The recipe in Keras on TensorFlow."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from digits import BATCH, arguments, read, report
from keras import layers


class Batches(keras.utils.PyDataset):
    """The training digits in a new order each epoch; each batch is moved a little."""

    def __init__(self, x: np.ndarray, y: np.ndarray, shift: int, seed: int) -> None:
        super().__init__()
        self.padded = np.pad(x, ((0, 0), (shift, shift), (shift, shift), (0, 0)))
        self.y, self.shift, self.rng = y, shift, np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.y) // BATCH

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.y))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        n = self.order[index * BATCH :][:BATCH]
        row, column = self.rng.integers(0, 2 * self.shift + 1, 2)
        return self.padded[n, row : row + 28, column : column + 28], self.y[n]


def main() -> None:
    folder, recipe, seed = arguments()
    keras.utils.set_random_seed(seed)
    x, y, x_test, y_test = read(folder)
    batches = Batches(x[..., np.newaxis], y, recipe.shift, seed)
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for filters in recipe.filters:
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D())
        model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Flatten())
    model.add(layers.Dropout(recipe.dropout))
    model.add(layers.Dense(10, activation="softmax"))
    rate = keras.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * len(batches))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(batches, epochs=recipe.epochs, verbose=0)
    found = model.predict(x_test[..., np.newaxis], batch_size=512, verbose=0)
    report(found.argmax(axis=1), y_test)


if __name__ == "__main__":
    main()
