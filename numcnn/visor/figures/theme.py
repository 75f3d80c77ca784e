"""The look of every figure and page: colours, letters, sizes.

There is one set of names for colours, with a light and a dark value each; pages choose by the
reader's ``prefers-color-scheme``.  Bokeh takes the colours of axes, grids and titles from CSS
variables, so a figure turns dark with its page, and stays light where it stands alone.  What shows
data keeps its colour in both: these are seen well on white and on black, and told apart by all
eyes (after Okabe and Ito, "Color universal design", 2008), and never by colour alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import Div
from bokeh.plotting import figure

LIGHT = {
    "paper": "#ffffff",
    "panel": "#f5f6f8",
    "ink": "#20242c",
    "pale": "#5d6673",
    "rule": "#d5dae1",
    "accent": "#1667a8",
}
DARK = {
    "paper": "#14171c",
    "panel": "#1e232b",
    "ink": "#e8eaee",
    "pale": "#a3acb9",
    "rule": "#3a424e",
    "accent": "#6cb4ee",
}

TRAINING, VALIDATION = "#2187c4", "#d9650f"  # blue and orange
NEGATIVE, POSITIVE = (33, 102, 172), (214, 96, 17)  # below and above zero, as in numcnn.pictures
NEUTRAL = "#7c8694"  # grey, legible on both papers
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
TEXT_SIZE, TITLE_SIZE = "14px", "15px"
INK_TAG = "ink"
"""Of texts on a canvas that a page's JavaScript gives its own ink."""

# Two hundred and fifty-six colours, from below zero over zero (white) to above.
_STRENGTH = np.abs(np.linspace(-1, 1, 256))[:, np.newaxis]
_END = np.where(np.linspace(-1, 1, 256)[:, np.newaxis] < 0, NEGATIVE, POSITIVE)
DIVERGING = [
    "#{:02x}{:02x}{:02x}".format(*colour)
    for colour in (255 - _STRENGTH * (255 - _END)).round().astype(int)
]

FIGURE_VARIABLES = """
  --bk-background-fill-color: var(--paper);
  --bk-border-fill-color: var(--paper);
  --bk-text-color: var(--ink);
  --bk-axis-label-text-color: var(--ink);
  --bk-major-label-text-color: var(--pale);
  --bk-title-text-color: var(--ink);
  --bk-axis-line-color: var(--rule);
  --bk-major-tick-line-color: var(--rule);
  --bk-grid-line-color: var(--rule);
"""


def colour_variables() -> str:
    """Return the CSS that gives every colour its name, light and dark."""
    light, dark = (
        "".join(f"  --{name}: {colour};\n" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    return (
        f":root {{\n  color-scheme: light dark;\n{light}{FIGURE_VARIABLES}}}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{\n{dark}}} }}\n"
    )


def chart(title: str, x: str = "", y: str = "", **options: Any) -> figure:
    """Return an empty figure in the house's style, as wide as its place.

    Parameters
    ----------
    title : str
        What the figure shows.
    x, y : str
        What the axes show, with the unit.
    **options
        Of `bokeh.plotting.figure`.
    """
    settings: dict[str, Any] = {
        "height": 320,
        "sizing_mode": "stretch_width",
        "min_width": 260,
        "tools": "",
        "toolbar_location": None,
    }
    plot = figure(title=title, x_axis_label=x, y_axis_label=y, **(settings | options))
    plot.title.text_font, plot.title.text_font_size = FONT, TITLE_SIZE
    plot.title.text_color = LIGHT["ink"]
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size, axis.major_label_text_font_size = TEXT_SIZE, "13px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color, axis.major_label_text_color = LIGHT["ink"], LIGHT["pale"]
        axis.axis_line_color = axis.major_tick_line_color = LIGHT["rule"]
        axis.minor_tick_line_color = None
    plot.grid.grid_line_color = LIGHT["rule"]
    plot.grid.grid_line_alpha = 0.6
    return plot


def write(plot: figure, **options: Any) -> None:
    """Write texts among the data of a figure, in the ink of the reader's colours.

    Parameters
    ----------
    plot : bokeh.plotting.figure
    **options
        Of `bokeh.plotting.figure.text`.
    """
    texts = plot.text(
        **(
            {"text_color": LIGHT["ink"], "text_font": value(FONT), "text_font_size": "12px"}
            | options
        )
    )
    # A selection changes nothing about them: one glyph for all, which takes the reader's ink.
    texts.selection_glyph = texts.nonselection_glyph = texts.muted_glyph = texts.glyph
    if "text_color" not in options:
        texts.glyph.tags = [INK_TAG]


HTML_STYLE = f"""
:host {{ min-width: 0; max-width: 100%; font: {TEXT_SIZE}/1.5 {FONT};
  color: var(--ink, inherit); }}
h2 {{ font-size: 1.15rem; margin: 0.2rem 0 0.4rem; }}
h3 {{ font-size: 1rem; margin: 0.6rem 0 0.3rem; }}
p {{ margin: 0.3rem 0; max-width: 46rem; }}
.pale {{ color: var(--pale, inherit); }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
.bk-clearfix {{ width: 100%; }}
.scroll {{ overflow-x: auto; }}
th, td {{ padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--rule, #d5dae1);
  text-align: right; white-space: nowrap; }}
th {{ font-weight: 600; color: var(--pale, inherit); }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
.gallery {{ display: flex; flex-wrap: wrap; gap: 0.6rem; max-width: 60rem; }}
.gallery figure {{ margin: 0; text-align: center; font-size: 13px; color: var(--pale, inherit);
  max-width: 8.5rem; line-height: 1.3; text-wrap: balance; overflow-wrap: anywhere; }}
.gallery button {{ padding: 0; border: 0; background: none; cursor: pointer; }}
.gallery button:focus-visible {{ outline: 2px solid var(--accent, #1667a8); }}
.gallery img {{ display: block; margin: 0 auto 0.2rem; image-rendering: pixelated;
  border: 1px solid var(--rule, #d5dae1); }}
img.grey {{ filter: invert(1); border-color: #2a251e; }}
@media (prefers-color-scheme: dark) {{
  img.grey {{ filter: none; border-color: var(--rule, #3a424e); }}
}}
"""
"""The style of texts, tables and galleries, which Bokeh keeps apart from the page's own."""


def html(text: str, *styles: str, **options: Any) -> Div:
    """Return a piece of HTML in the house's style and others; users' texts go through `escape`."""
    settings = {"sizing_mode": "stretch_width"} | options
    return Div(text=text, stylesheets=[HTML_STYLE, *styles], **settings)


_ARROW = (
    'url(\'data:image/svg+xml;utf8,<svg viewBox="0 0 25 20" xmlns="http://www.w3.org/2000/svg">'
    f'<path d="M 0,0 25,0 12.5,20 Z" fill="{NEUTRAL.replace("#", "%23")}"/></svg>\')'
)
INPUT_STYLE = f"""
:host, .bk-input {{ font: {TEXT_SIZE} {FONT}; color: var(--ink, #20242c); }}
.bk-input {{ background-color: var(--paper, #ffffff); border-color: var(--rule, #d5dae1); }}
select:not([multiple]).bk-input {{ background-image: {_ARROW}; }}
.noUi-target {{ background: var(--rule, #d5dae1); border-color: var(--rule, #d5dae1);
  box-shadow: none; }}
.bk-btn-group {{ flex-wrap: wrap; }}
.bk-btn {{ color: var(--ink, #20242c); background: var(--paper, #ffffff); font: inherit;
  border-color: var(--rule, #d5dae1); }}
.bk-btn.bk-active {{ color: var(--paper, #ffffff); background: var(--accent, #1667a8); }}
.bk-btn:focus-visible, .bk-input:focus-visible {{ outline: 2px solid var(--accent, #1667a8); }}
"""
"""The style of what is chosen or typed."""
