"""Turned, shifted and zoomed images: each new pixel is looked up at a place of the old image.

The places of an image are a linear function of the new pixel's place: with columns x and rows y,

    x_old = a0 · x + a1 · y + a2
    y_old = b0 · x + b1 · y + b2

A place between pixels gets the mean of its four neighbours, each weighted by its nearness
(bilinear).  Beyond the edge lies what the fill mode says:

    constant   one value:                        k k k k | a b c d | k k k k
    nearest    the pixel at the edge:            a a a a | a b c d | d d d d
    reflect    the image as in a mirror:         d c b a | a b c d | d c b a
    wrap       the image once more:              a b c d | a b c d | a b c d
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

FILL_MODES = ("reflect", "constant", "nearest", "wrap")
METHODS = ("bilinear", "nearest")


class Places(NamedTuple):
    """Where the pixels of a batch come from: for each of 1 or 4 neighbours an index and a weight.

    Attributes
    ----------
    pixels : numpy.ndarray
        ``(neighbours, N, H, W)``, the pixel's number in the whole batch, from 0 to N·H·W − 1.
    weight : numpy.ndarray
        ``(neighbours, N, H, W, 1)``; 0 where there is no pixel.
    beyond : numpy.ndarray
        ``(N, H, W, 1)``, the weight of the neighbours that are no pixels (`constant`).
    """

    pixels: np.ndarray
    weight: np.ndarray
    beyond: np.ndarray


def places(
    matrices: np.ndarray,
    size: tuple[int, int],
    method: str,
    fill_mode: str,
    dtype: Any,
    hard_edge: bool = False,
) -> Places:
    """Return where the pixels come from, for matrices ``(N, 6)``: a0, a1, a2, b0, b1, b2.

    With `hard_edge`, a place beyond the outermost pixels has no neighbours in the image: `constant`
    is not mixed with the edge.
    """
    H, W = size
    a0, a1, a2, b0, b1, b2 = matrices.astype(np.float64).T[..., np.newaxis, np.newaxis]
    x, y = np.arange(W)[np.newaxis, np.newaxis], np.arange(H)[np.newaxis, :, np.newaxis]
    columns, rows = a0 * x + a1 * y + a2, b0 * x + b1 * y + b2  # (N, H, W)
    if method == "nearest":
        neighbours = [(np.floor(rows + 0.5), np.floor(columns + 0.5), np.ones(rows.shape))]
    else:
        top, left = np.floor(rows), np.floor(columns)
        down, right = rows - top, columns - left
        neighbours = [
            (top, left, (1 - down) * (1 - right)),
            (top, left + 1, (1 - down) * right),
            (top + 1, left, down * (1 - right)),
            (top + 1, left + 1, down * right),
        ]
    first = np.arange(len(matrices))[:, np.newaxis, np.newaxis] * (H * W)
    index, weight, beyond = [], [], np.zeros(rows.shape)
    for row, column, part in neighbours:
        row, no_row = _inside(row, H, fill_mode)
        column, no_column = _inside(column, W, fill_mode)
        missing = no_row | no_column
        if hard_edge and fill_mode == "constant":
            missing |= (rows < 0) | (rows > H - 1) | (columns < 0) | (columns > W - 1)
        index.append(first + row * W + column)
        weight.append(np.where(missing, 0, part))
        beyond += np.where(missing, part, 0)
    weights = np.array(weight, dtype)[..., np.newaxis]
    return Places(np.array(index), weights, beyond.astype(dtype)[..., np.newaxis])


def looked_up(x: np.ndarray, where: Places, fill_value: float) -> np.ndarray:
    """x ``(N, H, W, C)`` -> y ``(N, H, W, C)``."""
    pixels = x.reshape(-1, x.shape[-1])
    y = where.beyond * x.dtype.type(fill_value)
    for index, weight in zip(where.pixels, where.weight, strict=True):
        y = y + pixels[index] * weight
    return y


def given_back(dy: np.ndarray, where: Places) -> np.ndarray:
    """dy ``(N, H, W, C)`` -> dx ``(N, H, W, C)``: each gradient goes where its value came from."""
    C = dy.shape[-1]
    dx = np.zeros((dy.size // C, C))
    for index, weight in zip(where.pixels, where.weight, strict=True):
        for channel in range(C):
            parts = (dy[..., channel] * weight[..., 0]).ravel()
            dx[:, channel] += np.bincount(index.ravel(), parts, minlength=len(dx))
    return dx.reshape(dy.shape).astype(dy.dtype)


def _inside(place: np.ndarray, length: int, fill_mode: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of rows or columns within the image, and where there is none."""
    number = place.astype(np.int64)
    outside = (number < 0) | (number >= length)
    if fill_mode == "reflect":
        number = np.minimum(number % (2 * length), 2 * length - 1 - number % (2 * length))
    elif fill_mode == "wrap":
        number = number % length
    else:
        number = np.clip(number, 0, length - 1)
    return number, outside & (fill_mode == "constant")
