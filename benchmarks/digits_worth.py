"""What generated handwriting is worth: learn from it, then read real MNIST.

python -m benchmarks.digits_worth FOLDER          with mnist_images.png and mnist_labels_uint8
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.models import build
from numcnn import metrics
from numcnn.datasets import digits
from numcnn.datasets.files.sprite import IMAGES_FILE, LABELS_FILE, read_sprite

GENERATED = 55_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=128)
    args = parser.parse_args()

    try:
        pixels, one_hot = read_sprite(args.folder / IMAGES_FILE, args.folder / LABELS_FILE)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    real_x, real_y = pixels.reshape(-1, 28, 28, 1) / np.float32(255), one_hot.argmax(axis=1)
    start = time.perf_counter()
    digits.generate(65_000)
    print(f"65,000 digits are written in {time.perf_counter() - start:.1f} s")

    accuracies = []
    for seed in range(args.seeds):
        images, labels = digits.generate(GENERATED + 5_000, seed=seed)
        x = images[..., np.newaxis] / np.float32(255)
        model = build("A", seed=seed)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(
            x[:GENERATED],
            labels[:GENERATED],
            batch_size=args.batch_size,
            epochs=args.epochs,
            verbose=0,
        )
        _, generated = model.evaluate(x[GENERATED:], labels[GENERATED:], verbose=0)
        probabilities = model.predict(real_x, batch_size=512, verbose=0)
        accuracies.append(metrics.accuracy(real_y, probabilities))
        shares, _ = metrics.per_class_accuracy(real_y, probabilities)
        by_class = " ".join(f"{share:.3f}" for share in shares)
        print(
            f"seed {seed}: {accuracies[-1]:.4f} on {len(real_y):,} real digits "
            f"({generated:.4f} on generated ones it has not seen); by class {by_class}"
        )
    print(f"mean {np.mean(accuracies):.4f}")


if __name__ == "__main__":
    main()
