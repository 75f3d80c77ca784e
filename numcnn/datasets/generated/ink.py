"""From the path of a pen to a picture as MNIST's are: fitted, drawn, centred.

MNIST's digits were scaled, their proportions kept, into a box of 20 x 20 pixels, and moved until
their centre of mass was in the middle of a frame of 28 x 28 [1]_.  A network that has learned such
pictures reads such pictures: whatever else it is to read must go the same way, the digits that
numcnn writes (`numcnn.datasets.generated.digits`) as well as those that a user draws.

Curves are ``(B, P, 2)``: B drawings of P points each, (x, y) in pixels.

.. [1] LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
   Proceedings of the IEEE 86 (11), 1998, section III.A.
"""

from __future__ import annotations

import numpy as np

from numcnn.datasets.files.small_images import SIDE

BOX = 20  # pixels, of the box that the ink fills, in a frame of 28
MASS_CENTRE = 0.5  # pixels from the middle of the frame: in the middle of pixel 14, as MNIST has it

THICKEST = 2.9  # pixels, of a pen's radius
CONTRAST = 1.2  # an edge goes from paper to ink within 1 / CONTRAST pixels
PATCH = 7  # the square of pixels that the thickest disc and its edge can touch: 2 * THICKEST + 1


def box_of(side: int) -> int:
    """Return the side of the box that the ink fills in a frame, which may be of another size."""
    return 2 * round(side * BOX / SIDE / 2)


def fitted(curves: np.ndarray, radii: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return curves ``(B, P, 2)`` scaled until their ink fills the box in the middle of the frame.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(B, P, 2)``, in any unit.
    radii : numpy.ndarray
        ``(B, P)``, of the pen, in pixels of the picture: the pen is not scaled.
    side : int, default 28
        Of the frame.
    """
    low, high = curves.min(axis=1, keepdims=True), curves.max(axis=1, keepdims=True)  # (B, 1, 2)
    room = box_of(side) - 2 * radii.max(axis=1)[:, None, None]  # (B, 1, 1)
    extent = (high - low).max(axis=2, keepdims=True)  # (B, 1, 1)
    scale = room / np.maximum(extent, 1e-6)  # a dot stays a dot
    return (curves - (low + high) / 2) * scale + side / 2


def drawn(curves: np.ndarray, radii: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return pictures ``(B, side, side)``, from 0, paper, to 1, ink.

    Every point of a curve is at least `PATCH` // 2 pixels away from the edge of the frame.

    A pixel at distance d from a point lies (r - d) deep in the disc of radius r around it.  We take
    (r² - d²) / 2r, which is the same near the edge, where it counts, and is a sum of a term of the
    column and one of the row.  The deepest disc decides.
    """
    B, P, _ = curves.shape
    first = np.floor(curves).astype(np.int32) - PATCH // 2  # (B, P, 2), corner of the patch
    offsets = first[..., None] + np.arange(0.5, PATCH, dtype=np.float32) - curves[..., None]
    terms = radii[:, :, None, None] / 4 - offsets**2 / (2 * radii[:, :, None, None])  # (B, P, 2, 7)
    corners = (np.arange(B)[:, None] * side + first[:, :, 1]) * side + first[:, :, 0]  # (B, P)
    patch = (side * np.arange(PATCH)[:, None] + np.arange(PATCH)).ravel()  # (49,)
    depth = np.full(B * side * side, -1, np.float32)
    for p in range(P):  # one point of every drawing at a time, so that no pixel is met twice
        pixels = (corners[:, p, None] + patch).ravel()  # (B * 49,)
        disc = terms[:, p, 1, :, None] + terms[:, p, 0, None, :]  # (B, 7, 7)
        depth[pixels] = np.maximum(depth[pixels], disc.ravel())
    return np.clip(0.5 + CONTRAST * depth, 0, 1).reshape(B, side, side)


def centred(pictures: np.ndarray) -> np.ndarray:
    """Return pictures ``(B, side, side)`` in uint8, moved by whole pixels to their centre of mass.

    There is ink on every picture, and none of it further out than the box.
    """
    B, side, _ = pictures.shape
    pixels = np.arange(side)
    mass = pictures.sum(axis=(1, 2))  # (B,)
    margin = (side - box_of(side)) // 2  # so far and no further: the ink stays in the frame

    def sources(across: int) -> np.ndarray:
        """Return (B, side), which row or column comes to each place."""
        centre = pictures.sum(axis=across) @ (pixels + np.float32(0.5)) / mass  # (B,)
        shift = np.clip(np.rint(side / 2 + MASS_CENTRE - centre), -margin, margin).astype(int)
        return (pixels - shift[:, None]) % side  # what leaves at one side is empty paper

    rows, columns = sources(across=2), sources(across=1)
    moved = pictures[np.arange(B)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.rint(255 * moved).astype(np.uint8)
