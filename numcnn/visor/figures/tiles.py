"""Small images: samples as PNG files inside HTML, and maps of numbers as tiles of one figure."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    CustomJSHover,
    HoverTool,
    LinearColorMapper,
    Model,
    Range1d,
)
from bokeh.plotting import figure
from PIL import Image

from numcnn.checks import numeric_array
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import DIVERGING, NEUTRAL, chart, write

SIDE = 84
"""Pixels of the screen, of the longer side of a small image."""


def as_images(samples: Any) -> np.ndarray:
    """Return samples as images ``(n, H, W)``, grey, or ``(n, H, W, 3)``, uint8.

    Samples of two axes are drawn as they are, of one channel in grey, of three in colour, of any
    other number as the mean of the channels; rows of numbers as a square where they fill one.
    Numbers from 0 to 1 are shown as such, and whole pixel values up to 255; anything else is
    stretched from its minimum to its maximum.

    Examples
    --------
    >>> as_images(np.zeros((2, 784))).shape
    (2, 28, 28)
    """
    x = numeric_array(samples, "images").astype(np.float32)
    if x.ndim < 2:
        raise ValueError(f"images must be (N, H, W, C), (N, H, W) or (N, D), got shape {x.shape}.")
    if x.ndim == 2:
        side = math.isqrt(x.shape[1])
        x = x.reshape(len(x), side, side) if side * side == x.shape[1] else x[:, np.newaxis, :]
    if x.ndim > 4:
        x = x.reshape(len(x), x.shape[1], -1)
    if x.ndim == 4 and x.shape[3] != 3:
        x = x.mean(axis=3)
    x = np.nan_to_num(x)
    least, most = (float(x.min()), float(x.max())) if x.size else (0.0, 1.0)
    if least < 0 or most > 255:
        x = (x - least) / ((most - least) or 1.0)
    elif most > 1:
        x = x / np.float32(255)
    return (x * 255).round().astype(np.uint8)


def data_url(image: np.ndarray) -> str:
    """Return an image ``(H, W)`` or ``(H, W, 3)``, uint8, as the address of a PNG file in itself.

    Examples
    --------
    >>> data_url(np.zeros((2, 2), np.uint8))[:22]
    'data:image/png;base64,'
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


class Pictures:
    """Samples as pictures, each made when it is first asked for.

    Parameters
    ----------
    samples : array_like
        ``(N, …)``, as `as_images` takes them.
    """

    def __init__(self, samples: Any) -> None:
        self.images = as_images(samples)
        self.kind = "grey" if self.images.ndim == 3 else "colour"
        self._urls: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.images)

    def url(self, sample: int) -> str:
        """Return a sample's picture as an address."""
        if sample not in self._urls:
            self._urls[sample] = data_url(self.images[sample])
        return self._urls[sample]


def sizes(image: np.ndarray) -> tuple[int, int]:
    """Return width and height on the screen, a whole multiple of the image's own if it is small."""
    H, W = image.shape[:2]
    scale: float = SIDE / max(H, W)
    scale = math.floor(scale) if scale >= 1 else scale
    return max(1, round(W * scale)), max(1, round(H * scale))


def gallery(images: np.ndarray, captions: Sequence[str]) -> str:
    """Return images as HTML, each above its caption, as many in a row as there is room for."""
    tiles = []
    for image, caption in zip(images, captions, strict=True):
        width, height = sizes(image)
        kind = "grey" if image.ndim == 2 else "colour"
        tiles.append(
            f'<figure><img class="{kind}" src="{data_url(image)}" width="{width}" '
            f'height="{height}" alt=""><figcaption>{escape(caption)}</figcaption></figure>'
        )
    return f'<div class="gallery">{"".join(tiles)}</div>'


def map_figure(
    title: str,
    maps: np.ndarray,
    names: Sequence[str],
    columns: int,
    side: int = 90,
    labelled: bool = True,
) -> figure:
    """Return a figure of maps ``(n, H, W)``, in rows, each number in its colour.

    Zero is white, below is blue, above is orange; the colours of all maps mean the same.  The
    numbers themselves are shown under the mouse.

    Parameters
    ----------
    title : str
    maps : numpy.ndarray
        ``(n, H, W)``.
    names : sequence of str
        One a map.
    columns : int
        Maps in a row.
    side : int
        Pixels of the screen, of the longer side of a map.
    labelled : bool, default True
        Whether the names are written above the maps; otherwise they are only seen under the mouse.
    """
    n, H, W = maps.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    gap = max(H, W) / 8
    label = max(H, W) / 4.5 if labelled else 0
    scale = side / max(H, W)
    width = columns * (W + gap) - gap
    height = rows * (H + gap + label) - gap
    lefts = np.arange(n) % columns * (W + gap)
    tops = np.arange(n) // columns * (H + gap + label) + label

    plot = chart(
        title,
        x_range=Range1d(-gap / 2, width + gap / 2),
        y_range=Range1d(height + gap / 2, -gap / 2),
        sizing_mode="scale_width",
        width=round(width * scale) + 90,
        height=round(height * scale) + 50,
        max_width=round(width * scale) + 90,
        min_width=min(260, round(width * scale) + 90),
        match_aspect=True,
    )
    plot.axis.visible = plot.grid.visible = False
    colours = LinearColorMapper(palette=DIVERGING, nan_color="#000000", name="colours")
    source = ColumnDataSource({"left": lefts, "top": tops, "name": list(names)}, name="maps")
    paint(maps, source, colours)
    pixels = plot.image("image", x="left", y="top", dw=W, dh=H, color_mapper=colours, source=source)
    plot.rect(
        x=lefts + W / 2, y=tops + H / 2, width=W, height=H, fill_color=None, line_color="#9aa3af"
    )
    if labelled:
        write(plot, x=lefts, y=tops, text=list(names), y_offset=-2, text_font_size="11px")
    place = CustomJSHover(code=read(__package__, "place.js"))
    plot.add_tools(
        HoverTool(
            renderers=[pixels],
            tooltips=[
                ("map", "@name"),
                ("row, column", "@name{custom}"),
                ("value", "@image{0.[000000]}"),
            ],
            formatters={"@name": place},
        )
    )
    plot.add_layout(
        ColorBar(color_mapper=colours, width=10, major_label_text_color=NEUTRAL), "right"
    )
    return plot


def paint(maps: np.ndarray, source: ColumnDataSource, colours: LinearColorMapper) -> None:
    """Give a figure of `map_figure` the numbers ``(n, H, W)``, and its colours their range.

    Parameters
    ----------
    maps : numpy.ndarray
    source, colours : ColumnDataSource, LinearColorMapper
        The figure's models of the names ``"maps"`` and ``"colours"``.
    """
    largest = furthest(maps)
    colours.update(low=-largest, high=largest)
    source.data["image"] = list(np.ascontiguousarray(maps, np.float32))


def furthest(numbers: np.ndarray) -> float:
    """Return how far from zero the finite numbers go; 1 where all of them are zero.

    Examples
    --------
    >>> furthest(np.array([1.0, -2.0, np.nan]))
    2.0
    """
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0)) or 1.0


def repaint(plot: Model, maps: np.ndarray) -> None:
    """Give a figure that `map_figure` made other numbers for the same maps."""
    paint(maps, plot.select_one({"name": "maps"}), plot.select_one({"name": "colours"}))
