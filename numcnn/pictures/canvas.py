"""The base of all pictures: colours, a font, and a canvas to draw on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

PAPER, INK, PALE, RULE = (255, 255, 255), (32, 36, 44), (110, 118, 130), (215, 219, 225)
NEGATIVE, POSITIVE = (33, 102, 172), (214, 96, 17)  # blue and orange: safe for all eyes
SCALE = 2  # pixels of a picture for each of the canvas, for sharp screens


def font(size: float) -> Any:
    """Return the font of all pictures, `size` pixels high."""
    return ImageFont.load_default(size)


class Canvas:
    """A white sheet; positions and sizes are in its own pixels, from the left and from the top.

    Parameters
    ----------
    width, height : float
    """

    def __init__(self, width: float, height: float) -> None:
        self.picture = Image.new("RGB", (round(width * SCALE), round(height * SCALE)), PAPER)
        self._draw = ImageDraw.Draw(self.picture)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 13,
        colour: Colour = INK,
        anchor: str = "la",
    ) -> None:
        """Write a text; the anchor is Pillow's, "la" for its upper left corner."""
        place = (x * SCALE, y * SCALE)
        self._draw.text(place, text, colour, font(size * SCALE), anchor=anchor)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 1) -> None:
        """Draw a line through points; a single one becomes a dot."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        if len(scaled) > 1:
            self._draw.line(scaled, colour, round(width * SCALE), joint="curve")
            return
        for x, y in scaled:
            radius = 1.5 * width * SCALE
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)

    def bar(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self._draw.rectangle((left * SCALE, top * SCALE, right * SCALE, bottom * SCALE), colour)

    def image(self, pixels: Any, x: float, y: float, width: float, height: float) -> None:
        """Draw colours ``(H, W, 3)`` uint8 as squares, in a frame."""
        size = (round(width * SCALE), round(height * SCALE))
        tile = Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
        left, top = round(x * SCALE), round(y * SCALE)
        self.picture.paste(tile, (left, top))
        self._draw.rectangle((left - 1, top - 1, left + size[0], top + size[1]), outline=RULE)


def text_width(text: str, size: float = 13) -> float:
    """Return the width of a text on a canvas."""
    return font(size * SCALE).getlength(text) / SCALE
