"""A layer of one's own: write the formula and its gradient, then ask whether they agree."""

import argparse
import sys

import numpy as np

import numcnn
from numcnn.gradcheck import check_layer
from numcnn.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D
from numcnn.optimizers import Adam


class ChannelScale(Layer):
    """``y = gain · x``, with one gain to learn for each channel."""

    def build(self, input_shape):
        self.gain = self.add_parameter("gain", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x = x
        return self.gain.value * x

    def backward(self, dy):
        self.gain.grad = (self.x * dy).sum(axis=(0, 1, 2))
        return self.gain.value * dy


class ForgetfulScale(ChannelScale):
    """The same with two typical mistakes: dx forgets the gain, and a mean stands for a sum."""

    def backward(self, dy):
        self.gain.grad = (self.x * dy).mean(axis=(0, 1, 2))
        return dy


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    report = check_layer(ChannelScale(), input_shape=(5, 5, 3))
    print(f"{report}\n")
    assert report, "a report is true if everything is right"

    report = check_layer(ForgetfulScale(), input_shape=(5, 5, 3))
    print(report)
    assert not report, "and false if anything is wrong: it names the mistakes"

    print("\nIn a model, learning to tell vertical from horizontal lines:")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    images = rng.random((600, 12, 12, 1)) * 0.5
    for image, label, place in zip(images, labels, rng.integers(0, 12, 600), strict=True):
        image[place if label else slice(None), slice(None) if label else place] += 0.5

    model = numcnn.Sequential(
        [
            Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
            ChannelScale(),
            MaxPooling2D(2),
            Flatten(),
            Dense(2, activation="softmax"),
        ],
        seed=0,
    )
    model.summary()
    model.compile(Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, epochs=10, validation_split=0.2, verbose=2)
    print(f"gains learned: {model.layers[1].gain.value.round(2)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
