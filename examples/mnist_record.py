"""MNIST from the files to 98, 99 or 99.4 % of the test digits, in as few seconds as possible."""

import argparse
from typing import NamedTuple

import numpy as np

import numcnn as keras
from numcnn import layers


class Recipe(NamedTuple):
    """What it takes to be right so often; chosen on digits held out from the training digits."""

    filters: tuple[int, ...]  # of each convolution
    dropout: float  # before the last layer
    epochs: int
    rate: float  # Adam's learning rate at the beginning; it falls along a cosine to 0
    shift: int  # by up to so many pixels each batch is moved


RECIPES = {
    "98": Recipe((12, 24), dropout=0.1, epochs=1, rate=0.015, shift=0),
    "99": Recipe((16, 32), dropout=0.4, epochs=7, rate=0.008, shift=1),
    "99.4": Recipe((32, 64), dropout=0.5, epochs=14, rate=0.008, shift=2),
}
BATCH = 64


def train(recipe: Recipe, x: np.ndarray, y: np.ndarray, seed: int) -> keras.Sequential:
    """Return a network trained on images ``(N, 28, 28, 1)`` and classes ``(N,)``."""
    model = keras.Sequential([layers.Input((28, 28, 1))], seed=seed)
    for filters in recipe.filters:
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D())
        model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Flatten())
    model.add(layers.Dropout(recipe.dropout))
    model.add(layers.Dense(10, activation="softmax"))
    batches = len(x) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * batches)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")

    shift, rng = recipe.shift, np.random.default_rng(seed)
    padded = np.pad(x, ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    for _ in range(recipe.epochs):
        for n in rng.permutation(len(x))[: batches * BATCH].reshape(batches, BATCH):
            row, column = rng.integers(0, 2 * shift + 1, 2)
            model.train_on_batch(padded[n, row : row + 28, column : column + 28], y[n])
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist.npz", help="a folder with MNIST's files")
    parser.add_argument("--to", choices=RECIPES, default="98", help="percent of the test digits")
    parser.add_argument("--tune", action="store_true", help="test on 5,000 training digits instead")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        (x, y), (x_test, y_test) = keras.datasets.mnist.load_data(args.data)
        if args.tune and len(x) <= 5_000:
            parser.error(f"--tune needs more than 5,000 training digits, got {len(x):,}.")
        if args.tune:
            x, x_test, y, y_test = x[:-5_000], x[-5_000:], y[:-5_000], y[-5_000:]
        x, x_test = (pixels[..., np.newaxis] / np.float32(255) for pixels in (x, x_test))
        model = train(RECIPES[args.to], x, y, args.seed)
        right = np.mean(model.predict(x_test, batch_size=512, verbose=0).argmax(axis=1) == y_test)
        print(f"{right:.2%} of {len(x_test):,} test digits are right")
    except KeyboardInterrupt:
        parser.exit(1, "\nStopped.\n")
    except (OSError, ValueError) as error:
        parser.error(str(error))
