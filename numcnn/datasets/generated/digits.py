"""Generated handwriting: digits to learn from on a machine without internet.

Every digit is written by a writer of its own, in six steps:

1. **Skeleton.**  One of the ways of writing the digit (`pen_strokes`) is chosen, its sketches are
   mixed, and a smooth curve is laid through the control points.
2. **Hand.**  The curve is warped as by a hasty hand, then stretched, slanted and turned.
3. **Pen.**  Each point of the curve gets a radius: the pen's, times the pressure there.
4. **Fit.**  The digit is scaled, its proportions kept, until its ink fills a box of 20 x 20 pixels.
5. **Ink.**  A disc is drawn at each point of the curve, its edge antialiased.
6. **Centre.**  The picture is moved until its centre of mass is in the middle of the 28 x 28 frame.

The last three are how MNIST was made of its scanned digits [LeCun1998]_, so a network that has
learned these reads those; no pixel of MNIST went into them.

.. [LeCun1998] LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
   recognition", Proceedings of the IEEE 86 (11), 1998, section III.A.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from numcnn.datasets.generated import ink
from numcnn.datasets.generated.batches import in_batches
from numcnn.datasets.generated.pen_strokes import PAPER, WAYS, Way
from numcnn.datasets.generated.sketches import habits

VERSION = 1  # of the handwriting: raised whenever the same seed gives other pictures

POINTS = 112  # P, of a curve: half a pixel apart on the longest, the 8
FINE = 32  # samples between two control points, to measure a curve with

# The hand.  Lengths are in squares of the sketches' paper.
INDIVIDUALITY = 0.3  # of the Dirichlet distribution that mixes sketches: small, so one prevails
JITTER = 0.25  # standard deviation of a control point
WAVES = 2  # the warp is the sum of so many sine waves across the paper,
WAVE_HEIGHT = 1.4  # each as high as this at most
WAVE_LENGTH = (12, 30)  # and so long that the digit is bent, not crumpled
STRETCH = 0.22  # standard deviation of log(width)
SLANT = (0.12, 0.27)  # mean and standard deviation of the tangent: most people lean to the right
TURN = 0.08  # standard deviation, radians

# The pen.  Lengths are in pixels.
PEN = (0.25, 0.24)  # mean and standard deviation of log(radius): strokes are 2.6 pixels wide
PRESSURE = 0.2  # standard deviation of the pressure at a control point, about 1
RADIUS = (0.6, ink.THICKEST)  # least and most


def generate(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Write digits, the same ones each time for the same `seed`.

    Parameters
    ----------
    count : int
        How many, 0 or more.  Fewer digits are the first of more: ``generate(100)`` is how
        ``generate(1000)`` begins.
    seed : int, default 0
        0 or more; another seed, other digits.

    Returns
    -------
    images : ndarray, ``(count, 28, 28)``, uint8
        From 0, paper, to 255, ink.
    labels : ndarray, ``(count,)``, uint8
        The digits, 0 to 9, shuffled; each ten in a row hold every digit once.

    Raises
    ------
    TypeError
        If `count` or `seed` is not a whole number.
    ValueError
        If one of them is negative.

    Examples
    --------
    >>> images, labels = generate(20)
    >>> images.shape, images.dtype
    ((20, 28, 28), dtype('uint8'))
    >>> sorted(labels[:10].tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return in_batches(_write, count, seed)


def _write(random: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """Return the images (B, 28, 28) of digits (B,)."""
    curves, pressure = _skeletons(random, labels)
    curves = _move_by_hand(random, curves)
    radii = _pen_radii(random, pressure)
    return ink.centred(ink.drawn(ink.fitted(curves, radii), radii))


def _skeletons(random: np.random.Generator, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return curves (B, P, 2), as (x, y) on the paper, and the pressure (B, P) along them."""
    curves = np.empty((len(labels), POINTS, 3), np.float32)
    ways_of = [[way for way in WAYS if way.digit == digit] for digit in range(10)]
    for way, those in habits(random, ways_of, labels):
        sketches, spline = _masters(way)  # (S, C, 2), (P, C)
        mix = random.dirichlet([INDIVIDUALITY] * len(sketches), len(those))  # (n, S)
        controls = np.tensordot(mix, sketches, 1)  # (n, C, 2)
        controls += JITTER * random.standard_normal(controls.shape)
        pressure = 1 + PRESSURE * random.standard_normal((*controls.shape[:2], 1))
        curves[those] = spline @ np.concatenate([controls, pressure], axis=2)  # (n, P, 3)
    return curves[:, :, :2], curves[:, :, 2]


@cache
def _masters(way: Way) -> tuple[np.ndarray, np.ndarray]:
    """Return the sketches of a way (S, C, 2) and its spline (P, C), made once."""
    sketches = way.sketches()
    controls = np.array([np.concatenate(strokes) for strokes in sketches])
    return controls, _spline(controls.mean(axis=0), [len(stroke) for stroke in sketches[0]])


def _spline(controls: np.ndarray, strokes: Sequence[int]) -> np.ndarray:
    """Return the weights (P, C) of control points (C, 2) in the points of the curve through them.

    `strokes` tells how many of the control points belong to each.  The points of the curve are
    evenly spaced for these control points, and nearly so for others like them.
    """
    ends = np.cumsum(strokes)
    blocks = [
        np.pad(_catmull_rom(length), ((0, 0), (end - length, len(controls) - end)))
        for length, end in zip(strokes, ends, strict=True)
    ]
    weights = np.concatenate(blocks)  # (F, C)
    steps = np.linalg.norm(np.diff(weights @ controls, axis=0), axis=1)  # (F - 1,)
    lifts = np.cumsum([len(block) for block in blocks])[:-1]
    steps[lifts - 1] = 0  # no ink between two strokes
    walked = np.concatenate([[0], np.cumsum(steps)])  # (F,), how far the pen has come
    return weights[np.searchsorted(walked, np.linspace(0, walked[-1], POINTS))]


def _catmull_rom(length: int) -> np.ndarray:
    """Return the weights (F, length) of a stroke's control points in F fine steps along it."""
    t = np.linspace(0, length - 1, FINE * (length - 1) + 1)  # (F,)
    before = np.minimum(t.astype(int), length - 2)
    u = t - before
    taps = (-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, -(u**2) + u**3)
    weights = np.zeros((len(t), length))
    for tap, weight in enumerate(taps, start=-1):
        neighbour = np.clip(before + tap, 0, length - 1)  # an end stands in for the point beyond
        weights[np.arange(len(t)), neighbour] += weight / 2
    return weights


def _move_by_hand(random: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """Return the curves (B, P, 2) warped, stretched, slanted and turned, about the origin."""
    x, y = np.moveaxis(curves - np.array(PAPER, np.float32) / 2, 2, 0)  # (B, P) each
    for _ in range(WAVES):
        angle, phase = _uniform(random, len(curves), 0, 2 * np.pi, 2)
        (length,) = _uniform(random, len(curves), *WAVE_LENGTH, 1)
        along = np.cos(angle) * x + np.sin(angle) * y
        wave = np.sin(2 * np.pi * along / length + phase)
        right, down = _uniform(random, len(curves), -WAVE_HEIGHT, WAVE_HEIGHT, 2)
        x, y = x + right * wave, y + down * wave
    stretch, slant, turn = _normal(random, len(curves), 3)
    x = x * np.exp(STRETCH * stretch) - y * (SLANT[0] + SLANT[1] * slant)
    cos, sin = np.cos(TURN * turn), np.sin(TURN * turn)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def _pen_radii(random: np.random.Generator, pressure: np.ndarray) -> np.ndarray:
    """Return the radii (B, P) in pixels of a pen each, under the `pressure` (B, P)."""
    (pen,) = _normal(random, len(pressure), 1)
    return np.clip(np.exp(PEN[0] + PEN[1] * pen) * pressure, *RADIUS)


def _normal(random: np.random.Generator, writers: int, numbers: int) -> np.ndarray:
    """Return so many standard normal numbers for each writer, (numbers, B, 1)."""
    return random.standard_normal((numbers, writers, 1), np.float32)


def _uniform(
    random: np.random.Generator, writers: int, low: float, high: float, numbers: int
) -> np.ndarray:
    """Return so many numbers from `low` to `high` for each writer, (numbers, B, 1)."""
    return low + (high - low) * random.random((numbers, writers, 1), np.float32)
