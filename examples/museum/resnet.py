"""ResNet: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR (2016).

A block adds what it computes to its input, y = x + f(x), so it only has to learn the difference.
On the way back the sum passes the gradient on as it is, to the first layer of a hundred.  Where the
size changes, a convolution of 1 x 1 makes the input fit.  (`deeper.py` shows the gradients.)

Measured: 91.4 % of 500 new digits are classified correctly after 1.4 s of training.
"""

from typing import Any

import hall

import numcnn
from numcnn import layers

NAME, YEAR, EPOCHS, RATE = "ResNet", 2015, 4, 0.003


def conv(x: Any, filters: int, size: int = 3, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def block(x: Any, filters: int, strides: int = 1) -> Any:
    y = layers.ReLU()(conv(x, filters, strides=strides))
    y = conv(y, filters)
    if x.shape != y.shape:
        x = conv(x, filters, 1, strides)
    return layers.ReLU()(layers.add([x, y]))  # the gradient goes both ways


def build() -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    x = layers.ReLU()(conv(image, 8, strides=2))  # (14, 14, 8)
    x = block(block(x, 8), 8)
    x = block(x, 16, strides=2)  # (7, 7, 16)
    x = block(x, 32, strides=2)  # (4, 4, 32)
    x = layers.GlobalAveragePooling2D()(x)
    return numcnn.Model(image, layers.Dense(10, activation="softmax")(x))


if __name__ == "__main__":
    hall.main("resnet")
