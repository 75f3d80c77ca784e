"""Pictures for the chapters: grids of numbers, drawn as HTML in the page's own colours."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np


class Drawing:
    """A picture in HTML; elsewhere, its text.

    Parameters
    ----------
    html, text : str
    """

    def __init__(self, html: str, text: str) -> None:
        self.html = html
        self.text = text

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def grid(
    numbers: Any,
    window: tuple[int, int, int, int] | None = None,
    signed: bool = False,
    title: str = "",
    digits: int = 2,
) -> Drawing:
    """Draw a matrix as cells, each with its number.

    Parameters
    ----------
    numbers : array_like
        ``(rows, columns)``; NaN leaves a cell empty.
    window : (row, column, rows, columns), optional
        Cells to mark.
    signed : bool, default False
        Blue below 0 and red above, instead of black to white.
    title : str
    digits : int, default 2
        Decimals of a number that is not whole.
    """
    cells = np.asarray(numbers, np.float64)
    largest = float(np.nanmax(np.abs(cells), initial=0)) or 1.0
    rows = []
    for r, row in enumerate(cells):
        line = []
        for c, value in enumerate(row):
            inside = window and 0 <= r - window[0] < window[2] and 0 <= c - window[1] < window[3]
            style = _colours(value, largest, signed)
            mark = ' class="marked"' if inside else ""
            line.append(f'<td{mark} style="{style}">{_written(value, digits)}</td>')
        rows.append(f"<tr>{''.join(line)}</tr>")
    caption = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    html = f'<figure class="grid"><table>{"".join(rows)}</table>{caption}</figure>'
    return Drawing(html, f"{title}\n{np.asarray(numbers)}".lstrip())


def _written(value: float, digits: int) -> str:
    if np.isnan(value):
        return ""
    text = f"{value:.0f}" if value == round(value) else f"{value:.{digits}f}"
    return text.replace("-", "−")


def _colours(value: float, largest: float, signed: bool) -> str:
    """Return the colours of a cell: its ground, and a text that can be read on it."""
    part = 0.0 if np.isnan(value) else value / largest
    if not signed:
        light = round(255 * max(part, 0.0))
        return f"background:rgb({light},{light},{light});color:{'#000' if light > 120 else '#fff'}"
    strength = abs(part) * 0.75
    towards = (196, 55, 40) if part > 0 else (32, 100, 190)
    ground = [round(250 + (tone - 250) * strength) for tone in towards]
    colour = "#fff" if abs(part) > 0.6 else "#111"
    return f"background:rgb({ground[0]},{ground[1]},{ground[2]});color:{colour}"


def pixels(image: Any, title: str = "") -> Drawing:
    """Draw a grey image ``(rows, columns)`` as small squares, from black to white."""
    drawn = grid(image, title=title)
    return Drawing(drawn.html.replace('class="grid"', 'class="grid small"'), drawn.text)


def side_by_side(*drawings: Drawing) -> Drawing:
    """Put several drawings beside each other, as far as the page is wide enough."""
    html = "".join(drawing.html for drawing in drawings)
    return Drawing(f'<div class="grids">{html}</div>', "\n".join(d.text for d in drawings))
