"""Maps that keep up with a pen: one byte a number, painted over the figures until the pen rests.

Bokeh takes a tenth of a second to draw the figures of a whole network.  Only their colours matter
while somebody draws, so Python sends these, and `quick_maps.js` paints them where the figures have
their maps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numcnn.visor.ask.layers_view import tiles
from numcnn.visor.figures.theme import DIVERGING
from numcnn.visor.figures.tiles import furthest

PALETTE = ["#000000", *DIVERGING[1:]]
"""By code: 0 is what is no number; the others go from below zero over zero, 128, to above."""


def codes(outputs: Sequence[np.ndarray]) -> np.ndarray:
    """Return the colours of the numbers of all levels, map by map, one level after another.

    Parameters
    ----------
    outputs : sequence of numpy.ndarray
        What a `numcnn.explain.Trace` has of each level.

    Returns
    -------
    numpy.ndarray
        uint8.  On each level the number furthest from zero is 1 or 255.

    Examples
    --------
    >>> codes([np.array([-2.0, 0.0, 1.0, np.nan])])
    array([  1, 128, 192,   0], dtype=uint8)
    """
    found = []
    for output in outputs:
        maps = tiles(output).ravel()
        finite = np.isfinite(maps)
        shares = np.where(finite, maps, 0) / furthest(maps)
        found.append(np.where(finite, np.rint(128 + 127 * shares), 0).astype(np.uint8))
    return np.concatenate(found)
