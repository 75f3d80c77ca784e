"""U-Net: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image
segmentation", MICCAI (2015).

The answer is an image: for each pixel, whether it belongs to the digit.  On the way down the
network sees more and more of the image, on the way up it becomes exact again.  At each size the way
up reads what the way down has seen, so that edges stay sharp.

Measured: 96.7 % of the pixels of new pictures are classified correctly after 3.9 s of training.
"""

from typing import Any

import hall
import numpy as np

import numcnn
from numcnn import layers

NAME, YEAR, EPOCHS, RATE = "U-Net", 2015, 2, 0.004
LOSS = "binary_crossentropy"


def samples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return digits behind bars and noise, and where the digits are, ``(N, 28, 28, 1)``."""
    x, _ = hall.samples(count, seed)
    rng = np.random.default_rng(seed)
    noisy = x * rng.uniform(0.5, 1, (count, 1, 1, 1)) + rng.normal(0, 0.25, x.shape)
    for image, row in zip(noisy, rng.integers(0, 28, count), strict=True):
        image[row] += 0.8
        image[:, (3 * row) % 28] += 0.8
    return noisy.astype(np.float32), (x > 0.4).astype(np.float32)


def convs(x: Any, filters: int) -> Any:
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return x


def build() -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    large = convs(image, 8)  # (28, 28, 8)
    middle = convs(layers.MaxPooling2D(2)(large), 16)  # (14, 14, 16)
    small = convs(layers.MaxPooling2D(2)(middle), 32)  # (7, 7, 32)
    up = layers.Conv2DTranspose(16, 2, strides=2)(small)  # (14, 14, 16)
    up = convs(layers.concatenate([middle, up]), 16)
    up = layers.Conv2DTranspose(8, 2, strides=2)(up)  # (28, 28, 8)
    up = convs(layers.concatenate([large, up]), 8)
    return numcnn.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(up))


if __name__ == "__main__":
    hall.main("unet")
