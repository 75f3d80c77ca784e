"""Generated clothing: silhouettes to learn from on a machine without internet.

They stand in for Fashion-MNIST, with its ten classes and its way of placing a garment in the frame
[Xiao2017]_.  Every garment is made by a tailor of its own, in five steps:

1. **Cut.**  One of the cuts of the garment (`garments`) is chosen, its sketches are mixed, and each
   point is moved a little.
2. **Drape.**  The whole garment is stretched, slanted and bent, as no hanger hangs straight.
3. **Fit.**  It is scaled, its proportions kept, until it fills the frame of 28 x 28 pixels.
4. **Cloth.**  A fabric is woven: a shade, a pattern of stripes, checks or blots, and folds.
5. **Paint.**  The parts are painted one after another: fabric, linings, trims and seams.

No pixel of Fashion-MNIST went into them.

.. [Xiao2017] Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
   learning algorithms", arXiv:1708.07747, 2017, figure 1.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from numcnn.datasets.files.small_images import SIDE
from numcnn.datasets.generated.batches import in_batches
from numcnn.datasets.generated.garments import CLASS_NAMES, CUTS, Cut, Part
from numcnn.datasets.generated.sketches import habits

VERSION = 1  # of the collection: raised whenever the same seed gives other pictures

ROWS = 4  # lines in a pixel's height on which an outline is measured

# The drape.  Lengths are in pixels.
INDIVIDUALITY = 0.5  # of the Dirichlet distribution that mixes sketches: small, so one prevails
JITTER = 0.28  # standard deviation of a point
STRETCH = 0.07  # standard deviation of log(width)
SLANT = 0.035  # standard deviation of the tangent
BEND = 0.5  # standard deviation of the height of the wave that the middle line is bent to
FILL = (0.93, 1.0)  # how much of the frame the longer side takes

# Lines.  Widths are in pixels.
SEAM = (0.5, 1.2)
STRAP = (1.0, 2.6)

# The cloth.  Shades go from 0, black, to 1, white.
INNER = (0.0, 0.75)  # of the inner side, as a part of the fabric's shade
TRIM = (0.3, 1.6)  # of a trim or a seam, likewise
SOMETIMES = 0.5  # how often there is a part that need not be there
PATTERNED = 0.35  # how many fabrics have a pattern;
PATTERNS = (0.5, 0.2, 0.3)  # of these so many stripes, checks and blots
CONTRAST = (0.05, 0.5)  # how much darker and lighter a pattern is than the fabric's shade
STRIPE = (2, 9)  # pixels from one stripe to the next
ANGLES = (0, 0, 0, 0, 0, np.pi / 2, np.pi / 2, np.pi / 2, 0.8)  # stripes lie, stand or slant
BLOT = 3  # pixels, about the size of a blot
FOLDS = (0.02, 0.14)  # standard deviation of the light that folds throw
THREADS = (0.0, 0.06)  # of that of the threads
FOLD = 5  # pixels, about the width of a fold

CLOTH = ("cloth", "strap")  # the parts that are made of the fabric

Outlines = list[list[np.ndarray]]
"""Of each part of n garments the outlines, (n, V, 2), as (x, y)."""


def generate(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tailor clothes, the same ones each time for the same `seed`.

    Parameters
    ----------
    count : int
        How many, 0 or more.  Fewer are the first of more: ``generate(100)`` is how
        ``generate(1000)`` begins.
    seed : int, default 0
        0 or more; another seed, other clothes.

    Returns
    -------
    images : ndarray, ``(count, 28, 28)``, uint8
        From 0, black, which is the background, to 255, white.
    labels : ndarray, ``(count,)``, uint8
        What they are, by number in `fashion_mnist.CLASS_NAMES`; each ten in a row hold every kind
        once.

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
    return in_batches(_tailor, count, seed)


def _tailor(random: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """Return pictures (B, 28, 28) of the garments (B,)."""
    pictures = np.empty((len(labels), SIDE, SIDE), np.float32)
    cuts_of = [[cut for cut in CUTS if cut.garment == garment] for garment in CLASS_NAMES]
    for cut, those in habits(random, cuts_of, labels):
        pictures[those] = _collection(random, cut, len(those))
    return np.rint(255 * np.clip(pictures, 0, 1)).astype(np.uint8)


def _collection(random: np.random.Generator, cut: Cut, n: int) -> np.ndarray:
    """Return n pictures (n, 28, 28) of garments of one cut."""
    masters, ends = _masters(cut)
    mix = random.dirichlet([INDIVIDUALITY] * len(masters), n)  # (n, S)
    points = np.tensordot(mix, masters, 1)  # (n, C, 2)
    points += JITTER * random.standard_normal(points.shape)
    outlines = [
        _outlines(random, part, own)
        for part, own in zip(cut.what(), np.split(points, ends, axis=1), strict=True)
    ]
    return _paint(random, cut, _fit(random, cut, _drape(random, outlines)))


@cache
def _masters(cut: Cut) -> tuple[np.ndarray, list[int]]:
    """Return a cut's sketches (S, C, 2), and where in their points each part but the last ends."""
    sketches = cut.sketches()
    ends = np.cumsum([len(points) for points in sketches[0]])
    return np.array([np.concatenate(points) for points in sketches]), ends[:-1].tolist()


def _outlines(random: np.random.Generator, part: Part, points: np.ndarray) -> list[np.ndarray]:
    """Return the outlines (n, V, 2), one or two, of a part that is drawn as points (n, C, 2)."""
    mirror = points[:, ::-1] * (-1, 1)
    if part.kind == "seam":
        width = _uniform(random, SEAM, len(points))
        return [_ribbon(line, width) for line in ([points, mirror] if part.mirrored else [points])]
    whole = np.concatenate([points, mirror], axis=1) if part.mirrored else points
    if part.kind == "strap":
        return [_ribbon(whole, _uniform(random, STRAP, len(points)))]
    return [_rounded(whole)]


def _rounded(outline: np.ndarray) -> np.ndarray:
    """Return closed outlines (n, 2V, 2) with the corners of (n, V, 2) cut off.

    That is one round of Chaikin's algorithm; a point that is there twice stays a corner.
    """
    following = np.roll(outline, -1, axis=1)
    pairs = [0.75 * outline + 0.25 * following, 0.25 * outline + 0.75 * following]
    return np.stack(pairs, axis=2).reshape(len(outline), -1, 2)


def _ribbon(line: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the outlines (n, 2L, 2) of lines (n, L, 2) of a width (n, 1, 1)."""
    along = np.gradient(line, axis=1)
    length = np.linalg.norm(along, axis=2, keepdims=True)
    aside = width / 2 * np.flip(along, axis=2) * (-1, 1) / np.maximum(length, 1e-6)
    return np.concatenate([line + aside, (line - aside)[:, ::-1]], axis=1)


def _drape(random: np.random.Generator, outlines: Outlines) -> Outlines:
    """Return the outlines stretched, slanted and bent, those of a garment all in the same way."""
    n = len(outlines[0][0])
    stretch, slant, bend, phase = random.standard_normal((4, n, 1))

    def draped(points: np.ndarray) -> np.ndarray:
        x, y = points[..., 0], points[..., 1]
        x = x * np.exp(STRETCH * stretch) + SLANT * slant * y
        return np.stack([x + BEND * bend * np.sin(y / 8 + 3 * phase), y], axis=2)

    return [[draped(points) for points in part] for part in outlines]


def _fit(random: np.random.Generator, cut: Cut, outlines: Outlines) -> Outlines:
    """Return the outlines in pixels: the longer side of the cloth fills the frame, in its middle.

    A strap that may be missing does not count.
    """
    cloth = [
        points
        for part, own in zip(cut.what(), outlines, strict=True)
        if part.kind in CLOTH and not part.optional
        for points in own
    ]
    every = np.concatenate(cloth, axis=1)
    low, high = every.min(axis=1, keepdims=True), every.max(axis=1, keepdims=True)  # (n, 1, 2)
    scale = _uniform(random, FILL, len(every)) * SIDE / (high - low).max(axis=2, keepdims=True)
    return [[(points - (low + high) / 2) * scale + SIDE / 2 for points in own] for own in outlines]


def _paint(random: np.random.Generator, cut: Cut, outlines: Outlines) -> np.ndarray:
    """Return pictures (n, 28, 28), from 0 to 1, of the parts painted one over another."""
    n = len(outlines[0][0])
    fabric = _fabric(random, n)
    pictures = np.zeros((n, SIDE, SIDE), np.float32)
    for part, own in zip(cut.what(), outlines, strict=True):
        there = random.random((n, 1, 1)) < (SOMETIMES if part.optional else 1)
        colour = fabric
        if part.kind == "inside":
            colour = fabric * _uniform(random, INNER, n)
        elif part.kind not in CLOTH:
            colour = np.clip(pictures * _uniform(random, TRIM, n), 0, 1)
        for points in own:
            pictures += there * _cover(points) * (colour - pictures)
    return pictures


def _fabric(random: np.random.Generator, n: int) -> np.ndarray:
    """Return n fabrics (n, 28, 28): a shade, for some of them a pattern, folds and threads."""
    pixels = np.arange(SIDE, dtype=np.float32)
    length, phase = _uniform(random, STRIPE, n), _uniform(random, (0, 2 * np.pi), n)
    angle = random.choice(ANGLES, (n, 1, 1)).astype(np.float32)
    down, across = 2 * np.pi / length * np.cos(angle), 2 * np.pi / length * np.sin(angle)
    stripes = np.sin(down * pixels[:, None] + across * pixels + phase)
    checks = np.sin(across * pixels[:, None] - down * pixels + phase) + stripes
    blots = _clouds(random, n, BLOT)

    weave = random.choice(4, (n, 1, 1), p=[1 - PATTERNED, *(PATTERNED * np.array(PATTERNS))])
    pattern = np.select([weave == 1, weave == 2, weave == 3], [stripes, checks, blots])
    folds, threads = _clouds(random, n, FOLD), random.standard_normal((n, SIDE, SIDE), np.float32)
    light = 1 + _uniform(random, FOLDS, n) * folds + _uniform(random, THREADS, n) * threads
    shade = 0.12 + 0.88 * random.beta(2.2, 1.3, (n, 1, 1)).astype(np.float32)
    return np.clip(
        shade * (light + _uniform(random, CONTRAST, n) * np.clip(2 * pattern, -1, 1)), 0, 1
    )


def _clouds(random: np.random.Generator, n: int, size: int) -> np.ndarray:
    """Return n random fields (n, 28, 28), smooth over so many pixels."""
    grid = np.arange(0, SIDE + size, size)
    tent = np.maximum(0, 1 - np.abs(np.arange(SIDE)[:, None] - grid) / size)  # bilinear, (28, G)
    tent = tent.astype(np.float32)
    return tent @ random.standard_normal((n, len(grid), len(grid)), np.float32) @ tent.T


def _uniform(random: np.random.Generator, bounds: tuple[float, float], n: int) -> np.ndarray:
    """Return a number between the bounds for each of n garments, (n, 1, 1)."""
    return random.uniform(*bounds, (n, 1, 1)).astype(np.float32)


def _cover(outline: np.ndarray) -> np.ndarray:
    """Return how much of each pixel (n, 28, 28) lies within closed outlines (n, V, 2).

    Each edge is met by the lines in ROWS heights of each row of pixels.  Right of the point where a
    line enters the outline the pixels are covered, right of where it leaves they are not any more:
    so each meeting adds ±1 to the pixels at its right, and its part of the one it lies in; the sum
    along the row is the cover.
    """
    n, V, _ = outline.shape
    start = outline.reshape(-1, 2)
    end = np.roll(outline, -1, axis=1).reshape(-1, 2)
    # The lines with start <= y < end, or the other way round: line i is at y = (i + 1/2) / ROWS.
    first, last = (
        np.clip(np.ceil(ROWS * y - 0.5), 0, ROWS * SIDE).astype(np.intp)
        for y in (start[:, 1], end[:, 1])
    )
    counts = np.abs(last - first)  # (n V,), how many lines an edge meets
    edge = np.repeat(np.arange(n * V), counts)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    line = np.minimum(first, last)[edge] + within
    slope = (end - start)[:, 0] / np.where(counts > 0, (end - start)[:, 1], 1)
    x = start[edge, 0] + ((line + 0.5) / ROWS - start[edge, 1]) * slope[edge]
    x = np.clip(x, 0, SIDE)

    column = x.astype(np.intp)
    right = x - column  # part of the pixel left of the meeting
    sign = np.sign(last - first)[edge] / ROWS
    place = (edge // V * SIDE + line // ROWS) * (SIDE + 2) + column
    size = n * SIDE * (SIDE + 2)
    steps = np.bincount(place, sign * (1 - right), size) + np.bincount(
        place + 1, sign * right, size
    )
    cover = np.cumsum(steps.reshape(n, SIDE, SIDE + 2), axis=2)[:, :, :SIDE]
    return np.clip(np.abs(cover), 0, 1).astype(np.float32)
