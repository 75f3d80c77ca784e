"""Sketches: drawings written as lines of text.

A sketch is one line: the points ``x,y`` of a stroke or an outline, in order, x to the right and y
downwards, with ``|`` between two of them.  Several sketches of one thing, a line each, agree stroke
by stroke and point by point, so that anything between them is a drawing of it too, much as a
variable font is drawn between its masters.
"""

from __future__ import annotations

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
