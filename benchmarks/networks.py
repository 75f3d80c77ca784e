"""The panel: ten small networks as every contestant reads them, row by row.

A and B are those of the two tutorials; the others are what a reader builds next.  All are trained
with Adam and cross-entropy; softmax is the last row of each and is not written down.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np


class Conv(NamedTuple):
    """A convolution, ``window × window``; depthwise ones have a kernel for each channel."""

    filters: int
    window: int
    padding: str = "same"
    stride: int = 1
    bias: bool = True
    depthwise: bool = False


class Norm(NamedTuple):
    """Batch normalization: momentum 0.99, epsilon 0.001."""


class Act(NamedTuple):
    """relu or tanh."""

    name: str = "relu"


class Pool(NamedTuple):
    """Max or mean pooling over 2 × 2, no padding."""

    mean: bool = False


class GlobalMean(NamedTuple):
    """The mean of each channel: ``(N, H, W, C)`` -> ``(N, C)``."""


class Flatten(NamedTuple):
    """``(N, H, W, C)`` -> ``(N, H·W·C)``."""


class Dense(NamedTuple):
    """A dense layer."""

    units: int


class Dropout(NamedTuple):
    """Zeros with this chance; the task may choose 0."""

    rate: float


class Residual(NamedTuple):
    """``rows(x) + shortcut(x)``; without rows of its own the shortcut is x."""

    rows: tuple
    shortcut: tuple = ()


class Network(NamedTuple):
    """An image's shape, and the rows up to the logits."""

    image: tuple[int, int, int]
    rows: tuple

    @property
    def dropout(self) -> float:
        """The rate of its dropout, 0 if it has none."""
        return next((row.rate for row in self.rows if isinstance(row, Dropout)), 0.0)


DIGIT, COLOUR = (28, 28, 1), (32, 32, 3)
RELU = Act("relu")


def normed(filters: int, window: int = 3, stride: int = 1, depthwise: bool = False) -> tuple:
    """Return convolution, batch normalization and relu; no bias, which the mean would take away."""
    return Conv(filters, window, "same", stride, False, depthwise), Norm(), RELU


def residual(filters: int, stride: int) -> Residual:
    """Return a block of two convolutions; where the shape changes, the shortcut is 1 × 1."""
    rows = *normed(filters, 3, stride), Conv(filters, 3, bias=False), Norm()
    shortcut = (Conv(filters, 1, "same", stride, False), Norm()) if stride > 1 else ()
    return Residual(rows, shortcut)


def separable(before: int, filters: int, stride: int) -> tuple:
    """Return a depthwise convolution of 3 × 3 and one of 1 × 1."""
    return *normed(before, 3, stride, depthwise=True), *normed(filters, 1)


A = (
    *(Conv(8, 5, "valid"), RELU, Pool(), Conv(16, 5, "valid"), RELU, Pool()),
    *(Flatten(), Dense(10)),
)
B = (
    *(Conv(32, 3), RELU, Pool(), Conv(64, 3), RELU, Pool()),
    *(Flatten(), Dense(100), RELU, Dropout(0.4), Dense(10)),
)
LENET5 = (
    *(Conv(6, 5), Act("tanh"), Pool(mean=True), Conv(16, 5, "valid"), Act("tanh")),
    *(Pool(mean=True), Flatten(), Dense(120), Act("tanh"), Dense(84), Act("tanh"), Dense(10)),
)
VGGBN = (
    *(Conv(32, 3), Norm(), RELU, Conv(32, 3), Norm(), RELU, Pool()),
    *(Conv(64, 3), Norm(), RELU, Conv(64, 3), Norm(), RELU, Pool()),
    *(Conv(128, 3), Norm(), RELU, Pool(), Flatten(), Dense(10)),
)
STRIDED = (
    *(Conv(32, 3, stride=2), RELU, Conv(64, 3, stride=2), RELU, Conv(128, 3, stride=2), RELU),
    *(GlobalMean(), Dense(10)),
)
WIDE1X1 = (
    *(Conv(64, 3), RELU, Conv(64, 1), RELU, Pool(), Conv(128, 3), RELU, Conv(64, 1), RELU),
    *(Pool(), GlobalMean(), Dense(10)),
)
MLP = Flatten(), Dense(512), RELU, Dense(256), RELU, Dense(10)
AVGPOOL = (
    *(Conv(16, 3), RELU, Pool(mean=True), Conv(32, 3), RELU, Pool(mean=True)),
    *(Flatten(), Dense(64), RELU, Dense(10)),
)
RESNET8 = (
    *(*normed(16), residual(16, 1), RELU, residual(32, 2), RELU, residual(64, 2), RELU),
    *(GlobalMean(), Dense(10)),
)
MOBILE = (
    *(*normed(32), *separable(32, 64, 1), *separable(64, 64, 2), *separable(64, 128, 1)),
    *(*separable(128, 128, 2), GlobalMean(), Dense(10)),
)

NETWORKS = {
    "A": Network(DIGIT, A),
    "B": Network(DIGIT, B),
    "lenet5": Network(DIGIT, LENET5),
    "vggbn": Network(COLOUR, VGGBN),
    "strided": Network(COLOUR, STRIDED),
    "wide1x1": Network(COLOUR, WIDE1X1),
    "mlp": Network(DIGIT, MLP),
    "avgpool": Network(DIGIT, AVGPOOL),
    "resnet8": Network(COLOUR, RESNET8),
    "mobile": Network(COLOUR, MOBILE),
}


# --- shapes and weights --------------------------------------------------------------------------


def shape_after(row: NamedTuple, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of one sample behind a row."""
    match row:
        case Conv():
            H, W, C = shape
            lost = row.window - 1 if row.padding == "valid" else 0
            H, W = (-(-(side - lost) // row.stride) for side in (H, W))
            return H, W, C if row.depthwise else row.filters
        case Pool():
            return shape[0] // 2, shape[1] // 2, shape[2]
        case GlobalMean():
            return shape[-1:]
        case Flatten():
            return (math.prod(shape),)
        case Dense():
            return (row.units,)
        case Residual():
            return shapes(row.rows, shape)[-1]
    return shape


def shapes(rows: tuple, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shape in front of every row, and that behind the last."""
    found = [shape]
    for row in rows:
        found.append(shape_after(row, found[-1]))
    return found


def weights(rows: tuple, shape: tuple[int, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Return fresh weights in the order of the rows, shortcuts last, as Keras lays them out.

    Kernels are Glorot's; moving means and variances are such that one notices who forgets them.
    """
    made: list[np.ndarray] = []
    for row, before in zip(rows, shapes(rows, shape), strict=False):
        C = before[-1]
        match row:
            case Conv():
                cells, filters = row.window**2, 1 if row.depthwise else row.filters
                made.append(glorot((row.window, row.window, C, filters), cells, rng))
                made += [np.zeros(filters * C if row.depthwise else filters)] * row.bias
            case Dense():
                made += [glorot((C, row.units), 1, rng), np.zeros(row.units)]
            case Norm():
                made += [np.ones(C), np.zeros(C), rng.normal(0, 0.1, C), rng.uniform(0.5, 1.5, C)]
            case Residual():
                made += weights(row.rows, before, rng) + weights(row.shortcut, before, rng)
    return [np.asarray(one, np.float32) for one in made]


def glorot(shape: tuple[int, ...], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return numbers of the variance ``2 / (inputs + outputs)``."""
    limit = math.sqrt(6 / (cells * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, shape)


def count_of_weights(row: NamedTuple) -> int:
    """Return how many arrays belong to a row that has no rows of its own."""
    return {Conv: 1 + getattr(row, "bias", 0), Dense: 2, Norm: 4}.get(type(row), 0)


def flat(rows: tuple) -> list[NamedTuple]:
    """Return the rows and those inside blocks, in the order of their weights."""
    found: list[NamedTuple] = []
    for row in rows:
        found += flat((*row.rows, *row.shortcut)) if isinstance(row, Residual) else [row]
    return found


def multiplications(rows: tuple, shape: tuple[int, ...]) -> int:
    """Return the multiplications of the convolutions and dense layers, for one image."""
    total = 0
    around = shapes(rows, shape)
    for row, before, after in zip(rows, around[:-1], around[1:], strict=True):
        match row:
            case Conv():
                each = 1 if row.depthwise else before[-1]
                total += math.prod(after) * row.window**2 * each
            case Dense():
                total += before[-1] * row.units
            case Residual():
                total += multiplications(row.rows, before) + multiplications(row.shortcut, before)
    return total
