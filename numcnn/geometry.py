"""Positions of a window: the arithmetic of window size, stride and padding.

Along one axis, a window of `window` cells moves over `length` cells in steps of `stride` cells:

===================  ================================================================
``padding="valid"``  the window stays inside; ``out = ⌊(length − window) / stride⌋ + 1``
``padding="same"``   cells are added around; ``out = ⌈length / stride⌉``
===================  ================================================================

``"same"`` adds ``max((out − 1)·stride + window − length, 0)`` cells: half of them (rounded down)
before the axis and the rest after it, as in Keras and TensorFlow.  The operation decides about the
added cells: they are zero for a convolution, and a pooling ignores them.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

PADDINGS = ("valid", "same")


class WindowGrid(NamedTuple):
    """All positions of a window on an image: their number, and the cells added on each side."""

    OH: int
    OW: int
    top: int
    bottom: int
    left: int
    right: int


@lru_cache(maxsize=1024)
def window_grid(
    image: tuple[int, int], window: tuple[int, int], strides: tuple[int, int], padding: str
) -> WindowGrid:
    """Return the positions of a window of ``(KH, KW)`` cells on an image of ``(H, W)`` cells.

    Raises
    ------
    ValueError
        If the window does not fit into the image.

    Examples
    --------
    >>> window_grid((28, 28), (5, 5), (1, 1), "valid")
    WindowGrid(OH=24, OW=24, top=0, bottom=0, left=0, right=0)
    >>> window_grid((4, 4), (3, 3), (2, 2), "same")
    WindowGrid(OH=2, OW=2, top=0, bottom=1, left=0, right=1)
    """
    if (padding == "valid" and (image[0] < window[0] or image[1] < window[1])) or 0 in image:
        raise ValueError(
            f"a window of {window[0]} x {window[1]} does not fit into an image of "
            f'{image[0]} x {image[1]}: use a smaller window, padding="same", or fewer layers '
            "that shrink the image before this one."
        )
    OH, top, bottom = _along_one_axis(image[0], window[0], strides[0], padding)
    OW, left, right = _along_one_axis(image[1], window[1], strides[1], padding)
    return WindowGrid(OH, OW, top, bottom, left, right)


def _along_one_axis(length: int, window: int, stride: int, padding: str) -> tuple[int, int, int]:
    """Return the number of positions, and the cells added before and after the axis."""
    if padding == "valid":
        return (length - window) // stride + 1, 0, 0
    out = -(-length // stride)
    added = max((out - 1) * stride + window - length, 0)
    return out, added // 2, added - added // 2


class Tap(NamedTuple):
    """One cell (i, j) of the window, over all positions of the window.

    At position (oy, ox) the cell is on image row ``oy·SH + i − top`` and column
    ``ox·SW + j − left``.  `outputs` are the positions where this is inside the image, and `inputs`
    are the pixels there; both are slices of ``(N, H, W, C)`` arrays, of equal size.
    """

    i: int
    j: int
    outputs: tuple[slice, slice, slice]
    inputs: tuple[slice, slice, slice]


def taps(
    grid: WindowGrid, image: tuple[int, int], window: tuple[int, int], strides: tuple[int, int]
) -> Iterator[Tap]:
    """Yield every cell of the window that meets a pixel, row by row."""
    every = slice(None)
    for i in range(window[0]):
        rows, pixel_rows = _meeting(i - grid.top, grid.OH, image[0], strides[0])
        for j in range(window[1]):
            columns, pixel_columns = _meeting(j - grid.left, grid.OW, image[1], strides[1])
            if rows.start < rows.stop and columns.start < columns.stop:
                yield Tap(i, j, (every, rows, columns), (every, pixel_rows, pixel_columns))


def _meeting(offset: int, out: int, length: int, stride: int) -> tuple[slice, slice]:
    """Return the positions o with 0 <= o·stride + offset < length, and the cells they meet."""
    first = max(0, -(offset // stride))
    last = min(out, -((offset - length) // stride))
    return (
        slice(first, max(first, last)),
        slice(first * stride + offset, max(first, last) * stride + offset, stride),
    )
