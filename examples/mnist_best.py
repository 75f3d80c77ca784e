"""The best accuracy on MNIST: shifted images, batch normalization, dropout, a schedule."""

import argparse

import numpy as np

import numcnn as keras
from numcnn import layers


class Shifted(keras.utils.Sequence):
    """Batches of the training images; each is moved by up to two pixels, anew in each epoch."""

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int, seed: int) -> None:
        super().__init__()
        self.padded, self.y = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0))), y
        self.batch_size, self.rng = batch_size, np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.y) // self.batch_size)

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.y))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        n = self.order[index * self.batch_size :][: self.batch_size, np.newaxis, np.newaxis]
        rows, columns = self.rng.integers(0, 5, (2, len(n), 1)) + np.arange(28)
        return self.padded[n, rows[:, :, np.newaxis], columns[:, np.newaxis, :]], self.y[n[:, 0, 0]]


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="auto", help="auto, digits, mnist or a folder")
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
try:
    data = keras.datasets.MnistData(args.data, num_test=5_000, seed=args.seed).load()
    x_train, y_train = data.next_train_batch(data.num_train)
    x_test, y_test = data.next_test_batch(data.num_test)
    batches = Shifted(x_train.reshape(-1, 28, 28, 1), y_train, batch_size=128, seed=args.seed)
    model = keras.Sequential([layers.Input((28, 28, 1))], seed=args.seed)
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D())
        model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dropout(0.4))
    model.add(layers.Dense(10, activation="softmax"))
    rate = keras.optimizers.schedules.CosineDecay(0.002, max(1, args.epochs) * len(batches))
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(batches, epochs=args.epochs)
    loss, accuracy = model.evaluate(x_test.reshape(-1, 28, 28, 1), y_test, verbose=0)
    print(f"{accuracy:.2%} of {len(x_test):,} digits are right, loss {loss:.4f}")
except KeyboardInterrupt:
    parser.exit(1, "\nStopped.\n")
except (OSError, ValueError) as error:
    parser.error(str(error))
