"""The pictures of measurements: bars, a ladder, a roofline.  Axes have units, bars their number."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from numcnn.machine import Machine
from numcnn.pictures import INK, NEGATIVE, PALE, PAPER, POSITIVE, font

SCALE = 2  # drawn at twice the size, for sharp screens
MARGIN, LINE = 20, 24
GREY, GRID = (190, 198, 208), (226, 230, 235)


class Canvas:
    """A white sheet, measured in pixels before scaling."""

    def __init__(self, width: float, height: float, title: str, below: str) -> None:
        size = round(width * SCALE), round(height * SCALE)
        self.picture = Image.new("RGB", size, PAPER)
        self._draw = ImageDraw.Draw(self.picture)
        self.text(MARGIN, MARGIN - 6, title, 18)
        self.text(MARGIN, MARGIN + 18, below, 13, PALE)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        colour: Any = INK,
        anchor: str = "la",
        rim: int = 0,
    ) -> None:
        """Write, with a rim of paper where there may be a line below."""
        self._draw.text(
            (x * SCALE, y * SCALE),
            text,
            colour,
            font(size * SCALE),
            anchor=anchor,
            stroke_width=rim * SCALE,
            stroke_fill=PAPER,
        )

    def box(self, left: float, top: float, right: float, bottom: float, colour: Any) -> None:
        corners = (left * SCALE, top * SCALE, right * SCALE, bottom * SCALE)
        self._draw.rectangle(corners, fill=colour)

    def line(self, points: list[tuple[float, float]], colour: Any, width: int = 1) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=width * SCALE)

    def dot(self, x: float, y: float, colour: Any, radius: float = 4.5) -> None:
        corners = [(value + side * radius) * SCALE for side in (-1, 1) for value in (x, y)]
        self._draw.ellipse(corners, fill=colour, outline=PAPER, width=SCALE)


class Bar(NamedTuple):
    """A labelled number; ours are drawn in another colour."""

    label: str
    value: float
    ours: bool = False


def bars(title: str, below: str, groups: dict[str, list[Bar]]) -> Image.Image:
    """Draw groups of horizontal bars; each group has a scale of its own, from zero."""
    rows = sum(len(group) for group in groups.values())
    canvas = Canvas(840, 84 + rows * LINE + len(groups) * (LINE + 14), title, below)
    left, longest, y = 210, 470, 66.0
    for name, group in groups.items():
        canvas.text(MARGIN, y, name, 14)
        y += LINE
        largest = max(bar.value for bar in group)
        for bar in group:
            colour = INK if bar.ours else PALE
            canvas.text(left - 10, y + 2, bar.label, 13, colour, "ra")
            right = left + max(1.0, longest * bar.value / largest)
            canvas.box(left, y + 2, right, y + LINE - 6, POSITIVE if bar.ours else GREY)
            canvas.text(right + 7, y + 2, f"{bar.value:,.0f}", 13, colour)
            y += LINE
        y += 14
    return canvas.picture


def ladder(rungs: list[tuple[str, float]], limit: Machine) -> Image.Image:
    """Draw the rungs' GFLOP/s as bars on a logarithmic axis, with the limits as lines."""
    lowest = 10.0 ** math.floor(math.log10(min(rate for _, rate in rungs)))
    highest = 10.0 ** math.ceil(math.log10(limit.flops / 1e9))
    height = 110 + len(rungs) * 34
    canvas = Canvas(
        900,
        height,
        "One convolution, a rung at a time",
        "GFLOP/s, each step of the axis ten times the last; 12 x 12 x 8 pixels, 5 x 5 window, "
        "16 filters",
    )
    left, right, top, bottom = 230, 830, 62, height - 34

    def place(rate: float) -> float:
        return left + (right - left) * math.log10(rate / lowest) / math.log10(highest / lowest)

    for exponent in range(round(math.log10(lowest)), round(math.log10(highest)) + 1):
        x = place(10.0**exponent)
        canvas.line([(x, top), (x, bottom)], GRID)
        canvas.text(x, bottom + 6, f"{10.0**exponent:g}", 12, PALE, "ma")
    for name, flops in (("one core", limit.flops_one_core), ("limit", limit.flops)):
        x = place(flops / 1e9)
        canvas.line([(x, top), (x, bottom)], NEGATIVE)
        anchor = "ra" if name == "one core" else "la"
        canvas.text(x + (4 if anchor == "la" else -4), top - 4, name, 12, NEGATIVE, anchor)
    for number, (name, rate) in enumerate(rungs):
        y = top + 12 + number * 34
        canvas.text(left - 10, y + 2, name, 13, INK, "ra")
        canvas.box(left, y, place(rate), y + 20, POSITIVE)
        inside = place(rate) > left + 100
        anchor = "ra" if inside else "la"
        shift = -6 if inside else 6
        canvas.text(place(rate) + shift, y + 2, f"{rate:.3g}", 13, PAPER if inside else INK, anchor)
    return canvas.picture


class Point(NamedTuple):
    """Work that was measured: operations for each byte, and operations a second.

    Layers are drawn in another colour than rungs of the ladder.
    """

    label: str
    intensity: float
    flops: float
    layer: bool = True


def roofline(points: list[Point], limit: Machine, below: str) -> Image.Image:
    """Draw what was reached under the roof of what memory and arithmetic allow; both axes log."""
    left, right, top, bottom = 70, 870, 76, 460
    height = bottom + 60 + LINE * math.ceil(len(points) / 2)
    canvas = Canvas(900, height, "How near the roof", below)
    x0, x1 = _decades([*(point.intensity for point in points), limit.flops / limit.bandwidth])
    y0, y1 = _decades([*(point.flops / 1e9 for point in points), limit.flops / 1e9])

    def place(intensity: float, gflops: float) -> tuple[float, float]:
        across, up = (math.log10(intensity) - x0) / (x1 - x0), (math.log10(gflops) - y0) / (y1 - y0)
        return left + (right - left) * across, bottom - (bottom - top) * up

    for exponent in range(x0, x1 + 1):
        x, _ = place(10.0**exponent, 10.0**y0)
        canvas.line([(x, top), (x, bottom)], GRID)
        canvas.text(x, bottom + 6, f"{10.0**exponent:g}", 12, PALE, "ma")
    for exponent in range(y0, y1 + 1):
        _, y = place(10.0**x0, 10.0**exponent)
        canvas.line([(left, y), (right, y)], GRID)
        canvas.text(left - 8, y, f"{10.0**exponent:g}", 12, PALE, "rm")
    canvas.text(right, bottom + 24, "operations for each byte that has to be moved", 13, INK, "ra")
    canvas.text(left, top - 18, "GFLOP/s", 13)

    slope = max(10.0**x0, 10.0**y0 * 1e9 / limit.bandwidth)
    foot = place(slope, slope * limit.bandwidth / 1e9)
    ridge = place(limit.flops / limit.bandwidth, limit.flops / 1e9)
    canvas.line([foot, ridge, place(10.0**x1, limit.flops / 1e9)], NEGATIVE, 2)
    roof = f"arithmetic: {limit.flops / 1e9:.0f} GFLOP/s on {limit.cores} cores"
    canvas.text(ridge[0], ridge[1] - 18, roof, 12, NEGATIVE)
    memory = f"memory: {limit.bandwidth / 1e9:.0f} GB/s"
    canvas.text(
        (foot[0] + ridge[0]) / 2 - 8, (foot[1] + ridge[1]) / 2 - 16, memory, 12, NEGATIVE, "ra"
    )

    for number, point in enumerate(points, start=1):
        x, y = place(point.intensity, point.flops / 1e9)
        canvas.dot(x, y, POSITIVE if point.layer else PALE)
        canvas.text(x + 7, y, str(number), 12, INK, "lm", rim=2)
        row, column = (number - 1) % math.ceil(len(points) / 2), (number - 1) * 2 // len(points)
        text = f"{number}  {point.label}: {point.flops / 1e9:.3g} GFLOP/s"
        canvas.text(left + column * 410, bottom + 52 + row * LINE, text, 12)
    return canvas.picture


def _decades(values: list[float]) -> tuple[int, int]:
    """Return exponents of the powers of ten around some numbers."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
