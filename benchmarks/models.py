"""The networks of the panel, as numcnn and Keras build them, and the data for them."""

from __future__ import annotations

from typing import Any

import numpy as np

import numcnn
from benchmarks import networks
from benchmarks.networks import Act, Conv, Dense, Dropout, Flatten, GlobalMean, Norm, Pool, Residual
from numcnn.datasets import digits


class Builder:
    """Makes a network with the classes of a library: numcnn or Keras, which have the same names.

    Parameters
    ----------
    library : module
        ``numcnn`` or ``keras``.
    dropout : float
        The rate of every dropout.
    """

    def __init__(self, library: Any, dropout: float) -> None:
        self.library, self.dropout = library, dropout
        self.made: list[Any] = []
        """The layers with weights, in the order of the rows."""

    def layer(self, row: Any, activation: str | None) -> Any:
        """Return the layer of a row."""
        layers = self.library.layers
        match row:
            case Conv(depthwise=True):
                made = layers.DepthwiseConv2D(
                    row.window,
                    strides=row.stride,
                    padding=row.padding,
                    use_bias=row.bias,
                    activation=activation,
                )
            case Conv():
                made = layers.Conv2D(
                    row.filters,
                    row.window,
                    strides=row.stride,
                    padding=row.padding,
                    use_bias=row.bias,
                    activation=activation,
                )
            case Dense():
                made = layers.Dense(row.units, activation=activation)
            case Norm():
                made = layers.BatchNormalization()
            case Pool():
                return layers.AveragePooling2D(2) if row.mean else layers.MaxPooling2D(2)
            case Dropout():
                return layers.Dropout(self.dropout)
            case _:
                plain = {Flatten: layers.Flatten, GlobalMean: layers.GlobalAveragePooling2D}
                return plain[type(row)]() if type(row) in plain else layers.Activation(row.name)
        self.made.append(made)
        return made

    def chain(self, rows: tuple) -> list[Any]:
        """Return the layers of some rows; an activation belongs to the convolution before it."""
        found, at = [], 0
        while at < len(rows):
            row, behind = rows[at], rows[at + 1] if at + 1 < len(rows) else None
            joined = isinstance(row, Conv | Dense) and isinstance(behind, Act)
            found.append(self.layer(row, behind.name if joined else None))
            at += 1 + joined
        return found

    def through(self, x: Any, rows: tuple) -> Any:
        """Return x behind some rows, as nodes of a graph."""
        start = 0
        for at, row in enumerate((*rows, None)):
            if row is None or isinstance(row, Residual):
                for layer in self.chain(rows[start:at]):
                    x = layer(x)
                start = at + 1
            if isinstance(row, Residual):
                ways = self.through(x, row.rows), self.through(x, row.shortcut)
                x = self.library.layers.Add()(list(ways))
        return x

    def model(self, network: networks.Network, **options: Any) -> Any:
        """Return the whole model: a Sequential where the rows are a chain."""
        rows = (*network.rows, Act("softmax"))
        image = self.library.layers.Input(network.image)
        if any(isinstance(row, Residual) for row in rows):
            options.pop("dtype", None)  # a graph computes in float32
            return self.library.Model(image, self.through(image, rows), **options)
        return self.library.Sequential([image, *self.chain(rows)], **options)

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Give every layer its weights, which are in the order of the rows."""
        rest = list(weights)
        for layer in self.made:
            count = len(layer.get_weights())
            layer.set_weights(rest[:count])
            del rest[:count]


def build(
    name: str,
    dropout: float = 0.0,
    weights: list[np.ndarray] | None = None,
    library: Any = numcnn,
    **options: Any,
) -> Any:
    """Return a network of the panel, with these weights if they are given."""
    builder = Builder(library, dropout)
    model = builder.model(networks.NETWORKS[name], **options)
    if weights is not None:
        builder.set_weights(weights)
    return model


def data(count: int, image: tuple[int, int, int] = networks.DIGIT) -> tuple[np.ndarray, np.ndarray]:
    """Return generated digits: images from 0 to 1, ``(count, H, W, C)``, and labels ``(count,)``.

    A larger image has the digit in its middle, on paper with a grain.  On blank paper all pixels
    of a pooling window are equal, and to which of them the gradient goes each library decides for
    itself.
    """
    images, labels = digits.generate(count)
    if image == networks.DIGIT:
        return images[..., np.newaxis] / np.float32(255), labels.astype(np.int64)
    H, W, C = image
    paper = np.random.default_rng(0).uniform(0, 0.2, (count, H, W, C)).astype(np.float32)
    top, left = (H - 28) // 2, (W - 28) // 2
    paper[:, top : top + 28, left : left + 28] += images[..., np.newaxis] / np.float32(320)
    return paper, labels.astype(np.int64)
