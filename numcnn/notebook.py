"""Tables and curves for notebooks: HTML for light and dark themes, with all text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isfinite

WIDTH, HEIGHT = 260, 150  # pixels of a panel
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 20, 20  # margins of a panel around its axes
PADDING = "0.15em 0.7em"  # of a cell, so that no column touches the next
TRAINING, VALIDATION = "#2a78c8", "#e07b1f"  # blue and orange: safe for all eyes


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], title: str = "", below: Sequence[str] = ()
) -> str:
    """Return a table as HTML.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences of str
        The text of the cells; a column of numbers is aligned to the right.
    title : str
        Text above the table.
    below : sequence of str
        Lines below the table.
    """
    content = list(rows)
    sides = [_side(column) for column in zip(*content, strict=True)] or ["left"] * len(header)
    head = _row("th", header, sides)
    body = "".join(_row("td", row, sides) for row in content)
    lines = "".join(f"<div>{escape(line)}</div>" for line in below)
    return (
        f"<div><div><b>{escape(title)}</b></div>"
        f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{lines}</div>"
    )


def _side(column: Iterable[str]) -> str:
    """Return the alignment of a column: numbers to the right."""
    return "right" if all(map(_is_number, filter(None, column))) else "left"


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _row(tag: str, texts: Sequence[str], sides: list[str]) -> str:
    cells = (
        f'<{tag} style="text-align:{side};padding:{PADDING}">{escape(text)}</{tag}>'
        for text, side in zip(texts, sides, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def curves(series: Mapping[str, Sequence[float]], first: int = 1) -> str:
    """Return curves as SVG in HTML: a panel for each name, with its ``val_`` curve in orange.

    Parameters
    ----------
    series : mapping of str to sequence of float
        ``{"loss": [...], "val_loss": [...]}``, with a number for each epoch.
    first : int, default 1
        The number of the first epoch.
    """
    names = [name for name in series if not (name.startswith("val_") and name[4:] in series)]
    panels = [
        _panel(name, [series[name], series.get(f"val_{name}", ())], first)
        for name in names
        if len(series[name])
    ]
    return f'<div style="display:flex;flex-wrap:wrap">{"".join(panels)}</div>'


def _panel(name: str, lines: list[Sequence[float]], first: int) -> str:
    """Return the panel of one name: axes and the curves of training and validation."""
    finite = [value for line in lines for value in line if isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    steps = max(map(len, lines))
    span = (high - low) or 1.0

    def place(step: int, value: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (step / max(steps - 1, 1))
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / span
        return f"{x:.1f},{y:.1f}"

    drawn = ""
    for line, colour in zip(lines, (TRAINING, VALIDATION), strict=True):
        points = [place(step, value) for step, value in enumerate(line) if isfinite(value)]
        if len(points) == 1:
            x, y = points[0].split(",")
            drawn += f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
        elif points:
            drawn += (
                f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" '
                'stroke-width="2" stroke-linejoin="round"/>'
            )
    legend = f'<tspan fill="{TRAINING}">{escape(name)}</tspan>'
    if len(lines[1]):
        legend += f' <tspan fill="{VALIDATION}">val_{escape(name)}</tspan>'
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    texts = [
        (LEFT, 13, "start", legend),
        (LEFT - 4, TOP + 8, "end", f"{high:.3g}"),
        (LEFT - 4, bottom, "end", f"{low:.3g}"),
        (LEFT, HEIGHT - 6, "start", f"epoch {first}"),
        (right, HEIGHT - 6, "end", f"{first + steps - 1}"),
    ]
    written = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
        for x, y, anchor, text in texts
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(name)}" font-family="sans-serif" font-size="11" fill="currentColor">'
        f'<path d="M{LEFT},{TOP} V{bottom} H{right}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.4"/>{drawn}{written}</svg>'
    )
