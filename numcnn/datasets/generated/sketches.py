"""Sketches: drawings written as lines of text.

A sketch is one line: the points ``x,y`` of a stroke or an outline, in order, x to the right and y
downwards, with ``|`` between two of them.  Several sketches of one thing, a line each, agree stroke
by stroke and point by point, so that anything between them is a drawing of it too, much as a
variable font is drawn between its masters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


def read_sketches(drawing: str) -> list[list[np.ndarray]]:
    """Return the sketches of a drawing, each a list of strokes, each its points ``(n, 2)``.

    Examples
    --------
    >>> read_sketches("0,0 5,7 | 2,1 3,1")
    [[array([[0., 0.], [5., 7.]]), array([[2., 1.], [3., 1.]])]]
    """
    return [
        [np.array([point.split(",") for point in stroke.split()], float) for stroke in strokes]
        for strokes in (line.split("|") for line in drawing.strip().splitlines())
    ]


def habits(
    random: np.random.Generator, ways_of: Sequence[Sequence[Any]], labels: np.ndarray
) -> Iterator[tuple[Any, np.ndarray]]:
    """Give everybody one of the ways to draw what the label says, as often as it is common.

    Parameters
    ----------
    random : numpy.random.Generator
        Drawn from once for each class, when the first of its ways is asked for.
    ways_of : sequence
        Of each class its ways; the `share` of each is how common it is among them.
    labels : numpy.ndarray
        ``(B,)``, the classes.

    Yields
    ------
    way, those : tuple
        Each way that is taken, and the places ``(n,)`` in `labels` of those who have it.
    """
    for label, ways in enumerate(ways_of):
        shares = np.array([way.share for way in ways])
        places = np.flatnonzero(labels == label)
        choice = random.choice(len(ways), len(places), p=shares / shares.sum())
        for number, way in enumerate(ways):
            those = places[choice == number]
            if len(those):
                yield way, those
