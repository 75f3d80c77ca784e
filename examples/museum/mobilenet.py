"""MobileNet: Howard and others, "MobileNets: efficient convolutional neural networks for mobile
vision applications", arXiv:1704.04861 (2017).

A convolution looks at places and at channels at once.  MobileNet does one after the other: a window
for each channel alone, then a mixture of the channels at each pixel.  With windows of 3 x 3 that
needs about a ninth of the multiplications, and costs little accuracy.

Measured: 86.8 % of 500 new digits are classified correctly after 1.5 s of training.
"""

from typing import Any

import hall

import numcnn
from numcnn import layers

NAME, YEAR, EPOCHS, RATE = "MobileNet", 2017, 5, 0.006


def normalized(x: Any) -> Any:
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.9)(x))


def block(x: Any, filters: int, strides: int = 1) -> Any:
    x = normalized(layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x))
    return normalized(layers.Conv2D(filters, 1, use_bias=False)(x))


def build() -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    x = normalized(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image))
    x = block(x, 16)  # (14, 14, 16)
    x = block(x, 32, strides=2)  # (7, 7, 32)
    x = block(x, 32)
    x = block(x, 64, strides=2)  # (4, 4, 64)
    x = layers.GlobalAveragePooling2D()(x)
    return numcnn.Model(image, layers.Dense(10, activation="softmax")(x))


if __name__ == "__main__":
    hall.main("mobilenet")
