"""What a network sees of a drawing: the strokes, fitted, inked and centred as MNIST's digits were.

A network has only ever seen digits of one size in the middle of the frame, so a small drawing in a
corner is strange to it.  Each step can be left out, to see what it is good for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from numcnn.datasets.generated import ink
from numcnn.datasets.generated.digits import PEN

PAPER = 28.0  # the side of what is drawn on, in its own unit
MOST_POINTS = 2_000
"""Of all strokes together; what is drawn after them is left out."""
SPACING = 0.5  # pixels, between two points on a stroke


class Seen(NamedTuple):
    """A drawing on its way to the network: pictures ``(side, side)`` from 0 to 1.

    Attributes
    ----------
    strokes : numpy.ndarray
        As it was drawn.
    box : tuple of float
        left, top, right and bottom of its ink on that picture, in pixels.
    fitted : numpy.ndarray
        Scaled into the box of 20 pixels; the same as `strokes` without that step.
    centred : numpy.ndarray
        Moved to its centre of mass; the same as `fitted` without that step.
    """

    strokes: np.ndarray
    box: tuple[float, float, float, float]
    fitted: np.ndarray
    centred: np.ndarray


def see(
    strokes: Sequence[np.ndarray], side: int = 28, fit: bool = True, centre: bool = True
) -> Seen | None:
    """Return what becomes of a drawing; None where there is nothing on the paper.

    Parameters
    ----------
    strokes : sequence of numpy.ndarray
        ``(points, 2)`` each, (x, y) from 0 to `PAPER`; a stroke of one point is a dot.
    side : int, default 28
        Of the pictures, in pixels.
    fit, centre : bool, default True
        Whether to do these steps.

    Examples
    --------
    >>> seen = see([np.array([[3.0, 3.0], [3.0, 9.0]])])  # a small stroke in a corner
    >>> rows, columns = np.nonzero(seen.centred > 0.5)
    >>> int(rows.min()), int(rows.max()), int(columns.mean().round())
    (4, 23, 14)
    """
    curve = _curve(strokes, side)
    if not len(curve):
        return None
    radii = np.full((1, len(curve)), math.exp(PEN[0]) * side / PAPER, np.float32)
    radii = np.minimum(radii, ink.THICKEST)
    curves = curve[np.newaxis]  # (1, P, 2)
    as_drawn = _inked(curves, radii, side)
    low, high = curve.min(axis=0) - radii.max(), curve.max(axis=0) + radii.max()
    fitted = _inked(ink.fitted(curves, radii, side), radii, side) if fit else as_drawn
    centred = fitted
    if centre and fitted.any():
        centred = ink.centred(fitted[np.newaxis])[0] / np.float32(255)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Seen(as_drawn, box, fitted, centred)


def checked_strokes(
    xs: Sequence[Sequence[float]], ys: Sequence[Sequence[float]]
) -> list[np.ndarray]:
    """Return strokes that came from a browser, with what can't be drawn left out."""
    strokes, points = [], 0
    for x, y in zip(xs, ys, strict=False):
        room = MOST_POINTS - points
        stroke = np.array(list(zip(x, y, strict=False))[:room], np.float32).reshape(-1, 2)
        stroke = np.clip(stroke[np.isfinite(stroke).all(axis=1)], 0, PAPER)
        if len(stroke):
            strokes.append(stroke)
            points += len(stroke)
    return strokes


def _curve(strokes: Sequence[np.ndarray], side: int) -> np.ndarray:
    """Return all strokes as points `SPACING` apart, ``(P, 2)`` float32, in pixels."""
    paths = [np.asarray(stroke, np.float32) * np.float32(side / PAPER) for stroke in strokes]
    walks = [np.append(0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))) for path in paths]
    spacing = max(SPACING, sum(walk[-1] for walk in walks) / MOST_POINTS)
    dense = [np.empty((0, 2), np.float32)]
    for path, walk in zip(paths, walks, strict=True):
        places = np.linspace(0, walk[-1], 1 + math.ceil(walk[-1] / spacing))
        axes = [np.interp(places, walk, path[:, axis]) for axis in (0, 1)]
        dense.append(np.stack(axes, axis=1).astype(np.float32))
    return np.concatenate(dense)


def _inked(curves: np.ndarray, radii: np.ndarray, side: int) -> np.ndarray:
    """Return the picture of one drawing, which may reach over the edge of the frame."""
    rim = ink.PATCH
    wide = ink.drawn(curves + np.float32(rim), radii, side + 2 * rim)
    return wide[0, rim:-rim, rim:-rim]
