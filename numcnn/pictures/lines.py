"""Lines: numbers over other numbers, several lines in one chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PIL import Image

from numcnn.checks import numeric_array, shown
from numcnn.pictures.canvas import INK, NEGATIVE, PALE, POSITIVE, RULE, Canvas, Colour, text_width
from numcnn.pictures.charts import round_ticks

COLOURS: tuple[Colour, ...] = (NEGATIVE, POSITIVE, (64, 145, 108), (130, 88, 159), (90, 96, 106))
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 560, 360, 72, 62, 56


def lines(
    values: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    title: str,
    x_label: str,
    y_label: str,
    *,
    log_x: bool = False,
    dots: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
) -> Image.Image:
    """Draw several lines over the same axes, each with its name at its end.

    Parameters
    ----------
    values : dict of str to (x, y)
        The lines by their names; x in ascending order.
    title, x_label, y_label : str
        The labels with their units.
    log_x : bool, default False
        Whether each value of x has the same distance from the next if their ratio is the same.
    dots : dict of str to (x, y), optional
        Points to draw in the colour of the line with the same name: what was measured, beside what
        was predicted.

    Raises
    ------
    ValueError
        If there is no line, or x and y differ in length, or x is not positive with `log_x`.

    Examples
    --------
    >>> lines({"a": ([1, 2], [3, 4])}, "Example", "x, seconds", "y, metres").size
    (1120, 720)
    """
    for given, what in ((values, "values"), (dots or {}, "dots")):
        if not isinstance(given, Mapping) or not all(_is_pair(line) for line in given.values()):
            raise TypeError(f"{what} must be a dict of lines (x, y) by name, got {shown(given)}.")
    drawn = {name: _checked(name, *points, log_x) for name, points in values.items()}
    points = {name: _checked(name, *given, log_x) for name, given in (dots or {}).items()}
    everything = [*drawn.values(), *points.values()]
    if not drawn:
        raise ValueError("lines needs at least one line.")
    xs = [x for line, _ in everything for x in line]
    ys = [y for _, line in everything for y in line]
    ticks = round_ticks(min(0.0, *ys) if min(ys) < 0.5 * max(ys) else min(ys), max(ys))
    names = max(text_width(name) for name in drawn)
    canvas = Canvas(WIDTH, HEIGHT)
    right, bottom = WIDTH - names - 24, HEIGHT - BOTTOM
    low, high = min(xs), max(xs)

    def place(x: float, y: float) -> tuple[float, float]:
        if low == high:
            across = 0.5
        else:
            across = math.log(x / low, high / low) if log_x else (x - low) / (high - low)
        return (
            LEFT + (right - LEFT) * across,
            bottom - (bottom - TOP) * (y - ticks[0]) / (ticks[-1] - ticks[0]),
        )

    canvas.text(LEFT, 12, title, 17)
    canvas.text(LEFT, 38, y_label, colour=PALE)
    for tick in ticks:
        _, y = place(low, tick)
        canvas.line([(LEFT, y), (right, y)], RULE)
        canvas.text(LEFT - 8, y, f"{tick:g}", colour=PALE, anchor="rm")
    inside = [tick for tick in round_ticks(low, high) if low <= tick <= high]
    for x in sorted(set(xs)) if log_x else inside:
        canvas.text(place(x, ticks[0])[0], bottom + 6, f"{x:g}", colour=PALE, anchor="ma")
    canvas.text((LEFT + right) / 2, bottom + 28, x_label, colour=PALE, anchor="ma")
    ends = _apart({name: place(x[-1], y[-1])[1] for name, (x, y) in drawn.items()})
    for number, (name, line) in enumerate(drawn.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [place(*point) for point in zip(*line, strict=True)]
        canvas.line(places, colour, 2)
        for dot in zip(*points.get(name, ([], [])), strict=True):
            canvas.line([place(*dot)], colour, 3)
        canvas.text(places[-1][0] + 8, ends[name], name, colour=INK, anchor="lm")
    return canvas.picture


def _is_pair(line: object) -> bool:
    return isinstance(line, list | tuple) and len(line) == 2


def _checked(
    name: str, x: Sequence[float], y: Sequence[float], log_x: bool
) -> tuple[list[float], list[float]]:
    """Return a line's numbers as lists."""
    across, up = numeric_array(x, f"x of {name!r}"), numeric_array(y, f"y of {name!r}")
    if across.ndim != 1 or across.shape != up.shape or not len(across):
        raise ValueError(
            f"the line {name!r} needs as many x as y, got shapes {across.shape} and {up.shape}."
        )
    if log_x and across.min() <= 0:
        raise ValueError(f"on a logarithmic axis x must be above 0, got {across.min():g}.")
    return across.tolist(), up.tolist()


def _apart(places: dict[str, float], distance: float = 16) -> dict[str, float]:
    """Return vertical positions for names, at least so far apart, in the order of the places."""
    moved, last = {}, -math.inf
    for name in sorted(places, key=places.__getitem__):
        last = moved[name] = max(places[name], last + distance)
    return moved
