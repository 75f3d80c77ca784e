"""Generated colour pictures: ten shapes before patterned backgrounds, 32 x 32.

They stand in for CIFAR-10 on a machine without internet.  Every picture is painted in four steps:

1. **Background.**  Two colours, mixed by a soft pattern of clouds.
2. **Shape.**  One of ten, in `CLASS_NAMES`: of its own size, place, angle and proportions.  A
   shape is a function that is negative inside: the distance from its outline, in pixels.
3. **Paint.**  A colour far enough from the background's, with light from one side and clouds.
4. **Camera.**  Noise, and a little blur at the outlines.

Position, size, colour and angle tell nothing about the class, so a network has to see the shape.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from numcnn.datasets.generated.batches import in_batches

VERSION = 1  # of the collection: raised whenever the same seed gives other pictures

SIDE = 32
CLASS_NAMES = (
    *("disc", "square", "triangle", "star", "ring"),
    *("cross", "crescent", "heart", "bars", "checks"),
)
COLOURS = tuple(
    tuple(colorsys.hsv_to_rgb(hue, saturation, value))
    for hue, saturation, value in [
        *((0.0, 0.85, 0.9), (0.07, 0.9, 0.95), (0.15, 0.85, 0.95), (0.92, 0.5, 0.95)),
        *((0.05, 0.7, 0.5), (0.33, 0.7, 0.7), (0.5, 0.75, 0.8), (0.6, 0.85, 0.85)),
        *((0.76, 0.6, 0.8), (0.6, 0.1, 0.9)),
    ]
)
"""Red, orange, yellow, pink, brown; green, turquoise, blue, violet, white: five warm, five cold."""

RADIUS = (7.0, 12.5)  # pixels, from the middle of a shape to its outline
PLACE = 3.0  # pixels, standard deviation of its middle
SQUEEZE = 0.12  # standard deviation of the logarithm of its proportions
CLOUD = 5  # pixels, about the size of a cloud
NOISE = (0.01, 0.05)  # standard deviation
APART = 0.35  # the least distance of two colours, of black from white 1

Coordinates = tuple[np.ndarray, np.ndarray]


def generate(count: int, seed: int = 0, coloured: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Paint pictures, the same ones each time for the same `seed`.

    Parameters
    ----------
    count : int
        0 or more.
    seed : int, default 0
    coloured : bool, default False
        Whether the colour is part of the class: then there are a hundred, ``10 · shape + colour``.

    Returns
    -------
    images : numpy.ndarray
        ``(count, 32, 32, 3)`` uint8.
    labels : numpy.ndarray
        ``(count,)`` uint8, the place of the shape in `CLASS_NAMES`.

    Examples
    --------
    >>> images, labels = generate(10)
    >>> images.shape, sorted(labels.tolist())
    ((10, 32, 32, 3), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    def make(random: np.random.Generator, classes: np.ndarray) -> np.ndarray:
        return _painted(random, *np.divmod(classes, 10)) if coloured else _painted(random, classes)

    return in_batches(make, count, seed, (SIDE, SIDE, 3), 100 if coloured else 10)


def _painted(
    random: np.random.Generator, kinds: np.ndarray, colours: np.ndarray | None = None
) -> np.ndarray:
    """Return pictures ``(n, 32, 32, 3)`` uint8 of shapes of these kinds, and maybe colours."""
    n = len(kinds)
    if colours is None:
        colours = random.integers(len(COLOURS), size=n)
    colour = np.clip(np.array(COLOURS)[colours] + random.normal(0, 0.06, (n, 3)), 0, 1)
    ground = _far_from(random, colour)
    other = np.clip(ground + random.normal(0, 0.15, (n, 3)), 0, 1)
    clouds = _clouds(random, n)[..., np.newaxis]
    background = _spread(ground) * (1 - clouds) + _spread(other) * clouds
    light = 1 + 0.25 * _light(random, n) + 0.2 * (_clouds(random, n) - 0.5)
    inside = _inside(random, kinds)[..., np.newaxis]
    picture = background * (1 - inside) + _spread(colour) * light[..., np.newaxis] * inside
    strength = random.uniform(*NOISE, (n, 1, 1, 1)).astype(np.float32)
    picture += random.standard_normal(picture.shape, np.float32) * strength
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def _spread(colour: np.ndarray) -> np.ndarray:
    """(n, 3) -> (n, 1, 1, 3)."""
    return colour[:, np.newaxis, np.newaxis].astype(np.float32)


def _far_from(random: np.random.Generator, colour: np.ndarray) -> np.ndarray:
    """Return a colour for each, at least `APART` from it."""
    tries = random.random((8, *colour.shape))
    distance = np.sqrt(np.square(tries - colour).mean(axis=-1))
    first = (distance >= APART).argmax(axis=0)
    best = np.where(distance.max(axis=0) >= APART, first, distance.argmax(axis=0))
    return tries[best, np.arange(len(colour))]


def _clouds(random: np.random.Generator, n: int) -> np.ndarray:
    """Return soft random patterns ``(n, 32, 32)`` from 0 to 1."""
    cells = SIDE // CLOUD + 3
    coarse = random.random((n, cells, cells), np.float32)
    place = np.arange(SIDE, dtype=np.float32) / CLOUD + random.random((n, 1), np.float32)
    low = place.astype(int)
    part = place - low
    part = part * part * (3 - 2 * part)
    each = np.arange(n)[:, np.newaxis]
    rows = (
        coarse[each, low] * (1 - part)[..., np.newaxis]
        + coarse[each, low + 1] * part[..., np.newaxis]
    )
    rows = rows.transpose(0, 2, 1)
    columns = (
        rows[each, low] * (1 - part)[..., np.newaxis] + rows[each, low + 1] * part[..., np.newaxis]
    )
    return columns.transpose(0, 2, 1)


def _light(random: np.random.Generator, n: int) -> np.ndarray:
    """Return light from one side ``(n, 32, 32)`` from -1 to 1."""
    angle = random.uniform(0, 2 * np.pi, (n, 1, 1))
    x, y = np.meshgrid(np.linspace(-0.7, 0.7, SIDE), np.linspace(-0.7, 0.7, SIDE))
    return (x * np.cos(angle) + y * np.sin(angle)).astype(np.float32)


def _inside(random: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Return how much of each pixel lies inside the shape ``(n, 32, 32)`` from 0 to 1."""
    n = len(kinds)
    middle = SIDE / 2 - 0.5 + np.clip(random.normal(0, PLACE, (2, n, 1, 1)), -5, 5)
    angle = random.uniform(0, 2 * np.pi, (n, 1, 1))
    radius = random.uniform(*RADIUS, (n, 1, 1))
    squeeze = np.exp(random.normal(0, SQUEEZE, (n, 1, 1)))
    soft = random.uniform(0.6, 1.4, (n, 1, 1))
    row, column = np.mgrid[:SIDE, :SIDE]
    right, down = column - middle[0], row - middle[1]
    x = (right * np.cos(angle) + down * np.sin(angle)) / (radius * squeeze)
    y = (down * np.cos(angle) - right * np.sin(angle)) / radius * squeeze
    x, y = x.astype(np.float32), y.astype(np.float32)
    distance = np.empty((n, SIDE, SIDE), np.float32)
    for kind, outline in enumerate(OUTLINES):
        which = kinds == kind
        distance[which] = outline(x[which], y[which])
    return np.clip(0.5 - distance * (radius / soft).astype(np.float32), 0, 1)


# --- the outlines, of radius 1: below 0 inside, above 0 outside ---------------------------------


def _disc(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.hypot(x, y) - 0.9


def _square(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(abs(x), abs(y)) - 0.75


def _triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(abs(x) * 0.866 + y * 0.5, -y) - 0.5


def _star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    fifth = 2 * np.pi / 5
    angle = abs((np.arctan2(y, x) % fifth) - fifth / 2)  # 0 between two points, fifth / 2 at one
    far = np.hypot(x, y)
    tip = np.cos(fifth / 2), np.sin(fifth / 2)
    px, py = far * np.cos(angle), far * np.sin(angle)
    ex, ey = tip[0] - 0.45, tip[1]  # from an inner corner to a point
    return (px - 0.45) * ey / np.hypot(ex, ey) - py * ex / np.hypot(ex, ey)


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return abs(np.hypot(x, y) - 0.75) - 0.2


def _cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    long, short = np.maximum(abs(x), abs(y)), np.minimum(abs(x), abs(y))
    return np.maximum(long - 0.95, short - 0.26)


def _crescent(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(np.hypot(x, y) - 0.95, 0.8 - np.hypot(x - 0.45, y))


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = abs(x), y + 0.15
    lobe = np.hypot(x - 0.4, y + 0.25) - 0.48
    point = np.maximum((x + y) * 0.7071 - 0.53, -y - 0.25)
    return np.minimum(lobe, point)


def _bars(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    bar = abs((x + 0.9) % 0.6 - 0.3) - 0.15
    return np.maximum(bar, np.maximum(abs(x), abs(y)) - 0.9)


def _checks(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, along = (0.6 * (abs((z / 0.6 + 0.5) % 2 - 1) - 0.5) for z in (x, y))
    field = np.sign(across * along) * np.minimum(abs(across), abs(along))
    return np.maximum(field, np.maximum(abs(x), abs(y)) - 0.9)


OUTLINES: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (
    *(_disc, _square, _triangle, _star, _ring),
    *(_cross, _crescent, _heart, _bars, _checks),
)
